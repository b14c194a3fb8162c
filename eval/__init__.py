"""The judge: drives the application and measures it."""
