"""What front matter says about a law: which one it is, dates, status, ministry, kind."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval.types import MetadataValue

# 2026-08-28, 2026. 8. 28., 2026/08/28, 20260828; words behind it (제32조는 2027-02-28) qualify parts of the law.
_DATE = re.compile(r"\s*(\d{4})(?:\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})|(\d{2})(\d{2}))(?!\d)")


@dataclass(frozen=True, slots=True)
class LegalInfo:
    """Facts about a law; ``None`` where its metadata does not tell.

    ``law_id`` is the law's own number in its register, the same for all its texts over time (법령MST and 일련번호 are
    numbers of one text); numbers of different registers are told apart by a prefix. ``municipality`` is set for
    ordinances: their titles are unique within one only.
    ``effective`` is the date from which the law as a whole is in force, ``promulgated`` that of its publication,
    ``status`` the publisher's word (시행, 폐지 …), ``ministry`` who answers for it, ``kind`` 법률, 대통령령, 조례 ….
    """

    effective: dt.date | None = None
    promulgated: dt.date | None = None
    status: str | None = None
    ministry: str | None = None
    kind: str | None = None
    law_id: str | None = None
    municipality: str | None = None


# Keys of the three registers of law.go.kr, and what their numbers are prefixed with (its own names for them).
_REGISTERS: Final = (("법령ID", ""), ("자치법규ID", "ordin:"), ("행정규칙ID", "admrul:"))


def legal_metadata(metadata: Mapping[str, MetadataValue]) -> LegalInfo:
    """Read the keys that the national and local law registers use (시행일자, 공포일자, 소관부처, 지자체기관명 …)."""
    return LegalInfo(
        effective=_date(metadata, "시행일자", "시행일", "effective"),
        promulgated=_date(metadata, "공포일자", "공포일", "발령일자", "promulgated"),
        status=_words(metadata, "상태", "시행상태", "status"),
        ministry=_words(metadata, "소관부처", "지자체기관명", "소관부처명", "담당부서", "ministry"),
        kind=_words(metadata, "법령구분", "자치법규종류", "행정규칙종류", "kind"),
        law_id=_law_id(metadata),
        municipality=_words(metadata, "지자체기관명"),
    )


def _law_id(metadata: Mapping[str, MetadataValue]) -> str | None:
    """Return the law's number; written with or without leading zeros it is the same one."""
    for key, prefix in _REGISTERS:
        value = metadata.get(key)
        digits = str(value).strip() if isinstance(value, str | int) else ""
        if digits.isascii() and digits.isdigit():
            return f"{prefix}{digits.lstrip('0') or '0'}"
    return None


def _date(metadata: Mapping[str, MetadataValue], *keys: str) -> dt.date | None:
    for key in keys:
        match = _DATE.match(str(metadata.get(key) or ""))
        if match:
            year, month, day = (int(part) for part in match.groups() if part)
            try:
                return dt.date(year, month, day)
            except ValueError:  # 2024-02-31 in a hand-made file: as good as no date
                continue
    return None


def _words(metadata: Mapping[str, MetadataValue], *keys: str) -> str | None:
    for key in keys:
        value = metadata.get(key)
        text = ", ".join(value) if isinstance(value, list) else str(value or "")
        if text.strip():
            return text.strip()
    return None
