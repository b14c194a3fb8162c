"""Fairness guard: demeaning words for groups, and sweeping negative claims about them (공정성).

It flags and never censors: a citizen's words pass, a draft or an answer is marked for the official to look at.
Sentences that name a prejudice to refuse it (차별, 편견, 금지 …) score less than half.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from guardrails.folding import plain
from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMEANING: Final = "fairness.demeaning"
SWEEPING: Final = "fairness.sweeping"
PARTISAN: Final = "fairness.partisan"
_SWEEPING_SCORE: Final = 0.75
_PARTISAN_SCORE: Final = 0.6
_REFUSED: Final = 0.4
_PARTICLE: Final = r"(?:들)?(?:은|는|이|가|이란|란|이라서|라서|이니까|니까|도|의 경우|치고|같은|이면|면|이라|라)"
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]?")
# an office keeps out of elections (공직선거법 제9조): calls to support or reject a party or candidate
_PARTISAN: Final = re.compile(
    r"(?:[가-힣]{2,8}당|[가-힣]{2,4} ?(?:후보|의원|대통령))(?:을|를|에게|에)? ?(?:반드시 |꼭 )?"
    r"(?:지지(?:해야|합시다|하자|해 ?주|하십시오)|찍어야|찍읍시다|뽑아야|심판해야|몰아내|낙선시|"
    r"당선시켜야|투표해 ?주|투표합시다)"
)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    slurs: re.Pattern[str]
    scores: dict[str, float]
    sweeping: re.Pattern[str]
    refusals: re.Pattern[str]


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", " ?") for word in sorted(words, key=len, reverse=True))


@functools.cache
def _lexicon() -> _Lexicon:
    """Read and compile the lexicon once."""
    import yaml  # noqa: PLC0415

    raw: dict[str, Any] = yaml.safe_load(
        resources.files("guardrails").joinpath("lexicon/fairness.yaml").read_text("utf-8")
    )
    scores = {word.replace(" ", ""): float(entry["score"]) for entry in raw["slurs"] for word in entry["words"]}
    words = [word for entry in raw["slurs"] for word in entry["words"]]
    return _Lexicon(
        slurs=re.compile(rf"(?<![가-힣])(?:{_either(words)})"),
        scores=scores,
        sweeping=re.compile(
            rf"(?<![가-힣])(?:{_either(raw['groups'])}){_PARTICLE} ?(?:[^.!?\n,]{{0,14}} )"
            rf"?(?:{_either(raw['predicates'])})"
        ),
        refusals=re.compile(_either(raw["refusals"])),
    )


@dataclass(frozen=True, slots=True)
class FairnessGuard:
    """Flags wording about groups in any text."""

    name: str = "fairness"
    stages: frozenset[Stage] = frozenset(Stage)

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset({DEMEANING, SWEEPING, PARTISAN})

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return flagged wording with spans in ``text``."""
        lexicon = _lexicon()
        view = plain(text)
        out: list[RawFinding] = []
        for sentence in _SENTENCE.finditer(view.text):
            factor = _REFUSED if lexicon.refusals.search(sentence.group()) else 1.0
            at, end = sentence.span()
            for match in lexicon.slurs.finditer(view.text, at, end):
                score = lexicon.scores.get(match.group().replace(" ", ""), _SWEEPING_SCORE)
                out.append(RawFinding(DEMEANING, round(score * factor, 3), *view.span(*match.span())))
            for rule, pattern, score in (
                (SWEEPING, lexicon.sweeping, _SWEEPING_SCORE),
                (PARTISAN, _PARTISAN, _PARTISAN_SCORE),
            ):
                for match in pattern.finditer(view.text, at, end):
                    out.append(RawFinding(rule, round(score * factor, 3), *view.span(*match.span())))  # noqa: PERF401
        return out
