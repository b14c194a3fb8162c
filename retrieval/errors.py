"""Errors of the retrieval library.

::

    RetrievalError
    ├── LoadError           a file could not be read; ``code`` says why (see ``LoadReason``)
    └── IndexUnavailable    an index did not answer or its files are damaged
"""

from __future__ import annotations

from enum import StrEnum


class LoadReason(StrEnum):
    """Why a file gave no text. Stable codes; the application has a Korean sentence for each."""

    UNSUPPORTED = "file_unsupported"
    EMPTY = "file_empty"
    NO_TEXT = "file_no_text"
    TOO_LARGE = "file_too_large"
    TOO_COMPLEX = "file_too_complex"
    DAMAGED = "file_damaged"
    ENCRYPTED = "file_encrypted"
    ENCODING = "file_encoding"
    TIMEOUT = "parse_timeout"
    MEMORY = "parse_memory"
    CRASHED = "parse_crashed"


class RetrievalError(Exception):
    """Root of everything this library raises on purpose."""


class LoadError(RetrievalError):
    """A file could not be turned into text. ``reason`` is stable, ``detail`` is for the log only."""

    def __init__(self, reason: LoadReason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


class IndexUnavailable(RetrievalError):  # noqa: N818 - a state, read as such where it is caught
    """An index could not be asked."""
