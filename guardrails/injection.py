"""Prompt-injection guard: Korean and English patterns over a squeezed view of the text.

Patterns are written without spaces and matched after NFKC, lower case and removal of everything but letters and
digits, so spacing, full-width and zero-width disguises fall away; tensed spellings (찌시) are softened. What only talks
about injection ('…'라는 공격이란?) is scored below the policy's threshold, and ordinary complaints
("규정을 무시하고 공사를 했습니다") carry no order to a machine and match nothing.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardrails.folding import View, soften, squeeze
from guardrails.injection_patterns import SQUEEZED
from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# chat markup of model families and forged roles; read from the raw text, where the marks still stand
_MARKUP: Final = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[/?INST\]|"
    r"<</?SYS>>|</?(?:system|instructions?|시스템)>"
    r"|(?m:^[ \t]*#{2,}[ \t]*(?:system|instruction|시스템\s?(?:지시|프롬프트|명령)).{0,3}$)|"
    r"(?m:^[ \t]*(?:\[(?:system|시스템)\][ \t]*[:：]?|system[ \t]*[:：])[ \t]*(?=\S))",
    re.IGNORECASE,
)
# an image or link that carries the conversation away in its query
_LEAK_LINK: Final = re.compile(r"!\[[^\]\n]{0,200}\]\(\s*https?://[^)\s]{1,400}[?&=]\S{0,200}", re.IGNORECASE)

_ABOUT: Final = re.compile(
    r"공격|인젝션|injection|사례|예시|탐지|방어|막[는으을아]|예방|대응|취약|위험|보안\s?교육|이란|무엇|"
    r"뜻|의미|설명|attack|예방|차단|수법|유형|문구|논문|가이드",
    re.IGNORECASE,
)
_QUOTED_AFTER: Final = re.compile(
    r"[\"'”’」』》]?\s*(?:(?:이?라고|이?라는|하라는|같은|처럼|등의|식의|류의|하는|란)(?![가-힣]*(?:답|"
    r"출력))|[\"'”’」』》])"
)
_MENTION_FACTOR: Final = 0.45
_MENTION_REACH: Final = 60


@functools.cache
def _compiled() -> tuple[tuple[str, float, tuple[re.Pattern[str], ...]], ...]:
    """Compile the patterns at first use."""
    return tuple(
        (rule, score, tuple(re.compile(pattern) for pattern in patterns)) for rule, score, patterns in SQUEEZED
    )


@dataclass(frozen=True, slots=True)
class InjectionGuard:
    """Finds attempts to steer the model, in what people type and in what retrieval brings."""

    name: str = "injection"
    stages: frozenset[Stage] = frozenset({Stage.INPUT, Stage.CONTEXT})

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset(rule for rule, _, _ in SQUEEZED)

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return one finding per rule and place; mentions of an attack get less than half the score."""
        found: dict[tuple[str, int], RawFinding] = {}
        for rule, score, start, end in self._matches(text):
            weight = _MENTION_FACTOR if _is_mention(text, start, end) else 1.0
            old = found.get((rule, start))
            if old is None or old.end < end:
                found[rule, start] = RawFinding(rule, round(score * weight, 3), start, end)
        return sorted(found.values(), key=lambda f: (f.start, f.rule))

    def _matches(self, text: str) -> Iterator[tuple[str, float, int, int]]:
        view = squeeze(text)
        softened = soften(view.text)
        variants = [view] if softened == view.text else [view, View(softened, view.origin)]
        for variant in variants:
            for rule, score, patterns in _compiled():
                for pattern in patterns:
                    for match in pattern.finditer(variant.text):
                        yield rule, score, *variant.span(*match.span())
        for match in _MARKUP.finditer(text):
            yield "injection.fake_turn", 0.8, *match.span()
        for match in _LEAK_LINK.finditer(text):
            yield "injection.exfiltration", 0.8, *match.span()


def _is_mention(text: str, start: int, end: int) -> bool:
    """Tell a text about injection from an injection: quoted or reported, and words about attacks beside it."""
    around = text[max(0, start - _MENTION_REACH) : start] + " " + text[end : end + _MENTION_REACH]
    if not _ABOUT.search(around):
        return False
    before = text[max(0, start - 2) : start]
    quoted = any(mark in before for mark in "\"'“‘「『《")
    return quoted or _QUOTED_AFTER.match(text, end) is not None
