"""Retrieval library: read documents, cut them into passages, index and search them in Korean.

Knows nothing of web, database or environment; the application gives it paths and ids.
"""
