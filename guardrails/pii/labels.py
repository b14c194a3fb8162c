"""Korean labels of entity types: what stands in place of a value, in redaction and in placeholders."""

from __future__ import annotations

from typing import Final

LABELS: Final[dict[str, str]] = {
    "KR_RRN": "주민등록번호",
    "KR_FRN": "외국인등록번호",
    "PHONE": "전화번호",
    "EMAIL": "이메일",
    "CREDIT_CARD": "카드번호",
    "KR_BANK_ACCOUNT": "계좌번호",
    "KR_ADDRESS": "주소",
    "PERSON": "이름",
    "KR_PASSPORT": "여권번호",
    "KR_DRIVER_LICENSE": "운전면허번호",
    "KR_BRN": "사업자등록번호",
    "IP": "아이피주소",
    "KR_VEHICLE": "차량번호",
}


def label_of(entity_type: str) -> str:
    """Return the Korean label of an entity type, 개인정보 for one that has none."""
    return LABELS.get(entity_type, "개인정보")
