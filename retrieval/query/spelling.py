"""Words that may have been mistyped or wrongly spaced, and what they may have been meant to be.

A word is suspicious when one of its parts is no known word. It is then read as the known word that is one key stroke
away; both forms are asked. What the corpus knows is never changed, and what stands behind a noun must be particles.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.lexicon import is_particles
from retrieval.query.types import Correction, Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.query.vocabulary import Vocabulary

_RUN = re.compile(r"[가-힣]+")
_SHORTEST, _LONGEST = 2, 8  # syllables of a word that is looked for
_COMMON = 40  # a word of two syllables has many neighbours: only frequent ones are offered
_MOST = 3  # corrections of one question: where more is wrong, guessing makes it worse
_TRIED = 8  # strange words of one question that are looked at: each costs some milliseconds
_LONG_RUN = 7  # syllables: longer runs are probably several words written together ...
_LONGEST_RUN = 100  # ... and still longer ones no question; setting spaces takes time


class Speller:
    """Reads what was probably meant. Immutable once made; safe to share between threads.

    Args:
        vocabulary: known words.
        held: whether the documents at hand have a word (a morpheme); nothing is asked of them when not given.
    """

    def __init__(self, vocabulary: Vocabulary, held: Callable[[str], bool] | None = None) -> None:
        self._vocabulary = vocabulary
        self._held = held or (lambda _: False)
        vocabulary.near("")  # makes its tables now and not with the first question

    def is_known(self, run: str) -> bool:
        """Whether a Hangul run is made of known words."""
        if run in self._vocabulary:
            return True
        return all(word in self._vocabulary or self._held(word) for word in korean.unsure_words(run))

    def typos(self, text: str) -> list[Correction]:
        """Return what may be mistyped in a text, from left to right, each as written there and as probably meant."""
        runs = (run for run in dict.fromkeys(_RUN.findall(text)) if len(run) >= _SHORTEST)
        strange = islice((run for run in runs if not self._is_sound(run)), _TRIED)
        found = ((run, self._meant(run)) for run in strange)
        return list(islice((Correction(run, meant, Why.TYPO) for run, meant in found if meant is not None), _MOST))

    def joined(self, text: str) -> list[Correction]:
        """Return neighbours that make a known word together, where one of them alone is none: ``층 간소음``."""
        found = []
        for left, right in pairwise(_RUN.finditer(text)):
            if text[left.end() : right.start()] != " " or (left[0] in self._vocabulary and self._is_sound(right[0])):
                continue
            for end in range(min(len(right[0]), _LONGEST), 0, -1):
                whole = left[0] + right[0][:end]
                if len(whole) > _SHORTEST and whole in self._vocabulary and is_particles(right[0][end:]):
                    found.append(Correction(f"{left[0]} {right[0]}", left[0] + right[0], Why.SPACING))
                    break
        return found

    def parted(self, text: str) -> list[Correction]:
        """Return long runs with spaces set."""
        found = []
        for run in dict.fromkeys(_RUN.findall(text)):
            if _LONG_RUN < len(run) <= _LONGEST_RUN and run not in self._vocabulary:
                spaced = korean.spaced(run)
                if " " in spaced:
                    found.append(Correction(run, spaced, Why.SPACING))
        return found

    def _is_sound(self, run: str) -> bool:
        """Whether a run is known, or begins with a known noun before particles."""
        if self.is_known(run):
            return True
        return any(run[:end] in self._vocabulary and is_particles(run[end:]) for end in range(len(run), 1, -1))

    def _meant(self, run: str) -> str | None:
        """Return the run as it was probably meant; the longest word that explains it, the whole run at best."""
        for end in range(min(len(run), _LONGEST), _SHORTEST - 1, -1):
            if not is_particles(run[end:]):
                continue
            for word in self._vocabulary.near(run[:end]):
                if len(word) > _SHORTEST or (len(word) == _SHORTEST and self._vocabulary.count(word) >= _COMMON):
                    return word + run[end:]
        return None
