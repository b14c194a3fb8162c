"""Cutting documents into passages that follow their structure, and reading that structure.

``chunk`` makes the passages that are indexed and cited, ``outline`` the table of contents of the viewer,
``legal_metadata`` the facts about a law that its front matter tells.
"""

from retrieval.chunking._structure import OutlineEntry
from retrieval.chunking.chunker import CHUNKER, chunk, outline
from retrieval.chunking.legal import LegalInfo, legal_metadata

__all__ = ["CHUNKER", "LegalInfo", "OutlineEntry", "chunk", "legal_metadata", "outline"]
