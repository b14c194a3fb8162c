"""Pictures of pages, drawn here with Debian's NanumGothic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from retrieval.loaders import ocr
from retrieval.loaders.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FONT = Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf")
SIZE = 44  # pixels: 10.5 points at 300 dpi
LINES = (
    "제1조(목적) 이 조례는 시민의 정보 이용에 필요한",
    "사항을 규정함을 목적으로 한다.",
    "제2조(정의) 이 조례에서 사용하는 용어의 뜻은",
    "다음과 같다. 시장은 매년 계획을 세워야 한다.",
    "담당 부서는 결과를 공개하고 의견을 들어야 한다.",
)

needs_recognition = pytest.mark.skipif(
    bool(ocr.unavailable(Limits())) or not FONT.exists(), reason="needs tesseract-ocr-kor and fonts-nanum"
)
needs_font = pytest.mark.skipif(not FONT.exists(), reason="needs fonts-nanum")


def drawn(lines: Sequence[str] = LINES, *, size: int = SIZE, width: int = 1300, margin: int = 100) -> Image.Image:
    """Black lines on white, in grey."""
    picture = Image.new("L", (width, margin * 2 + len(lines) * size * 2), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(FONT), size)
    for number, line in enumerate(lines):
        pen.text((margin, margin + number * size * 2), line, fill=0, font=font)
    return picture


def pixels(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("L"))


def found(text: str, lines: Sequence[str] = LINES) -> float:
    """Share of the pairs of neighbouring characters that came through."""
    wanted = ["".join(line.split()) for line in lines]
    pairs = [line[index : index + 2] for line in wanted for index in range(len(line) - 1)]
    seen = "".join(text.split())
    return sum(pair in seen for pair in pairs) / len(pairs)
