"""Articles that a question names itself: "민원처리법 23조" is not searched for, it is looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from assistant.db.models import ChunkRow, Document, DocumentVersion, VersionState
from retrieval.types import Candidate, ChunkKind

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection

    from sqlalchemy.orm import Session

    from retrieval.query import Reference
    from retrieval.types import SearchOutcome

_MOST: Final = 5  # provisions that one question names and gets in full
_PASSAGES: Final = 40  # of one article


def with_named(session: Session, outcome: SearchOutcome, collections: AbstractCollection[str]) -> SearchOutcome:
    """Return what was found and, among it, every passage of the articles that the question names with their law.

    Args:
        session: any session.
        outcome: what was found; ``query`` holds the references.
        collections: ids of the collections that are searched. Rights are looked at with all other candidates.
    """
    references = [] if outcome.query is None else [one for one in outcome.query.references if one.title and one.article]
    if not references:
        return outcome
    found = {candidate.chunk_id: candidate for candidate in outcome.candidates}
    for reference in references[:_MOST]:
        for chunk_id in _passages(session, reference, collections):
            one = found.get(chunk_id) or Candidate(chunk_id, 0.0)
            found[chunk_id] = replace(one, named=max(one.named, reference.exactness))
    return replace(outcome, candidates=tuple(found.values()))


def _passages(session: Session, reference: Reference, collections: AbstractCollection[str]) -> list[str]:
    statement = (
        select(ChunkRow.id)
        .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.title == reference.title,
            DocumentVersion.state == VersionState.READY.value,
            Document.collection_id.in_(sorted(collections)),
            ChunkRow.article == reference.article,
            ChunkRow.kind != ChunkKind.SUPPLEMENTARY.value,
        )
        .order_by(ChunkRow.version_id, ChunkRow.ordinal)
        .limit(_PASSAGES)
    )
    return list(session.scalars(statement))
