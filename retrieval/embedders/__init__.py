"""Embedders: a local multilingual-e5-small on the CPU, and any OpenAI-compatible embeddings endpoint."""
