"""The passages of a text as sources of an answer: read under the person's rights, screened like what search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from assistant.answering.rights import readable_ids
from assistant.answering.turn import Source
from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion, VersionText
from assistant.errors import ErrorCode, Failure
from assistant.library.legal import korean_today
from assistant.library.versions import states
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.answering.kit import Kit
    from assistant.answering.tasks.spec import Text
    from assistant.answering.turn import Turn

_ORDERS: Final = "injection."  # whatever policy does with it elsewhere: a text that gives orders is not worked through
MOST_PASSAGES: Final = 600  # of one text; about 400,000 characters


def passages(session: Session, principal: Principal, conversation_id: str, text: Text) -> list[Source]:
    """Return all passages of a text in reading order, numbered from 1.

    Raises:
        Failure: ``document_not_found``: withdrawn, deleted, closed to this person since, or not read.
    """
    row = session.execute(
        select(Document, Collection, DocumentVersion)
        .join(Collection, Collection.id == Document.collection_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(
            Document.id == text.document_id,
            DocumentVersion.id == text.version_id,
            DocumentVersion.ready_at.is_not(None),
            Document.withdrawn_at.is_(None),
            Document.deleted_at.is_(None),
            Collection.id.in_(sorted(readable_ids(session, principal, conversation_id))),
        )
    ).one_or_none()
    if row is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    document, collection, version = row
    state = states(session, [version], korean_today())[version.id]
    chunks = session.scalars(
        select(ChunkRow).where(ChunkRow.version_id == version.id).order_by(ChunkRow.ordinal).limit(MOST_PASSAGES + 1)
    )
    return [
        Source(
            n=n,
            chunk_id=chunk.id,
            document_id=document.id,
            version_id=version.id,
            collection_id=collection.id,
            collection=collection.name,
            grade=collection.grade,
            title=version.title or document.title,
            locator=_locator(chunk),
            text=chunk.text,
            start=chunk.start,
            end=chunk.end,
            quote=chunk.text,
            score=1.0,
            legal_state=state.value,
            effective_on=version.effective_on,
            chunk_start=chunk.start,
        )
        for n, chunk in enumerate(chunks, start=1)
    ]


def structure(session: Session, version_id: str) -> VersionText:
    """Return the stored text of a version with its blocks and outline; empty where there is none."""
    return session.get(VersionText, version_id) or VersionText(text="", blocks=[], outline=[])


def _locator(chunk: ChunkRow) -> dict[str, Any]:
    return {
        "article": chunk.article,
        "article_title": chunk.article_title,
        "heading": list(chunk.heading),
        "page": chunk.page,
    }


def screened(sources: Sequence[Source], turn: Turn, kit: Kit) -> list[Source]:
    """Return the passages without those that hide instructions, as retrieval leaves them out too."""
    kept = []
    for source in sources:
        report = kit.guards.inspect(source.text, Stage.CONTEXT)
        if report.action in {Action.BLOCK, Action.WARN} or any(one.rule.startswith(_ORDERS) for one in report.findings):
            turn.findings.extend(report.findings)
        else:
            kept.append(source)
    if len(kept) < len(sources):
        left = len(sources) - len(kept)
        turn.notice("context_dropped", f"지시문이 숨어 있는 것으로 보이는 문서 조각 {left}건을 빼고 읽었습니다.")
    return kept


def sections(sources: Sequence[Source]) -> Iterator[tuple[str, list[Source]]]:
    """Yield runs of passages below one first heading: chapters of a law, sections of a report."""
    name: str | None = None
    run: list[Source] = []
    for source in sources:
        heading = source.locator["heading"]
        first = heading[0] if len(heading) > 1 or (heading and not source.locator["article"]) else ""
        if name is not None and first != name and run:
            yield name, run
            run = []
        name = first
        run.append(source)
    if run:
        yield name or "", run
