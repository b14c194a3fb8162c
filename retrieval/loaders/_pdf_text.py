"""The text layer of one PDF page with its geometry: lines with size and place, characters in the cells of tables."""

from __future__ import annotations

import ctypes
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from retrieval.loaders import _ruled
from retrieval.loaders._page import Item, TableRows, TextLine, is_table
from retrieval.loaders._text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.loaders._raster import Gray
    from retrieval.loaders._ruled import Grid

    Draw = Callable[[Any, int], tuple[Gray, int]]

# PDFium marks a hyphen that it took for one of line breaking with U+0002 or U+FFFE.
_HYPHENATED = re.compile("[\x02\ufffe]\\s*\\n?")
_LINE = re.compile("(?:[^\n]*[\x02\ufffe][ \t\r]*\n)*(?:[^\n]+\n?|\n)")
_HYPHENS: Final = "\x02\ufffe"
_MIN_PATHS: Final = 4  # drawn objects: fewer rules make no table
_ENOUGH_PATHS: Final = 8
_RULES_DPI: Final = 100
_POINTS: Final = 72
# Characters that say nothing: no glyph's meaning is known (FFFD), private use, controls.
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_MAX_UNREADABLE: Final = 0.2  # of the characters of a page
_SAMPLED: Final = 3  # every third character is asked about


def text_of(text_page: Any) -> str:  # noqa: ANN401 - pypdfium2 is untyped
    """The text as PDFium orders it."""
    return str(text_page.get_text_range())


def garbled(text_page: Any, raw: str) -> bool:  # noqa: ANN401 - pypdfium2 is untyped
    """Whether a text layer cannot be read: fonts without a map to Unicode, or characters that mean nothing."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - a heavy vendor library

    seen = "".join(_HYPHENATED.sub("", raw).split())
    if len(_UNREADABLE.findall(seen)) > _MAX_UNREADABLE * len(seen):
        return True
    asked = range(0, text_page.count_chars(), _SAMPLED)
    errors = sum(1 for index in asked if pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1)
    return errors > _MAX_UNREADABLE * len(asked)


def items(page: Any, text_page: Any, raw: str, draw: Draw) -> list[Item]:  # noqa: ANN401 - pypdfium2 is untyped
    """Lines and tables of a page in the order of its text.

    Args:
        page: the page.
        text_page: its text layer.
        raw: ``text_of`` it.
        draw: makes a picture of the page at a resolution, for the rules of tables.
    """
    characters = _Characters(page, text_page)
    # With characters beyond the basic plane PDFium's indices are not ours: then lines only.
    told = len(raw) == text_page.count_chars()
    tables = _tables(page, draw) if told and raw.strip() and _is_drawn(page) else []
    homes = _fill(raw, tables, characters) if tables else {}
    result: list[Item] = []
    placed: set[int] = set()
    for match in _LINE.finditer(raw):
        start, end = match.span()
        outside = []
        for index in range(start, end):
            grid = homes.get(index)
            if grid is None:
                outside.append(index)
            elif id(grid) not in placed:
                placed.add(id(grid))
                result.append(TableRows(tuple(map(tuple, grid.rows()))))
        text = clean(_HYPHENATED.sub("", "".join(raw[index] for index in outside))).rstrip("\n")
        if text.strip():
            first = next(index for index in outside if not raw[index].isspace())
            result.append(TextLine(text, *(characters.size_and_place(first) if told else (0.0, 0.5))))
        elif end - start == len(outside):
            result.append(TextLine(""))
    return result


def _fill(raw: str, tables: list[Grid], characters: _Characters) -> dict[int, Grid]:
    """Put the characters into the cells they stand in; return which of them are in which table."""
    homes: dict[int, Grid] = {}
    last: tuple[Grid, int] | None = None
    glued = False
    for index, char in enumerate(raw):
        if char.isspace():
            if last is not None:
                last[0].put(last[1], " ")
                homes[index] = last[0]
            glued = False
            continue
        middle = characters.middle(index)
        here = next(((grid, cell) for grid in tables if middle and (cell := grid.cell_at(*middle)) is not None), None)
        if here is not None:
            grid, cell = here
            if glued and last is not None and last[0] is grid and last[1] != cell and grid.beside(last[1], cell):
                grid.join(last[1], cell)  # a word goes through: that was the stroke of a letter, not a rule
                here = last
            homes[index] = grid
            grid.put(here[1], "" if char in _HYPHENS else char)
        last, glued = here, True
    real = {id(grid) for grid in tables if is_table(grid)}
    return {index: grid for index, grid in homes.items() if id(grid) in real}


class _Characters:
    """Where the characters of a page stand, asked one by one: PDFium's indices run along its text."""

    def __init__(self, page: Any, text_page: Any) -> None:  # noqa: ANN401 - pypdfium2 is untyped
        import pypdfium2.raw as pdfium  # noqa: PLC0415 - a heavy vendor library

        self._pdfium = pdfium
        self._text_page = text_page
        self.left, self.bottom, self.right, self.top = page.get_cropbox()
        self._sides = tuple(ctypes.c_double() for _ in range(4))
        self._references = tuple(ctypes.byref(side) for side in self._sides)
        self._rectangle = pdfium.FS_RECTF()

    def middle(self, index: int) -> tuple[float, float] | None:
        """The middle of a character, in points from the page's upper left corner."""
        if not self._pdfium.FPDFText_GetCharBox(self._text_page, index, *self._references):
            return None
        left, right, bottom, top = (side.value for side in self._sides)
        return (left + right) / 2 - self.left, self.top - (bottom + top) / 2

    def size_and_place(self, index: int) -> tuple[float, float]:
        """Height of a character's font in points and how far down the page it stands, 0 to 1."""
        if not self._pdfium.FPDFText_GetLooseCharBox(self._text_page, index, ctypes.byref(self._rectangle)):
            return 0.0, 0.5
        box = self._rectangle
        height = max(1.0, self.top - self.bottom)
        return abs(box.top - box.bottom), (self.top - (box.top + box.bottom) / 2) / height


def _is_drawn(page: Any) -> bool:  # noqa: ANN401 - pypdfium2 is untyped
    """Whether a page has drawings enough for the rules of a table; turned pages are left alone."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - a heavy vendor library

    if page.get_rotation():
        return False
    drawn = page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,), max_depth=3)
    return sum(1 for _ in islice(drawn, _ENOUGH_PATHS)) >= _MIN_PATHS


def _tables(page: Any, draw: Draw) -> list[Grid]:  # noqa: ANN401 - pypdfium2 is untyped
    """Ruled tables with their borders in points from the page's upper left corner."""
    picture, dpi = draw(page, _RULES_DPI)
    found = _ruled.grids(picture, dpi)
    for grid in found:
        grid.xs = [x * _POINTS / dpi for x in grid.xs]
        grid.ys = [y * _POINTS / dpi for y in grid.ys]
    return found
