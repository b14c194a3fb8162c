"""The words of retrieval: documents, blocks, chunks, locators and scored ids.

All offsets are Python string offsets into ``ParsedDocument.text``, the canonical text of a
document: what the viewer shows, what quotes are cut from and what citations point into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval.query.types import Query

MetadataValue = str | int | float | bool | list[str] | None


class BlockKind(StrEnum):
    """What a stretch of the canonical text is, as far as its source format tells."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Block:
    """One structural piece of a document.

    ``start``/``end`` cut the piece out of ``ParsedDocument.text``; ``level`` is 1-6 for headings and
    0 otherwise; ``page`` counts from 1 and is ``None`` where the format has no pages.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file: a member of an archive, what hangs on an e-mail. It becomes a document of its own.

    ``name`` is its path inside, with forward slashes, no leading slash and no ``..``; ``data`` its bytes.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a loader makes of one file.

    ``metadata`` holds front matter or file properties with their original keys (``시행일자`` …).
    ``loader`` names loader and revision (``markdown/1``): a new revision makes a new version.
    ``attachments`` are the files it carries; the text of an archive is the list of its members.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str
    media_type: str
    loader: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    page_count: int | None = None
    warnings: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class ChunkKind(StrEnum):
    """How a chunk takes part in search."""

    BODY = "body"
    TABLE = "table"
    SUPPLEMENTARY = "supplementary"  # 부칙: found by words, never embedded, ranked lower


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a passage stands, in the words a reader would use.

    ``article`` is written ``제12조`` or ``제12조의2``; ``heading`` is the path from the outermost heading
    below the title to the innermost, article heading included; ``page`` counts from 1.
    """

    article: str | None = None
    article_title: str | None = None
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is indexed and cited: ``text == document.text[start:end]``, always."""

    ordinal: int
    start: int
    end: int
    text: str
    kind: ChunkKind
    locator: Locator


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One chunk as the indexes take it: ids, the scope that may read it, and its words by field.

    ``asked`` are questions in everyday words that the chunk's article answers (``retrieval.expressions``). They help to
    find it and are nothing else: never shown, never cited.
    """

    chunk_id: str
    version_id: str
    collection_id: str
    scope: str
    title: str
    heading: str
    body: str
    kind: ChunkKind = ChunkKind.BODY
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredId:
    """A chunk id with one index's own score (higher is better)."""

    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fused search result: final score in [0, 1] and the parts it was made of (0 where absent).

    ``lexical`` and ``dense`` are words and meaning of the passage, ``asked_words`` and ``asked_meaning`` those of the
    everyday questions kept with it. ``named`` is how surely the question itself names the article, 0 where it does not.
    """

    chunk_id: str
    score: float
    lexical: float = 0.0
    dense: float = 0.0
    asked_words: float = 0.0
    asked_meaning: float = 0.0
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class Sides:
    """Which signals a question was answered from: words and meaning of passages, and everyday questions."""

    words: bool = True
    meaning: bool = True
    asked: bool = False


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """Candidates, best first, and the names of the sides that could not be asked (``dense``, ``lexical``).

    ``dense_top`` is the best raw cosine seen, ``lexical_top`` the best raw BM25, ``asked_top`` the best raw cosine of
    an everyday question: evidence strength for the refusal gate, which min-max fusion hides. ``sides`` says what could
    be asked, for whoever puts candidates together to articles; ``query`` how the question was understood, if it was.
    """

    candidates: tuple[Candidate, ...]
    degraded: tuple[str, ...] = ()
    dense_top: float = 0.0
    lexical_top: float = 0.0
    asked_top: float = 0.0
    sides: Sides = Sides()
    query: Query | None = None
