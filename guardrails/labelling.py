"""Marks of AI-generated output: a Korean label people see and a mapping machines read.

인공지능 발전과 신뢰 기반 조성 등에 관한 기본법 제31조 and 시행령 제23조 ask for notice before use and for a mark on the
output, visible or machine-readable. Internal use is exempt; the product marks by default anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

NOTICE: Final = (
    "이 서비스는 생성형 인공지능을 사용합니다. 답변은 업무 참고용이며 최종 판단과 책임은 담당 공무원에게 있습니다."
)
LABEL: Final = "AI가 생성한 답변입니다. 근거를 확인하세요."
LABEL_EXTRACTIVE: Final = "AI가 문서에서 골라 옮긴 답변입니다. 근거를 확인하세요."
LABEL_DRAFT: Final = "AI가 작성한 초안입니다. 담당자가 검토하고 결재해야 효력이 있습니다."
LABEL_REVIEWED: Final = "AI가 작성하고 담당자가 검토한 문서입니다."
LEGAL_BASIS: Final = "인공지능 발전과 신뢰 기반 조성 등에 관한 기본법 제31조"
# IPTC Digital Source Type vocabulary, understood by C2PA and search engines
_GENERATED: Final = "trainedAlgorithmicMedia"
_COMPOSITE: Final = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class AiLabel:
    """What produced a text: ``kind`` is answer, extractive, draft or reviewed; ``created_at`` is ISO 8601."""

    kind: str
    model: str
    created_at: str
    prompt: str = ""

    @property
    def text(self) -> str:
        """Return the Korean sentence to show with the text. Raises ValueError for an unknown kind."""
        labels = {
            "answer": LABEL,
            "extractive": LABEL_EXTRACTIVE,
            "draft": LABEL_DRAFT,
            "reviewed": LABEL_REVIEWED,
        }
        if self.kind not in labels:
            raise ValueError(f"unknown label kind: {self.kind}")
        return labels[self.kind]

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable mark, ready for JSON, document properties or an HTTP header."""
        return {
            "ai_generated": True,
            "kind": self.kind,
            "label": self.text,
            "digital_source_type": _COMPOSITE if self.kind == "reviewed" else _GENERATED,
            "model": self.model,
            "prompt": self.prompt,
            "created_at": self.created_at,
            "human_reviewed": self.kind == "reviewed",
            "legal_basis": LEGAL_BASIS,
        }


def with_label(text: str, label: AiLabel) -> str:
    """Return ``text`` with the label as its own last paragraph; a text that ends with it stays as it is."""
    body = text.rstrip()
    return body if body.endswith(label.text) else f"{body}\n\n{label.text}"
