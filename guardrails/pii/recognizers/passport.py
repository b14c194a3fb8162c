"""KR_PASSPORT: Korean passport numbers: M12345678, and M123A4567 issued since December 2021."""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer

RECOGNIZER = ShapeRecognizer(
    entity="KR_PASSPORT",
    shapes=(
        Shape(re.compile(r"(?<![A-Za-z0-9-])[MSRODG]\d{3}[A-Z]\d{4}(?![A-Za-z0-9-])"), 0.65),
        Shape(re.compile(r"(?<![A-Za-z0-9-])[MSRODG] ?\d{8}(?![A-Za-z0-9-])"), 0.5),
        Shape(
            re.compile(r"(?<![A-Za-z0-9-])(?:[A-Za-z]{2}\d{7}|[A-Za-z]\d{8}|[a-z]\d{3}[a-z]\d{4})(?![A-Za-z0-9-])"),
            0.5,
            needs_context=True,
        ),
    ),
    context=re.compile(r"여권|[Pp]assport|PASSPORT"),
    veto_after=None,
    gate=re.compile(r"[A-Za-z] ?\d{3}"),
)
