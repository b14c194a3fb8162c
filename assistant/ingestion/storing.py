"""What a document becomes in the database once it is read: its text, its passages, what its metadata says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from assistant.db.models import ChunkRow, DocumentVersion, VersionText, derived_id
from assistant.library.vectors import embed_hash
from retrieval.chunking import legal_metadata, outline
from retrieval.types import ChunkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from retrieval.types import Chunk, ParsedDocument


def store_text(
    session: Session,
    version_id: str,
    document: ParsedDocument,
    chunks: Sequence[Chunk],
    personal_data: Mapping[str, int],
    *,
    embedded: Callable[[str, Sequence[str], str], str],
) -> None:
    """Write text, passages and metadata of a version, in place of what an earlier run may have left.

    Args:
        session: a writing session.
        version_id: the version.
        document: what was read, as people are to see it.
        chunks: its passages.
        personal_data: how often each kind of personal data was found.
        embedded: gives what will be embedded for title, heading and text of a passage.
    """
    session.execute(delete(ChunkRow).where(ChunkRow.version_id == version_id))
    session.execute(insert(ChunkRow), _chunk_rows(version_id, document, chunks, embedded))
    session.execute(delete(VersionText).where(VersionText.version_id == version_id))
    session.execute(insert(VersionText), [_text_row(version_id, document)])
    values = _version_values(document, len(chunks)) | {"pii": dict(personal_data)}
    session.execute(update(DocumentVersion).where(DocumentVersion.id == version_id).values(**values))


def _chunk_rows(
    version_id: str,
    document: ParsedDocument,
    chunks: Sequence[Chunk],
    embedded: Callable[[str, Sequence[str], str], str],
) -> list[dict[str, Any]]:
    return [
        {
            "id": derived_id(version_id, str(piece.ordinal)),
            "version_id": version_id,
            "ordinal": piece.ordinal,
            "start": piece.start,
            "end": piece.end,
            "kind": piece.kind.value,
            "text": piece.text,
            "article": piece.locator.article,
            "article_title": piece.locator.article_title,
            "heading": list(piece.locator.heading),
            "page": piece.locator.page,
            "embed_hash": None
            if piece.kind is ChunkKind.SUPPLEMENTARY
            else embed_hash(embedded(document.title, piece.locator.heading, piece.text)),
        }
        for piece in chunks
    ]


def _text_row(version_id: str, document: ParsedDocument) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "text": document.text,
        "outline": [list(entry) for entry in outline(document)],
        "blocks": [[block.kind.value, block.start, block.end, block.level, block.page] for block in document.blocks],
    }


def _version_values(document: ParsedDocument, chunk_count: int) -> dict[str, Any]:
    legal = legal_metadata(document.metadata)
    return {
        "media_type": document.media_type,
        "loader": document.loader,
        "title": document.title,
        "meta": {**document.metadata, "warnings": list(document.warnings)}
        if document.warnings
        else {**document.metadata},
        "page_count": document.page_count,
        "chunk_count": chunk_count,
        "kind": legal.kind,
        "ministry": legal.ministry,
        "legal_status": legal.status,
        "promulgated_on": legal.promulgated,
        "effective_on": legal.effective,
    }
