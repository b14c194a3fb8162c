"""Ruled tables of a page, found in its picture: the same way for a drawn PDF page and for a scan.

A rule or the edge of a shaded cell is a long straight step of brightness. Rules that touch make a table; its cells lie
between neighbouring rules, and cells without a rule between them are one merged cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from retrieval.loaders._raster import Gray

_STEP: Final = 24  # of 255: a pale grey rule on white
_LONG_IN: Final = 0.4  # inches: longer than the strokes of any letter but a title's
_TALL_IN: Final = 0.16  # inches: the lowest row
_NEAR_IN: Final = 0.035  # inches: both edges of one rule
_TOUCH_IN: Final = 0.02  # inches: a rule ends at another; a letter in a low row stays off it
_COVERED: Final = 0.6  # of a cell's side that has a rule
_FORM: Final = 0.6  # fewer merged cells for each cell of the grid: a form
_LONG_CELL: Final = 60  # characters
_MAX_RUNS: Final = 6_000
_MAX_LINES: Final = 400  # rules in one direction of one table


class _Rule(NamedTuple):
    """A rule: where its first and last edge lie across its direction, and from where to where it goes."""

    at: float
    start: int
    end: int
    last: float


@dataclass(slots=True)
class Grid:
    """A table: positions of its columns' and rows' borders in pixels, and for each cell the merged cell it is part of.

    ``cells[row][column]`` is the number of the merged cell.
    """

    xs: list[float]
    ys: list[float]
    cells: list[list[int]]
    texts: dict[int, list[str]] = field(default_factory=dict)

    def cell_at(self, x: float, y: float) -> int | None:
        """The merged cell at a point, ``None`` outside of the table."""
        if not (self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]):
            return None
        column = min(int(np.searchsorted(self.xs, x, "right")) - 1, len(self.xs) - 2)
        row = min(int(np.searchsorted(self.ys, y, "right")) - 1, len(self.ys) - 2)
        return self.cells[row][column]

    def put(self, cell: int, text: str) -> None:
        """Add text to a merged cell."""
        self.texts.setdefault(cell, []).append(text)

    def join(self, cell: int, other: int) -> None:
        """Make two cells one: what looked like a rule between them was none."""
        self.texts.setdefault(cell, []).extend(self.texts.pop(other, []))
        self.cells = [[cell if one == other else one for one in row] for row in self.cells]

    def beside(self, cell: int, other: int) -> bool:
        """Whether two cells share a side within a row."""
        return any({cell, other} == {left, right} for row in self.cells for left, right in pairwise(row))

    def rows(self) -> list[list[str]]:
        """The texts row by row. Those of merged cells are repeated where they reach, so that every row reads alone.

        In a form, where most cells are merged ones of a fine grid, they are not repeated within a row; a long text
        is written once.
        """
        texts = {cell: " ".join("".join(parts).split()) for cell, parts in self.texts.items()}
        form = len({cell for row in self.cells for cell in row}) < _FORM * sum(map(len, self.cells))
        result: list[list[str]] = []
        written: set[int] = set()
        for row in self.cells:
            slots: list[str] = []
            for column, cell in enumerate(row):
                text = texts.get(cell, "")
                again = column > 0 and row[column - 1] == cell
                if again and (form or len(text) > _LONG_CELL):
                    continue
                slots.append("" if cell in written and len(text) > _LONG_CELL else text)
            written.update(row)
            result.append(slots)
        return result

    @property
    def filled(self) -> int:
        """How many merged cells hold text."""
        return sum(1 for parts in self.texts.values() if "".join(parts).strip())


def grids(gray: Gray, dpi: int) -> list[Grid]:
    """Find the ruled tables of a page, from the top down; at least two cells side by side make one."""
    near = max(2, round(_NEAR_IN * dpi))
    across = _rules(np.abs(np.diff(gray.astype(np.int16), axis=0)) > _STEP, round(_LONG_IN * dpi), near)
    down = _rules((np.abs(np.diff(gray.astype(np.int16), axis=1)) > _STEP).T, round(_TALL_IN * dpi), near)
    slack = max(2, round(_TOUCH_IN * dpi))
    # The strokes of large letters end anywhere, the rules of a table at its other rules.
    down = [
        rule
        for rule in down
        if _ends_at(rule.start, rule.at, across, slack) and _ends_at(rule.end, rule.at, across, slack)
    ]
    result = [
        grid for rows, columns in _touching(across, down, near) if (grid := _grid(rows, columns, near)) is not None
    ]
    return sorted(result, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _rules(steps: NDArray[np.bool_], length: int, near: int) -> list[_Rule]:
    """Long runs of steps, those close beside or behind each other made one rule."""
    height, width = steps.shape
    edged = np.zeros((height, width + 2), np.int8)
    edged[:, 1:-1] = steps
    change = np.diff(edged, axis=1)
    lines, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    keep = ends - starts >= length
    if int(keep.sum()) > _MAX_RUNS:  # a hatched drawing, a photograph
        return []
    rules: list[_Rule] = []
    for at, start, end in zip(lines[keep].tolist(), starts[keep].tolist(), ends[keep].tolist(), strict=True):
        beside = None
        for index in range(len(rules) - 1, -1, -1):
            if at - rules[index].at > near:
                break
            if start <= rules[index].end + near and end >= rules[index].start - near:
                beside = index
                break
        if beside is None:
            rules.append(_Rule(at + 0.5, start, end, at + 0.5))
        else:
            rule = rules[beside]
            rules[beside] = _Rule(rule.at, min(start, rule.start), max(end, rule.end), at + 0.5)
    return rules


def _ends_at(end: int, at: float, others: list[_Rule], slack: int) -> bool:
    return any(
        rule.at - slack <= end <= rule.last + slack and rule.start - slack <= at <= rule.end + slack for rule in others
    )


def _touching(across: list[_Rule], down: list[_Rule], near: int) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that cross or meet."""
    parent = list(range(len(across) + len(down)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, row in enumerate(across):
        for other, column in enumerate(down, start=len(across)):
            meets = row.start - near <= column.at <= row.end + near
            if meets and column.start - near <= row.at <= column.end + near:
                parent[root(one)] = root(other)
    groups: dict[int, tuple[list[_Rule], list[_Rule]]] = {}
    for index, rule in enumerate([*across, *down]):
        groups.setdefault(root(index), ([], []))[0 if index < len(across) else 1].append(rule)
    return list(groups.values())


def _grid(rows: list[_Rule], columns: list[_Rule], near: int) -> Grid | None:
    if not rows or not columns or max(len(rows), len(columns)) > _MAX_LINES:
        return None
    ys = _positions((rule.at for rule in rows), near)
    xs = _positions((rule.at for rule in columns), near)
    # Tables in Korean papers are often open at the sides.
    left, right = min(rule.start for rule in rows), max(rule.end for rule in rows)
    xs = [
        *([float(left)] if left < xs[0] - 2 * near else []),
        *xs,
        *([float(right)] if right > xs[-1] + 2 * near else []),
    ]
    if len(xs) < 3 or len(ys) < 2:  # noqa: PLR2004 - two columns and a row
        return None
    height, width = len(ys) - 1, len(xs) - 1
    walls = [_covering(columns, x, ys, near) for x in xs]  # walls[x][row]
    floors = [_covering(rows, y, xs, near) for y in ys]  # floors[y][column]
    cells = _merged(height, width, lambda row, column: walls[column][row], lambda row, column: floors[row][column])
    return Grid(xs, ys, cells) if len({cell for row in cells for cell in row}) > 1 and _side_by_side(cells) else None


def _side_by_side(cells: list[list[int]]) -> bool:
    return any(left != right for row in cells for left, right in pairwise(row))


def _positions(values: Iterable[float], near: int) -> list[float]:
    result: list[list[float]] = []
    for value in sorted(values):
        if result and value - result[-1][0] <= 2 * near:
            result[-1].append(value)
        else:
            result.append([value])
    return [sum(group) / len(group) for group in result]


def _covering(rules: Sequence[_Rule], at: float, stops: Sequence[float], near: int) -> list[bool]:
    """For each stretch between stops, whether a rule at this position goes along most of it."""
    close = [rule for rule in rules if abs(rule.at - at) <= 2 * near]
    result = []
    for start, end in pairwise(stops):
        covered = sum(max(0.0, min(end, rule.end) - max(start, rule.start)) for rule in close)
        result.append(covered >= _COVERED * (end - start))
    return result


def _merged(
    height: int, width: int, wall: Callable[[int, int], bool], floor: Callable[[int, int], bool]
) -> list[list[int]]:
    """Number the cells; neighbours without a wall or a floor between them have the same number."""
    parent = list(range(height * width))

    def root(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    for row in range(height):
        for column in range(width):
            cell = row * width + column
            if column and not wall(row, column):
                parent[root(cell)] = root(cell - 1)
            if row and not floor(row, column):
                parent[root(cell)] = root(cell - width)
    return [[root(row * width + column) for column in range(width)] for row in range(height)]
