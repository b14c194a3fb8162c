"""The versions of a document over time, and two of them side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from assistant.db.models import AuditEvent, DocumentVersion, User, VersionText
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction
from assistant.library.compare import Comparison, compare
from assistant.library.documents import (
    OutlineEntry,
    VersionInfo,
    chosen,
    readable_document,
    version_infos,
    versions_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal

_COMPARED: Final = 12  # neighbours whose changes are counted; each takes some hundredths of a second


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A version, who brought it in, and how many parts changed against the version before it (``None``: no other)."""

    version: VersionInfo
    submitted_by: str
    before: str | None
    changes: dict[str, int] | None


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a document and of the other texts of its law, newest first."""

    document_id: str
    title: str
    filename: str
    collection: str
    collection_title: str
    lines: tuple[HistoryLine, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison."""

    document_id: str
    version: VersionInfo
    title: str
    collection: str
    collection_title: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two versions and what differs; ``choices`` are the complete versions of the new side's document and its law."""

    old: Compared
    new: Compared
    choices: tuple[VersionInfo, ...]
    comparison: Comparison


def history(session: Session, principal: Principal, document_id: str, *, as_of: date | None = None) -> History:
    """Return the history of a document.

    Raises:
        Failure: ``document_not_found``: unknown, withdrawn or not readable.
    """
    document, collection = readable_document(session, principal, document_id)
    versions = version_infos(session, versions_of(session, document), as_of)
    complete = [one for one in versions if one.complete]
    before = {one.version_id: other.version_id for one, other in pairwise(complete)}
    who = _submitters(session, {one.document_id for one in versions})
    texts = _texts(session, [one.version_id for one in complete[: _COMPARED + 1]])
    return History(
        document_id=document.id,
        title=document.title,
        filename=document.filename,
        collection=collection.name,
        collection_title=collection.title,
        lines=tuple(
            HistoryLine(
                one,
                who.get(one.version_id, ""),
                before.get(one.version_id),
                _changes(texts, before.get(one.version_id), one.version_id),
            )
            for one in versions
        ),
    )


def side_by_side(
    session: Session, principal: Principal, document_id: str, old_id: str | None = None, new_id: str | None = None
) -> SideBySide:
    """Compare two versions, of one document or of any two that this person may read.

    Args:
        session: any session.
        principal: who asks.
        document_id: where the reader comes from.
        old_id: version on the left; the one before the new one when not given (the new one where there is none).
        new_id: version on the right; the document's active one when not given.

    Raises:
        Failure: ``document_not_found``: a version is unknown, not complete, or of a document not readable.
    """
    document, _ = readable_document(session, principal, document_id)
    new = _side(session, principal, new_id or chosen(document, versions_of(session, document), None).id)
    target, _ = readable_document(session, principal, new.document_id)
    choices = [one for one in version_infos(session, versions_of(session, target)) if one.complete]
    order = [one.version_id for one in choices]
    if old_id is None:
        after = order[order.index(new.version.version_id) + 1 :] if new.version.version_id in order else []
        old_id = after[0] if after else new.version.version_id
    old = _side(session, principal, old_id)
    texts = _texts(session, [old.version.version_id, new.version.version_id])
    left, right = texts[old.version.version_id], texts[new.version.version_id]
    return SideBySide(old, new, tuple(choices), compare(*left, *right))


def _side(session: Session, principal: Principal, version_id: str) -> Compared:
    document_id = session.scalar(select(DocumentVersion.document_id).where(DocumentVersion.id == version_id))
    document, collection = readable_document(session, principal, document_id or "")
    infos = version_infos(session, versions_of(session, document))
    found = next((one for one in infos if one.version_id == version_id and one.complete), None)
    if found is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    title = session.scalar(select(DocumentVersion.title).where(DocumentVersion.id == version_id))
    return Compared(document.id, found, title or document.title, collection.name, collection.title)


def _texts(session: Session, ids: Sequence[str]) -> dict[str, tuple[str, list[OutlineEntry]]]:
    found: dict[str, tuple[str, list[OutlineEntry]]] = {key: ("", []) for key in ids}
    for content in session.scalars(select(VersionText).where(VersionText.version_id.in_(set(ids)))):
        found[content.version_id] = (content.text, [OutlineEntry(*entry) for entry in content.outline])
    return found


def _changes(
    texts: dict[str, tuple[str, list[OutlineEntry]]], old: str | None, new: str | None
) -> dict[str, int] | None:
    if old not in texts or new not in texts or old is None or new is None:
        return None
    return compare(*texts[old], *texts[new], words=False).summary


def _submitters(session: Session, document_ids: AbstractCollection[str]) -> dict[str, str]:
    """Return the name of who submitted each version, from the audit: documents remember only their first submitter."""
    rows = session.execute(
        select(AuditEvent.data, AuditEvent.actor, User.display_name)
        .outerjoin(User, User.username == AuditEvent.actor)
        .where(
            AuditEvent.subject.in_([f"document:{key}" for key in sorted(document_ids)]),
            AuditEvent.action == AuditAction.DOCUMENT_SUBMITTED.value,
        )
        .order_by(AuditEvent.seq)
    )
    found: dict[str, str] = {}
    for data, actor, name in rows:
        found.setdefault(str(json.loads(data).get("version")), name or actor)
    return found
