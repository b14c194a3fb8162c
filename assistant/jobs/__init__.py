"""Durable work and the worker that does it."""
