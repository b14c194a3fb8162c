"""Prompts library: versioned, locked Korean prompt templates.

``PromptRegistry().get("answer")`` gives a prompt with name, version and content hash; ``render`` gives chat messages.
Knows nothing of the application, of retrieval or of the guards.
"""

from prompts.registry import Prompt, PromptError, PromptRegistry

__all__ = ["Prompt", "PromptError", "PromptRegistry"]
