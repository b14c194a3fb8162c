"""Fine-tuning of the bundled embedding model. Needs PyTorch, which the product itself never does (see README.md)."""
