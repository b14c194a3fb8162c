"""KR_DRIVER_LICENSE: driver licence numbers RR-YY-NNNNNN-CC (region 11-26 or 28), or a region name first.

Bare twelve digits need the word: every invoice and tracking number of that length would match otherwise.
"""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer

_REGION = r"(?:1[1-9]|2[0-68])"
_NAMES = r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|경기남부|경기북부|강원|충북|충남|전북|전남|경북|경남|제주)"

RECOGNIZER = ShapeRecognizer(
    entity="KR_DRIVER_LICENSE",
    shapes=(
        Shape(re.compile(rf"(?<!\d)(?<!\d[-.,]){_REGION} ?- ?\d{{2}} ?- ?\d{{6}} ?- ?\d{{2}}(?!\d)(?!-\d)"), 0.7),
        Shape(re.compile(rf"(?<![가-힣]){_NAMES} ?-? ?\d{{2}} ?- ?\d{{6}} ?- ?\d{{2}}(?!\d)(?!-\d)"), 0.7),
        Shape(
            re.compile(rf"(?<!\d)(?<!\d[-.,]){_REGION}[ .]?\d{{2}}[ .]?\d{{6}}[ .]?\d{{2}}(?!\d)(?!-\d)"),
            0.6,
            needs_context=True,
        ),
    ),
    context=re.compile(r"운전|면허|[Ll]icen[cs]e"),
    gate=re.compile(r"\d{6}"),
)
