"""Bridges to LangChain: our parts in others' chains, and theirs in ours. Needs ``langchain-core`` only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrieval.errors import LoadError, LoadReason
from retrieval.types import Block, BlockKind, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.document_loaders import BaseLoader
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever

    from retrieval.hybrid import HybridSearcher
    from retrieval.ports import Embedder
    from retrieval.types import Candidate, Chunk, MetadataValue

_SEPARATOR = "\n\n"


def as_langchain_retriever(
    searcher: HybridSearcher,
    fetch: Callable[[Sequence[Candidate]], Sequence[Document]],
    *,
    scopes: Collection[str],
    limit: int = 10,
) -> BaseRetriever:
    """Wrap a searcher as a LangChain retriever.

    ``fetch`` turns candidates into documents (it alone knows texts and rights: return fewer where a reader may not see
    one); ``scopes`` are those of the person the chain runs for.
    """
    from langchain_core.retrievers import BaseRetriever  # noqa: PLC0415 - heavy

    class HybridRetriever(BaseRetriever):
        """Searches by words and meaning."""

        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun  # noqa: ARG002 - LangChain's signature
        ) -> list[Document]:  # fmt: skip
            outcome = searcher.search(query, scopes=scopes, limit=limit)
            return list(fetch(outcome.candidates))

    return HybridRetriever()


def as_langchain_embeddings(embedder: Embedder) -> Embeddings:
    """Wrap an embedder as LangChain ``Embeddings``."""
    from langchain_core.embeddings import Embeddings  # noqa: PLC0415 - heavy

    class EmbedderEmbeddings(Embeddings):
        """Vectors of a local embedder as lists of floats."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = embedder.embed_passages(texts).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            row: list[float] = embedder.embed_query(text).tolist()
            return row

    return EmbedderEmbeddings()


def from_langchain_loader(loader: BaseLoader, *, title: str, media_type: str = "text/plain") -> ParsedDocument:
    """Read a whole LangChain loader as one document: each of its documents becomes a paragraph block.

    Pages are taken from the ``page`` metadata (LangChain counts from 0). The metadata of the first document is kept.

    Raises:
        LoadError: the loader gave no text (``file_no_text``).
    """
    texts: list[str] = []
    blocks: list[Block] = []
    metadata: dict[str, MetadataValue] = {}
    position = 0
    for document in loader.lazy_load():
        if not document.page_content.strip():
            continue
        if not texts:
            metadata = _plain(document.metadata)
        page = document.metadata.get("page")
        end = position + len(document.page_content)
        blocks.append(Block(BlockKind.PARAGRAPH, position, end, page=page + 1 if isinstance(page, int) else None))
        texts.append(document.page_content)
        position = end + len(_SEPARATOR)
    if not texts:
        raise LoadError(LoadReason.NO_TEXT, type(loader).__name__)
    pages = [block.page for block in blocks if block.page is not None]
    return ParsedDocument(
        text=_SEPARATOR.join(texts),
        blocks=tuple(blocks),
        title=title,
        media_type=media_type,
        loader=f"langchain:{type(loader).__name__}/1",
        metadata=metadata,
        page_count=max(pages) if pages else None,
    )


def to_langchain_documents(chunks: Iterable[Chunk], *, metadata: Mapping[str, Any] | None = None) -> list[Document]:
    """Turn chunks into LangChain documents; place and kind of each go into its metadata beside ``metadata``."""
    from langchain_core.documents import Document  # noqa: PLC0415 - heavy

    return [
        Document(
            page_content=chunk.text,
            metadata={
                **(metadata or {}),
                "ordinal": chunk.ordinal,
                "start": chunk.start,
                "end": chunk.end,
                "kind": chunk.kind.value,
                "article": chunk.locator.article,
                "article_title": chunk.locator.article_title,
                "heading": list(chunk.locator.heading),
                "page": chunk.locator.page,
            },
        )
        for chunk in chunks
    ]


def _plain(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """Keep the values our metadata can hold; the rest as text."""
    return {
        str(key): value if value is None or isinstance(value, str | int | float | bool) else str(value)
        for key, value in metadata.items()
    }
