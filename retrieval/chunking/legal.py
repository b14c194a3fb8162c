"""What front matter says about a law: dates, status, ministry, kind."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval.types import MetadataValue

# 2026-08-28, 2026. 8. 28., 2026/08/28, 20260828; words behind it (제32조는 2027-02-28) qualify parts of the law.
_DATE = re.compile(r"\s*(\d{4})(?:\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})|(\d{2})(\d{2}))(?!\d)")


@dataclass(frozen=True, slots=True)
class LegalInfo:
    """Facts about a law; ``None`` where its metadata does not tell.

    ``effective`` is the date from which the law as a whole is in force, ``promulgated`` that of its publication,
    ``status`` the publisher's word (시행, 폐지 …), ``ministry`` who answers for it, ``kind`` 법률, 대통령령, 조례 ….
    """

    effective: dt.date | None = None
    promulgated: dt.date | None = None
    status: str | None = None
    ministry: str | None = None
    kind: str | None = None


def legal_metadata(metadata: Mapping[str, MetadataValue]) -> LegalInfo:
    """Read the keys that the national and local law registers use (시행일자, 공포일자, 소관부처, 지자체기관명 …)."""
    return LegalInfo(
        effective=_date(metadata, "시행일자", "시행일", "effective"),
        promulgated=_date(metadata, "공포일자", "공포일", "발령일자", "promulgated"),
        status=_words(metadata, "상태", "시행상태", "status"),
        ministry=_words(metadata, "소관부처", "지자체기관명", "소관부처명", "담당부서", "ministry"),
        kind=_words(metadata, "법령구분", "자치법규종류", "행정규칙종류", "kind"),
    )


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
