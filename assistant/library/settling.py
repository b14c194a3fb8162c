"""Making the database say what the rule of ``library.versions`` says: states, active versions, places in the indexes.

Whoever completes, withdraws, restores or deletes a text calls this in the same transaction; so does the job at
midnight. The collection is locked first and its documents after it, as where files are handed in: so nobody waits in a
circle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from assistant.db.models import Collection, Document, DocumentVersion, VersionState, now
from assistant.library.job_names import JOB_CLEANUP, JOB_INGEST
from assistant.library.versions import Text, as_text, family_of, history_of, in_force, texts_of, time_line

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.ports import JobQueue


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be for one family: which text counts, which others have their days, all there are."""

    collection_id: str
    family: str
    counts: Text | None
    kept: frozenset[str]
    texts: tuple[Text, ...]

    def place(self, version_id: str, scope: str) -> str | None:
        """Return the index partition of a version under a scope; ``None`` for one that counts on no day."""
        if version_id not in self.kept:
            return None
        return scope if self.counts is not None and self.counts.version_id == version_id else history_of(scope)


def lock_shelf(session: Session, collection_id: str) -> Collection:
    """Return the collection, locked until the transaction ends."""
    return session.scalars(
        select(Collection)
        .where(Collection.id == collection_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def plan(session: Session, collection_id: str, family: str, day: date) -> Plan:
    """Return what is to be for a family on this day."""
    key = (collection_id, family)
    return _planned(collection_id, family, texts_of(session, [key]).get(key, []), day)


def plan_arrival(session: Session, version: DocumentVersion, document: Document, day: date) -> Plan:
    """Return what is to be once this version is complete; its document may come into another family by it."""
    family = family_of(document.id, version.meta, version.title)
    key, old_key = (document.collection_id, family), (document.collection_id, document.family)
    found = texts_of(session, {key, old_key})
    texts = [text for text in found.get(key, []) if text.document_id != document.id]
    texts += [
        text for text in found.get(old_key, []) if text.document_id == document.id and text.version_id != version.id
    ]
    texts.append(replace(as_text(version), ready_at=now()))
    return _planned(document.collection_id, family, texts, day)


def place(session: Session, version_id: str, day: date) -> str | None:
    """Return the index partition into which a version belongs or will belong; ``None`` when it counts on no day.

    A version that is complete lies where its document's active version says, until the family is settled anew.
    """
    version = session.get(DocumentVersion, version_id)
    document = None if version is None else session.get(Document, version.document_id)
    if version is None or document is None:
        return None
    scope = session.get_one(Collection, document.collection_id).scope
    if version.state == VersionState.READY.value:
        return scope if document.active_version_id == version.id else history_of(scope)
    return plan_arrival(session, version, document, day).place(version.id, scope)


def settle(session: Session, queue: JobQueue, collection_id: str, family: str, day: date) -> None:
    """Bring a family to what counts on this day; its collection must be locked (:func:`lock_shelf`)."""
    apply(session, queue, plan(session, collection_id, family, day))


def apply(session: Session, queue: JobQueue, wanted: Plan, *, indexed: str | None = None) -> None:
    """Write a plan: states, active versions, titles; queue what has to move within the indexes or leave them.

    Args:
        session: a writing session in which the family's collection is locked.
        queue: takes the work on the indexes.
        wanted: the plan.
        indexed: id of a version whose index entries lie at their place already.
    """
    moved: set[str] = set()
    for text in wanted.texts:
        stays = text.version_id in wanted.kept
        if stays and text.state != VersionState.READY.value:
            moved.add(text.version_id)
        elif not stays and text.state != VersionState.SUPERSEDED.value:
            queue.add(session, JOB_CLEANUP, {"version_id": text.version_id}, key=text.version_id)
        state = VersionState.READY if stays else VersionState.SUPERSEDED
        if text.state != state.value:
            session.execute(
                update(DocumentVersion).where(DocumentVersion.id == text.version_id).values(state=state.value)
            )
    moved |= _show(session, wanted)
    moved &= wanted.kept
    moved.discard(indexed or "")
    session.flush()
    session.execute(update(DocumentVersion).where(DocumentVersion.id.in_(sorted(moved))).values(indexed=False))
    for version_id in sorted(moved):
        queue.add(session, JOB_INGEST, {"version_id": version_id}, key=version_id)


def _show(session: Session, wanted: Plan) -> set[str]:
    """Set active versions and titles of the family's documents; return the versions that change their partition."""
    changed: set[str] = set()
    documents = session.scalars(
        select(Document)
        .where(Document.collection_id == wanted.collection_id, Document.family == wanted.family)
        .order_by(Document.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    line = [text for text in time_line(wanted.texts) if text.version_id in wanted.kept]
    for document in documents:
        own = [text for text in line if text.document_id == document.id]
        counts = wanted.counts if wanted.counts in own else None
        before, after = document.active_version_id, counts.version_id if counts else None
        if before != after:
            changed |= {version_id for version_id in (before, after) if version_id is not None}
            document.active_version_id = after
        if own:
            shown = session.get(DocumentVersion, (counts or own[-1]).version_id)
            document.title = shown.title if shown is not None and shown.title else document.title
    return changed


def _planned(collection_id: str, family: str, texts: list[Text], day: date) -> Plan:
    line = time_line(texts)
    return Plan(
        collection_id=collection_id,
        family=family,
        counts=in_force(line, day),
        kept=frozenset(text.version_id for text in line),
        texts=tuple(texts),
    )
