"""Merged cells: a cell that spans rows or columns is repeated where it reaches, so that every row reads alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as written: its text and how many rows and columns it covers (at least one)."""

    text: str
    rows: int = 1
    columns: int = 1


def resolve(table: Sequence[Sequence[Cell]], *, max_cells: int) -> list[list[str]]:
    """Return the grid that the cells cover, row by row, by the HTML table model (cells fill the next free slot).

    Raises:
        LoadError: ``TOO_COMPLEX`` when the grid has more than ``max_cells`` slots.
    """
    grid: list[dict[int, str]] = [{} for _ in table]
    count = 0
    for index, row in enumerate(table):
        column = 0
        for cell in row:
            while column in grid[index]:
                column += 1
            last = min(index + max(cell.rows, 1), len(table))
            width = max(cell.columns, 1)
            count += (last - index) * width
            if count > max_cells:
                raise LoadError(LoadReason.TOO_COMPLEX, f"a table of more than {max_cells} cells")
            for covered in range(index, last):
                for offset in range(column, column + width):
                    grid[covered].setdefault(offset, cell.text)
            column += width
    return [[row.get(column, "") for column in range(max(row, default=-1) + 1)] for row in grid]
