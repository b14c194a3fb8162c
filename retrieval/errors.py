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
    TRUNCATED = "file_truncated"  # it ends before it is over
    BOMB = "file_bomb"  # unpacks to far more than it says, or without end
    EXTERNAL_ENTITY = "file_external_entity"  # XML that declares entities (XXE, billion laughs)
    NESTED = "file_nested"  # archives or messages inside each other, too deep
    ENCRYPTED = "file_encrypted"
    PASSWORD = "file_password"  # noqa: S105 - opens with a password that its owner knows
    DRM = "file_drm"  # locked by document-security software of the office (Fasoo, MarkAny, SoftCamp …)
    DISTRIBUTION_LOCKED = "file_distribution_locked"  # a Hancom file saved for distribution (배포용)
    MACRO = "file_macro"  # carries a program
    ENCODING = "file_encoding"
    TIMEOUT = "parse_timeout"
    MEMORY = "parse_memory"
    CRASHED = "parse_crashed"
    OCR_UNAVAILABLE = "ocr_unavailable"  # pictures of text, and no character recognition installed


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
