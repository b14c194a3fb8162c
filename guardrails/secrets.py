"""Secrets guard: keys, tokens, passwords, connection strings: not for a model, not for an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

_EDGE: Final = r"(?<![A-Za-z0-9_-])"
_PATTERNS: Final[tuple[tuple[str, float, re.Pattern[str]], ...]] = (
    (
        "secret.private_key",
        1.0,
        re.compile(
            r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----(?:[\s\S]{0,8000}?-----END (?:[A-Z]+ ){0,3}PRIVATE "
            r"KEY-----)?"
        ),
    ),
    (
        "secret.api_key",
        0.95,
        re.compile(
            rf"{_EDGE}(?:sk-(?:proj-|ant-)?[A-Za-z0-9_-]{{20,200}}|nv-[A-Za-z0-9]{{32,80}}|(?:AKIA|ASIA)"
            rf"[A-Z0-9]{{16}}|gh[pousr]_[A-Za-z0-9]{{30,255}}"
            r"|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,64}|xox[abprs]-[A-Za-z0-9-]{10,200}|"
            r"AIza[A-Za-z0-9_-]{35}|hf_[A-Za-z0-9]{30,64}"
            r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{32,255})"
        ),
    ),
    (
        "secret.api_key",
        0.75,
        re.compile(
            r"(?:api[ _-]?key|apikey|access[ _-]?(?:key|token)|secret[ _-]?key|client[ _-]?secret|auth[ "
            r"_-]?token|인증\s?키|서비스\s?키|비밀\s?키|액세스\s?토큰|API\s?키)"
            r"[\"']?\s{0,3}(?:[:=：]|은|는|이)\s{0,3}[\"']?(?P<v>[A-Za-z0-9+/_.~%-]{12,400}={0,2})",
            re.IGNORECASE,
        ),
    ),
    (
        "secret.token",
        0.9,
        re.compile(rf"{_EDGE}eyJ[A-Za-z0-9_-]{{8,4000}}\.eyJ[A-Za-z0-9_-]{{8,4000}}\.[A-Za-z0-9_-]{{8,1000}}"),
    ),
    (
        "secret.token",
        0.85,
        re.compile(r"(?<![A-Za-z])Bearer\s{1,3}(?P<v>[A-Za-z0-9._~+/-]{16,2000}={0,2})", re.IGNORECASE),
    ),
    (
        "secret.password",
        0.8,
        re.compile(
            r"(?:비밀\s?번호|패스\s?워드|비번|암호|(?<![A-Za-z])(?:password|passwd|pwd|pw))"
            r"[\"']?\s{0,3}(?:[:=：]|(?:은|는)(?=\s{0,3}[\"'A-Za-z0-9]))\s{0,3}[\"']?"
            r"(?P<v>(?=[^\s\"',]{0,63}[A-Za-z0-9!@#$%^&*])(?![가-힣])[!-~]{4,64})",
            re.IGNORECASE,
        ),
    ),
    (
        "secret.connection",
        0.9,
        re.compile(
            rf"{_EDGE}[a-z][a-z0-9+]{{1,20}}://[^\s:/@]{{1,64}}:(?P<v>[^\s@/]{{3,128}})@[A-Za-z0-9.-]{{1,253}}",
            re.IGNORECASE,
        ),
    ),
)
_DUMMY: Final = re.compile(r"[xX*#.•●]{4,}|(?:your|example|changeme|placeholder|none|null|true|false)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SecretsGuard:
    """Finds credentials by their published prefixes, or by a word before them."""

    name: str = "secrets"
    stages: frozenset[Stage] = frozenset(Stage)

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset(rule for rule, _, _ in _PATTERNS)

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return findings whose span is the secret itself, not the word before it."""
        out: list[RawFinding] = []
        for rule, score, pattern in _PATTERNS:
            for match in pattern.finditer(text):
                group = "v" if "v" in pattern.groupindex else 0
                if not _DUMMY.match(match[group]):
                    out.append(RawFinding(rule, score, *match.span(group)))
        return sorted(out, key=lambda f: (f.start, f.end))
