"""Versioned prompts with a lock on their content."""
