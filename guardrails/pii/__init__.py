"""Finding and hiding personal data in Korean text."""
