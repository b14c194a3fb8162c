"""Documents in: one loader per format behind ``retrieval.ports.Loader``, chosen by content.

``load`` reads a file in this process; ``retrieval.loaders.sandbox.ParserPool`` reads it in a guarded child.
"""

from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.registry import SUPPORTED_ENDINGS, load, loader_for, media_types
from retrieval.loaders.sniffing import sniff

__all__ = ["DEFAULT_LIMITS", "SUPPORTED_ENDINGS", "Limits", "load", "loader_for", "media_types", "sniff"]
