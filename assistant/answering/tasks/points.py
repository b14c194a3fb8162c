"""Points of a result: each says one thing in a text's own words and cites where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source

MOST: Final = 99  # sources of one answer: citation marks have two digits


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a result.

    ``text`` is what is shown, without marks; ``quotes`` say where it stands: a passage and offsets within its text.
    ``group`` is the heading it stands below; ``lead`` is shown before the text in bold.
    """

    text: str
    quotes: tuple[tuple[Source, int, int], ...]
    group: str = ""
    lead: str = ""


def laid_out(points: Sequence[Point]) -> tuple[list[str], list[Source]]:
    """Return the lines of an answer and its sources, numbered in the order of citing.

    Each quote is a source of its own, cut to its words, so that it opens there. Points beyond the numbers there are for
    sources are left out; the caller says so.
    """
    lines: list[str] = []
    sources: list[Source] = []
    known: dict[tuple[str, int, int], int] = {}
    group = ""
    for point in points:
        keys = [(source.chunk_id, start, end) for source, start, end in point.quotes]
        if len(sources) + sum(key not in known for key in keys) > MOST:
            break
        for (source, start, end), key in zip(point.quotes, keys, strict=True):
            if key not in known:
                known[key] = len(sources) + 1
                at = source.chunk_start
                sources.append(
                    replace(
                        source,
                        n=len(sources) + 1,
                        quote=source.text[start:end],
                        start=at + start,
                        end=at + end,
                        cited=True,
                    )
                )
        if point.group and point.group != group:
            group = point.group
            lines.append(f"### {group}")
        marks = "".join(f"[{known[key]}]" for key in dict.fromkeys(keys))
        lead = f"**{point.lead}** " if point.lead else ""
        lines.append(f"- {lead}{' '.join(point.text.split())} {marks}")
    return lines, sources
