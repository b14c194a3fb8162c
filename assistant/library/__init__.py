"""Collections, documents and search as a user may see them."""
