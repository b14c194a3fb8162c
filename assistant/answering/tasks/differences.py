"""What differs between two texts, part by part, each change cited on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assistant.answering.tasks.points import Point
from assistant.library.compare import Change, compare
from assistant.library.documents import OutlineEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.answering.turn import Source
    from assistant.db.models import VersionText
    from assistant.library.compare import Row, Side

WORDS: Final = {
    Change.CHANGED: "바뀐 곳",
    Change.ADDED: "새로 생긴 곳",
    Change.REMOVED: "없어진 곳",
    Change.MOVED: "자리를 옮긴 곳",
}
_SHOWN: Final = 160  # characters of a side
_ORDER: Final = {change: place for place, change in enumerate(WORDS)}


def changes(old: VersionText, new: VersionText, left: Sequence[Source], right: Sequence[Source]) -> list[Point]:
    """Return what changed, came, went and moved, in that order.

    Args:
        old: the older text.
        new: the newer text.
        left: passages of the older text.
        right: passages of the newer text.
    """
    rows = compare(old.text, _outline(old), new.text, _outline(new), words=True).rows
    changed = sorted((row for row in rows if row.change is not Change.SAME), key=lambda row: _ORDER[row.change])
    return [point for row in changed if (point := _point(row, old.text, new.text, left, right)) is not None]


def _outline(content: VersionText) -> list[OutlineEntry]:
    return [OutlineEntry(*entry) for entry in content.outline]


def _point(row: Row, old: str, new: str, left: Sequence[Source], right: Sequence[Source]) -> Point | None:
    was, now = (" ".join("".join(_differing(row, side)).split()) for side in ("old", "new"))
    quotes = [
        quote
        for side, text, sources in ((row.old, old, left), (row.new, new, right))
        if side is not None and (quote := _quote(side, text, sources)) is not None
    ]
    if not quotes:
        return None
    side = row.new or row.old
    places = " → ".join(one.number or one.label for one in (row.old, row.new) if one is not None)
    told = {
        Change.CHANGED: f"앞: “{_cut(was)}” → 뒤: “{_cut(now)}”",
        Change.ADDED: f"“{_cut(now)}”",
        Change.REMOVED: f"“{_cut(was)}”",
        Change.MOVED: places,
    }[row.change]
    return Point(told, tuple(quotes), WORDS[row.change], f"{side.label if side else ''}:")


def _differing(row: Row, side: str) -> Iterator[str]:
    """Yield the paragraphs of one side that the other has not so."""
    for line in row.lines:
        pieces = getattr(line, side)
        if pieces is not None and not line.same:
            yield "".join(piece.text for piece in pieces) + " "


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + "…"


def _quote(side: Side, text: str, sources: Sequence[Source]) -> tuple[Source, int, int] | None:
    """Return where a part stands: the passage that holds its beginning, to the end of the part or of the passage."""
    start = side.start + len(text[side.start : side.end]) - len(text[side.start : side.end].lstrip())
    for source in sources:
        if source.chunk_start <= start < source.chunk_start + len(source.text):
            end = min(side.start + len(text[side.start : side.end].rstrip()), source.chunk_start + len(source.text))
            return source, start - source.chunk_start, end - source.chunk_start
    return None
