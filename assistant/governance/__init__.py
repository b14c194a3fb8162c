"""Audit, reviews and retention."""
