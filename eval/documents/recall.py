"""What share of one reading of a file the other reading has.

Two readers never agree on line ends, marks and the order of cells, so only letters count (NFKC): every distinct run of
eight letters within a line or cell is looked for in the letters of the other text. Shorter lines count whole.
Both texts are cleaned first as the product does it (hidden characters, letters from private areas).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from retrieval.loaders._text import clean

_RUN: Final = 8
_PIECES: Final = re.compile(r"[\n\t|]")


@dataclass(frozen=True, slots=True)
class Recall:
    """``found`` of ``wanted`` distinct runs; ``missing`` are whole pieces that lack some, as they were written."""

    found: int
    wanted: int
    missing: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Between 0 and 1; ``None`` where there was nothing to find."""
        return self.found / self.wanted if self.wanted else None


def recall(of: str, there: str, *, show: int = 5) -> Recall:
    """Look for the runs of one text in another.

    Args:
        of: the text whose words are looked for.
        there: the text that should have them.
        show: how many of the pieces that are missing to name.
    """
    letters = _letters(there)
    held = {letters[at : at + _RUN] for at in range(len(letters) - _RUN + 1)}
    wanted: dict[str, bool] = {}
    missing: list[str] = []
    for piece in _PIECES.split(of):
        runs = _runs(_letters(piece))
        for run in runs:
            wanted.setdefault(run, run in held if len(run) == _RUN else run in letters)
        if any(not wanted[run] for run in runs) and len(missing) < show:
            missing.append(" ".join(piece.split())[:80])
    return Recall(sum(wanted.values()), len(wanted), tuple(missing))


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", clean(text)).lower() if char.isalpha())


def _runs(letters: str) -> set[str]:
    if len(letters) < _RUN:
        return {letters} if letters else set()
    return {letters[at : at + _RUN] for at in range(len(letters) - _RUN + 1)}
