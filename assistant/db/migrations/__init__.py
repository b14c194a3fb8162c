"""Alembic's scripts: how the tables came to be, revision by revision."""
