"""The words of taking documents in: a file offered, what became of it, how far its version is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.db.models import VersionState


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to take in. ``source_key`` says where it comes from; the same key again is a new version."""

    path: Path
    source_key: str
    filename: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a file: let in (with ids and the version's state), or turned away (``failed`` and a code).

    ``duplicate``: the collection already holds this content under another key; the ids are of that document.
    ``source_key`` is the document's, which for a duplicate is not the file's own.
    """

    path: Path
    document_id: str | None
    version_id: str | None
    state: VersionState
    reason: str | None = None
    duplicate: bool = False
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """How far a version is. ``reason`` is an error code while ``failed``."""

    document_id: str
    version_id: str
    title: str
    filename: str
    state: VersionState
    reason: str | None
    page_count: int | None
    chunk_count: int
