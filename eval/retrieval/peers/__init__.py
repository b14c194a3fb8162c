"""What others would install, put to the same questions over the same statutes."""
