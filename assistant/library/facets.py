"""Counting what can be chosen in the list of documents.

The database counts once by all facets together (a cube of at most some thousand cells); each facet's figures are sums
over it, with the choices made in the other facets applied and its own left open, as a reader expects.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assistant.db.models import VersionState
from assistant.library.legal import LABELS, LegalState, legal_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assistant.library.lines import Filters

# What people call the formats; names of the loaders' media types (retrieval.loaders.sniffing).
FORMATS: Final = {
    "application/x-hwp": "HWP",
    "application/x-hwp-v3": "HWP",
    "application/x-hwpml": "HWPML",
    "application/hwp+zip": "HWPX",
    "application/pdf": "PDF",
    "application/msword": "DOC",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.ms-powerpoint": "PPT",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
    "application/vnd.ms-outlook": "전자우편",
    "message/rfc822": "전자우편",
    "application/zip": "압축 파일",
    "text/markdown": "마크다운",
    "text/plain": "텍스트",
    "text/csv": "CSV",
    "text/tab-separated-values": "CSV",
    "text/html": "웹 문서",
}
_PICTURE: Final = "그림"
_OTHER: Final = "기타"

GRADES: Final = {"O": "공개", "S": "민감", "C": "기밀"}
STATES: Final = {
    VersionState.QUEUED.value: "대기",
    VersionState.PROCESSING.value: "처리 중",
    VersionState.READY.value: "완료",
    VersionState.FAILED.value: "실패",
    VersionState.SUPERSEDED.value: "이전 판",
}


def format_name(media_type: str) -> str:
    """Return what people call a media type; empty for none."""
    if media_type.startswith("image/"):
        return _PICTURE
    return FORMATS.get(media_type, _OTHER if media_type else "")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a facet and how many documents it would give."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A row of choices: ``name`` is the field of :class:`Filters`, ``label`` what people read."""

    name: str
    label: str
    options: tuple[Option, ...]


class Shelf(NamedTuple):
    """What the facets need of a collection."""

    name: str
    title: str
    grade: str
    department: str
    department_name: str


class _Facts(NamedTuple):
    """What a legal state is judged from (``legal.LegalFacts``)."""

    legal_status: str | None
    effective_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Documents that are alike in everything that can be chosen.

    ``since`` is -1 without an effective date, 1 where it lies ahead, else 0; ``live`` is 1 where a version is active.
    """

    collection_id: str
    state: str
    media_type: str
    kind: str | None
    legal_status: str | None
    since: int
    live: int
    inside: int
    count: int
    legal: LegalState | None

    @classmethod
    def of(cls, row: Any, day: dt.date) -> Cell:  # noqa: ANN401 - a row of ``browse._counts``
        """Read a counted row; ``legal`` is judged for ``day``, and ``None`` where nothing says it is law."""
        values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
        if values["kind"] is None and values["legal_status"] is None and values["since"] < 0:
            return cls(**values, legal=None)
        effective = None if values["since"] < 0 else day + dt.timedelta(days=values["since"])
        complete = {VersionState.READY.value, VersionState.SUPERSEDED.value}
        newest = bool(values["live"]) or values["state"] not in complete
        state = legal_state(_Facts(values["legal_status"], effective), day, newest=newest)
        if state is LegalState.SUPERSEDED and values["since"] > 0:
            state = LegalState.FUTURE  # another text of its law counts now, this one will
        return cls(**values, legal=state)


class Cube:
    """All cells of one reader's list, and the choices made.

    Args:
        shelves: the collections this person may read, by id.
        cells: the counted rows.
        filters: what is chosen.
    """

    def __init__(self, shelves: Mapping[str, Shelf], cells: Iterable[Cell], filters: Filters) -> None:
        self._shelves = shelves
        self._cells = list(cells)
        self._read: dict[str, Callable[[Cell], str]] = {
            "collection": lambda cell: shelves[cell.collection_id].name,
            "department": lambda cell: shelves[cell.collection_id].department,
            "grade": lambda cell: shelves[cell.collection_id].grade,
            "kind": lambda cell: cell.kind or "",
            "format": lambda cell: format_name(cell.media_type),
            "legal": lambda cell: cell.legal.value if cell.legal else "",
            "state": lambda cell: cell.state,
        }
        self._chosen = {name: value for name in self._read if (value := getattr(filters, name))}

    def _fits(self, cell: Cell, *, but: str = "") -> bool:
        return all(name == but or self._read[name](cell) == value for name, value in self._chosen.items())

    def totals(self) -> tuple[int, int]:
        """Return how many documents fit all choices: on their own, and inside archives or messages."""
        counts = [0, 0]
        for cell in self._cells:
            if self._fits(cell):
                counts[cell.inside] += cell.count
        return counts[0], counts[1]

    def chosen_shelves(self) -> list[str]:
        """Return the ids of the collections that fit the choices about collections."""
        wanted = {name: self._chosen[name] for name in ("collection", "department", "grade") if name in self._chosen}
        return [
            key
            for key, shelf in sorted(self._shelves.items())
            if all(getattr(shelf, "name" if name == "collection" else name) == value for name, value in wanted.items())
        ]

    def chosen_media(self) -> list[str]:
        """Return the media types of the chosen format."""
        return sorted({c.media_type for c in self._cells if format_name(c.media_type) == self._chosen.get("format")})

    def chosen_legal(self) -> list[Cell]:
        """Return one cell for each combination of facts that gives the chosen legal state."""
        kinds: dict[tuple[object, ...], Cell] = {}
        for cell in self._cells:
            if cell.legal is not None and cell.legal.value == self._chosen.get("legal"):
                kinds[cell.legal_status, cell.kind is None, cell.since, cell.live, cell.state] = cell
        return list(kinds.values())

    def facets(self) -> tuple[Facet, ...]:
        """Return every facet with its choices, the most frequent first; a chosen one stays though nothing fits."""
        titles = {shelf.name: shelf.title for shelf in self._shelves.values()}
        departments = {shelf.department: shelf.department_name for shelf in self._shelves.values()}
        legal = {state.value: label for state, label in LABELS.items()}
        return (
            self._facet("collection", "문서 모음", titles),
            self._facet("department", "부서", departments),
            self._facet("kind", "종류", {}),
            self._facet("format", "형식", {}),
            self._facet("legal", "법적 상태", legal),
            self._facet("state", "처리 상태", STATES),
            self._facet("grade", "등급", GRADES),
        )

    def _facet(self, name: str, label: str, labels: Mapping[str, str]) -> Facet:
        counts: Counter[str] = Counter()
        for cell in self._cells:
            if (value := self._read[name](cell)) and self._fits(cell, but=name):
                counts[value] += cell.count
        chosen = self._chosen.get(name, "")
        if chosen:
            counts[chosen] += 0
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return Facet(
            name, label, tuple(Option(value, labels.get(value, value), n, value == chosen) for value, n in ordered)
        )
