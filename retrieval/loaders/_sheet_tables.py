"""From a sheet of cells to what a reader sees on it: titles, tables with one header row, notes.

A sheet has no tables, only cells. Blank rows and columns part what stands on it; a row of one value above a table is
its title, below it a note; header rows of several levels are joined into one (``2025년 상반기``): each column has
one name, and the passages that the table is cut into can carry it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders._text import one_line
from retrieval.loaders._workbook import Merge, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.loaders._workbook import Sheet

Rows = dict[int, dict[int, Value]]

_MAX_HEADER_ROWS: Final = 5
_MAX_TITLES: Final = 6
_CONTINUES: Final = 2  # rows after which a table may go on below blank ones
_WIDE_ROW_CHARS: Final = 600  # rows of this length are no longer read by counting columns
_WIDE_COLUMNS: Final = 16
_SPARSE: Final = 8  # a region this many times larger than what is in it is no table


@dataclass(slots=True)
class Table:
    """One table: column names (empty where it has none) and rows of equal length."""

    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def lines(self) -> Iterator[list[str]]:
        """Rows as they are written; in a table too wide to be read by columns each value says what it is."""
        longest = sum(map(len, self.header)) + sum(map(len, self.rows[0] if self.rows else ()))
        if self.header and len(self.header) > _WIDE_COLUMNS and longest > _WIDE_ROW_CHARS:
            for row in self.rows:
                pairs = zip(self.header, row, strict=True)
                yield [f"{name}: {value}" if name and name != value else value for name, value in pairs if value]
            return
        if self.header:
            yield self.header
        yield from self.rows


class Piece(NamedTuple):
    """What stands on a sheet, in reading order: a line of text, or a table."""

    text: str
    table: Table | None = None


class _Region(NamedTuple):
    top: int
    bottom: int
    left: int
    right: int


def pieces(sheet: Sheet, *, max_cells: int) -> list[Piece]:
    """Return what a sheet says, in reading order.

    Raises:
        LoadError: ``TOO_COMPLEX`` when merged cells cover more than ``max_cells``.
    """
    rows, merges = _visible(sheet)
    _fill(rows, merges, max_cells)
    found: list[Piece] = []
    tables: dict[tuple[int, int], tuple[int, Table]] = {}  # by columns: the last row and the table that may go on
    for region in _regions(rows):
        grid = _grid(rows, region)
        bottom, above = tables.pop((region.left, region.right), (0, None))
        if above is not None and _goes_on(above, region.top - bottom - 1, grid):
            above.rows.extend(_texts(grid))
            tables[region.left, region.right] = (region.bottom, above)
            continue
        titles, grid, notes = _frame(grid)
        found.extend(Piece(title) for title in titles)
        if grid:
            top = region.top + len(titles)
            table = _table(grid, [one for one in merges if top <= one.top < top + len(grid)], top)
            found.append(Piece("", table))
            if not notes:
                tables[region.left, region.right] = (region.bottom, table)
        found.extend(Piece(note) for note in notes)
    return found


def _visible(sheet: Sheet) -> tuple[Rows, list[Merge]]:
    """Rows and merges without what is hidden, numbered anew so that nothing hidden reads as a blank."""
    hidden_rows = sorted(sheet.hidden_rows)
    used = sorted(
        {column for row in sheet.rows.values() for column in row} | {end for one in sheet.merges for end in one[1::2]}
    )
    hidden_columns = [one for one in used if any(first <= one <= last for first, last in sheet.hidden_columns)]
    gone_columns = set(hidden_columns)
    if not hidden_rows and not hidden_columns:
        return sheet.rows, sheet.merges
    rows = {
        row - bisect_left(hidden_rows, row): {
            column - bisect_left(hidden_columns, column): value
            for column, value in cells.items()
            if column not in gone_columns
        }
        for row, cells in sheet.rows.items()
        if row not in sheet.hidden_rows
    }
    merges = []
    for one in sheet.merges:
        top, bottom = one.top - bisect_left(hidden_rows, one.top), one.bottom - bisect_right(hidden_rows, one.bottom)
        left, right = (
            one.left - bisect_left(hidden_columns, one.left),
            one.right - bisect_right(hidden_columns, one.right),
        )
        if top <= bottom and left <= right:
            merges.append(Merge(top, left, bottom, right))
    return {row: cells for row, cells in rows.items() if cells}, merges


def _fill(rows: Rows, merges: list[Merge], max_cells: int) -> None:
    """Write the value of merged cells wherever they reach, within the rows and columns that are in use."""
    used = sorted(rows)
    widest = max((max(cells) for cells in rows.values()), default=0)
    filled = 0
    for one in merges:
        value = rows.get(one.top, {}).get(one.left)
        if value is None:
            continue
        for row in used[bisect_left(used, one.top) : bisect_right(used, one.bottom)]:
            right = min(one.right, widest)
            filled += right - one.left + 1
            if filled > max_cells:
                raise LoadError(LoadReason.TOO_COMPLEX, f"merged cells over more than {max_cells}")
            for column in range(one.left, right + 1):
                rows[row].setdefault(column, value)


def _regions(rows: Rows) -> Iterator[_Region]:
    """Cut at blank rows, then at blank columns where both sides are tables, again and again; in reading order."""
    if not rows:
        return
    waiting = [sorted(rows)]
    spans = [(min(min(cells) for cells in rows.values()), max(max(cells) for cells in rows.values()))]
    while waiting:
        numbers, (left, right) = waiting.pop(), spans.pop()
        runs = _runs(numbers)
        if len(runs) > 1:
            waiting.extend(reversed(runs))
            spans.extend([(left, right)] * len(runs))
            continue
        used = sorted({column for row in numbers for column in rows[row] if left <= column <= right})
        bands = [(run[0], run[-1]) for run in _runs(used)]
        if len(bands) > 1 and len(numbers) > 1 and all(last > first for first, last in bands):
            for first, last in reversed(bands):
                waiting.append([row for row in numbers if any(first <= column <= last for column in rows[row])])
                spans.append((first, last))
            continue
        yield _Region(numbers[0], numbers[-1], used[0], used[-1])


def _runs(numbers: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _grid(rows: Rows, region: _Region) -> list[list[Value]]:
    """The cells of a region, blank columns left out."""
    numbers = range(region.top, region.bottom + 1)
    columns = [
        column
        for column in sorted({column for row in numbers for column in rows[row]})
        if region.left <= column <= region.right
    ]
    taken = sum(len(rows[row]) for row in numbers)
    if len(columns) * len(numbers) > max(_SPARSE * taken, 10_000):
        # Cells strewn over the sheet: each row by itself, without the empty places between.
        return [[rows[row][column] for column in sorted(rows[row])] for row in numbers]
    blank = Value("", numeric=False)
    return [[rows[row].get(column, blank) for column in columns] for row in numbers]


def _frame(grid: list[list[Value]]) -> tuple[list[str], list[list[Value]], list[str]]:
    """Titles above, the table, notes below. What is one column wide throughout is text."""
    single = [len({value.text for value in row if value.text}) <= 1 for row in grid]
    if all(single):
        return [_only(row) for row in grid], [], []
    first = single.index(False)
    last = len(single) - single[::-1].index(False)
    first = first if first <= _MAX_TITLES else 0
    # A row of one value below a table is a note when it is words; a number there is a row with one cell filled.
    while last < len(grid) and any(value.numeric for value in grid[last]):
        last += 1
    return [_only(row) for row in grid[:first]], grid[first:last], [_only(row) for row in grid[last:]]


def _only(row: list[Value]) -> str:
    return next((value.text for value in row if value.text), "")


def _table(grid: list[list[Value]], merges: list[Merge], top: int) -> Table:
    height = _header_rows(grid, merges, top)
    if not height:
        return Table([], _texts(grid))
    header = []
    for column in range(len(grid[0])):
        names = [one_line(grid[row][column].text) for row in range(height)]
        header.append(" ".join(name for index, name in enumerate(names) if name and name not in names[:index]))
    return Table(header, _texts(grid[height:]))


def _header_rows(grid: list[list[Value]], merges: list[Merge], top: int) -> int:
    """How many rows at the top name the columns: words only, as deep as the merged cells among them reach."""
    if len(grid) < 2 or len(grid[0]) < 2 or not _words(grid[0]):  # noqa: PLR2004 - a name and a value, twice
        return 0
    height = 1
    for row in range(min(_MAX_HEADER_ROWS, len(grid) - 1)):
        if row >= height:
            break
        for one in merges:
            if one.top == top + row:
                below = one.bottom - top + 1
                height = max(
                    height, below if one.bottom > one.top else height, row + 2 if one.right > one.left else height
                )
    height = min(height, _MAX_HEADER_ROWS, len(grid) - 1)
    while height > 1 and not all(_words(row) for row in grid[:height]):
        height -= 1
    return height


def _words(row: list[Value]) -> bool:
    """Whether a row can name columns: mostly filled, no numbers, names that differ."""
    filled = [value for value in row if value.text]
    return len(filled) * 2 > len(row) and not any(value.numeric for value in filled)


def _texts(grid: list[list[Value]]) -> list[list[str]]:
    return [[value.text for value in row] for row in grid]


def _goes_on(table: Table, gap: int, grid: list[list[Value]]) -> bool:
    """Whether cells below ``gap`` blank rows belong to the table above, whose columns they share: no header again."""
    return (
        bool(table.header)
        and gap <= _CONTINUES
        and len(grid[0]) == len(table.header)
        and any(value.numeric for value in grid[0])
    )
