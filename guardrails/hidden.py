"""Hidden-character guard: text that a person does not see but a model reads, and text that shows in another order.

Reported: zero-width and filler characters, Unicode tag characters (a whole hidden alphabet), bidirectional controls.
Not reported: joiners inside emoji, and a byte-order mark at the very start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

INVISIBLE: Final = "hidden.invisible"
BIDI: Final = "hidden.bidi"
TAGS: Final = "hidden.tags"

_EMOJI: Final = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f"
_RUNS: Final = (
    (TAGS, 1.0, re.compile("(?<!\U0001f3f4)[\U000e0000-\U000e007f]{2,}")),
    (TAGS, 0.9, re.compile("[\U000e0100-\U000e01ef]{3,}|[\ufe00-\ufe0e]{3,}")),
    (BIDI, 0.9, re.compile("[\u202a-\u202e\u2066-\u2069]+")),
    (
        INVISIBLE,
        0.7,
        re.compile(
            "(?:(?<!^)\ufeff|[\u200b\u200c\u2060-\u2064\u206a-\u206f\u00ad\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180e]"
            f"|(?<![{_EMOJI}])\u200d)+"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class HiddenGuard:
    """Reports runs of characters that do not show."""

    name: str = "hidden"
    stages: frozenset[Stage] = frozenset(Stage)

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset({INVISIBLE, BIDI, TAGS})

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return one finding per run."""
        if text.isascii():
            return ()
        out = [
            RawFinding(rule, score, *match.span()) for rule, score, pattern in _RUNS for match in pattern.finditer(text)
        ]
        return sorted(out, key=lambda f: f.start)


def visible(text: str) -> str:
    """Return ``text`` without the characters that this guard reports."""
    for _, _, pattern in _RUNS:
        text = pattern.sub("", text)
    return text
