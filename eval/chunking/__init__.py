"""How documents are cut: ours beside LangChain's recursive splitter at the same size."""
