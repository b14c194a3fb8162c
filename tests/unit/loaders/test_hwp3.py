"""HWP 3, by files written control by control."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from compound_file import deflate

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _hwp3_text
from retrieval.loaders.hwp3 import DRAWING_WARNING, UNKNOWN_WARNING, Hwp3Loader
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = b"\0" * 43  # the paragraph that ends a list


def units(text: str) -> bytes:
    """Characters as the format numbers them; Hangul by its letters (Johab)."""
    return b"".join(ord(char).to_bytes(2, "little") if char < "\x80" else char.encode("johab")[::-1] for char in text)


def paragraph(*parts: str | bytes, count: int = 0, shape: bool = False, characters: bool = False) -> bytes:
    """A paragraph of words and controls; ``count`` is how many units the controls are."""
    words = b"".join(units(part) if isinstance(part, str) else part for part in parts)
    number = count + sum(len(part) for part in parts if isinstance(part, str)) + 1
    head = struct.pack("<BHHB", not shape, number, 2, characters) + b"\0" * 37
    shapes = b"".join(b"\0" + b"\7" * 31 if at == 0 else b"\1" for at in range(number)) if characters else b""
    return head + b"\7" * (187 * shape) + b"\7" * 28 + shapes + words + b"\r\0"


def control(code: int, data: bytes, size: int = 0) -> bytes:
    return struct.pack("<HIH", code, size, code) + data


def table(kind: int, *cells: tuple[int, int, int, int, str], caption: str = "") -> bytes:
    head = b"\0" * 78 + struct.pack("<HHH", kind, len(cells), 0)
    places = b"".join(b"\0" * 4 + struct.pack("<4H", *box) + b"\0" * 15 for *box, _text in cells)
    lists = b"".join(paragraph(text) + EMPTY for *_box, text in cells)
    return control(10, head + places + lists + (paragraph(caption) if caption else b"") + EMPTY)


def drawing(*objects: bytes) -> bytes:
    data = struct.pack("<I", 24) + b"\0" * 24 + b"".join(objects)
    return control(11, struct.pack("<I70sB273s", len(data), b"", 3, b"") + data + EMPTY)


def drawn(kind: int, words: bytes) -> bytes:
    return struct.pack("<IH", 120, kind) + b"\0" * 118 + struct.pack("<II", 0, len(words)) + words


def hwp3(
    *paragraphs: bytes, packed: bool = True, password: bool = False, title: str = "", block: bytes = b"xyz"
) -> bytes:
    properties = bytearray(128)
    properties[96:98] = struct.pack("<H", password)
    properties[124] = packed
    properties[126:128] = struct.pack("<H", len(block))
    fonts = struct.pack("<H", 2) + b"f" * 80 + b"\0" * 12
    body = fonts + struct.pack("<H", 1) + b"s" * 238 + b"".join(paragraphs) + EMPTY
    mark = b"HWP Document File V3.00 \x1a\1\2\3\4\5"
    return mark + bytes(properties) + units(title).ljust(1008, b"\0") + block + (deflate(body) if packed else body)


def load(tmp_path: Path, data: bytes, limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / "문서.hwp"
    path.write_bytes(data)
    return Hwp3Loader(limits or Limits()).load(path, filename="문서.hwp")


def reason(tmp_path: Path, data: bytes, limits: Limits | None = None) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(tmp_path, data, limits)
    return caught.value.reason


@pytest.mark.parametrize("packed", [True, False])
def test_paragraphs_with_shapes_of_their_own(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    data = hwp3(
        paragraph("가나다 ABC", shape=True), paragraph("둘째 줄", characters=True), packed=packed, title="안내문"
    )

    document = load(tmp_path, data)

    assert document.text == "가나다 ABC\n\n둘째 줄"
    assert document.title == "안내문"
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0x3438, "※"),
        (0x343B, "○"),
        (0x3440, "□"),
        (0x3446, "→"),
        (0x3590, "Ⅰ"),
        (0x36E7, "①"),
        (0x4222, "權"),
        (0x4F5D, "債"),
        (0x1F0B, "か"),
        (0x0081, "“"),
        (0xD3C5, "ᄒᆞᆫ"),
        (0x8861, "가"),
        (0x37C2, "과"),
        (0x3401 + 95, ""),
        (0x3000, ""),
        (0x7F, ""),
    ],
)
def test_signs_hanja_and_old_hangul(code: int, expected: str) -> None:
    assert _hwp3_text.character(code) == expected


def test_a_sign_of_an_unknown_font_is_a_bullet_in_front_and_said_elsewhere(tmp_path: Path) -> None:
    unknown = b"\x17\x2f"

    assert load(tmp_path, hwp3(paragraph(unknown, " 항목", count=1))).text == "• 항목"
    document = load(tmp_path, hwp3(paragraph("항목", unknown, count=1)))
    assert document.text == "항목"
    assert document.warnings == (UNKNOWN_WARNING,)


def test_controls_within_the_line(tmp_path: Path) -> None:
    parts = (
        "표 ",
        struct.pack("<4H", 18, 4, 7, 18),
        struct.pack("<4H", 9, 0, 0, 9),
        "끝",
        struct.pack("<2H", 30, 30),
        control(5, b"x" * 11, 11),
        control(6, b"x" * 34),
        struct.pack("<4H", 18, 0, 9, 18),
        b"\x17\0" + units("가나") + b"\0\0" + b"\x17\0",
        b"\x1c\0" + b"\0" * 60 + b"\x1c\0",
        "뒤",
    )

    assert load(tmp_path, hwp3(paragraph(*parts, count=4 + 4 + 2 + 4 + 4 + 4 + 5 + 32))).text == "표 7\t끝 가나뒤"


def test_tables_by_the_places_of_their_cells(tmp_path: Path) -> None:
    cells = (
        (0, 0, 500, 800, "부서"),
        (500, 0, 1000, 400, "인원"),
        (503, 400, 500, 400, "남"),
        (1001, 398, 500, 402, "여"),
    )

    document = load(tmp_path, hwp3(paragraph("현황", table(0, *cells, caption="인원 현황"), count=4)))

    assert document.text == "현황\n\n인원 현황\n\n부서 | 인원 | 인원\n부서 | 남 | 여"
    assert document.blocks[-1].kind is BlockKind.TABLE


def test_boxes_equations_and_links(tmp_path: Path) -> None:
    box, equation, link = (
        table(kind, (0, 0, 9, 9, text)) for kind, text in ((1, "글상자"), (2, "a over b"), (3, "누름"))
    )

    document = load(tmp_path, hwp3(paragraph("앞 ", box, equation, " ", link, count=12)))

    assert document.text == "앞 a over b 누름\n\n글상자"


def test_notes_stay_and_furniture_goes(tmp_path: Path) -> None:
    note = control(17, b"\0" * 14 + paragraph("각주이다") + EMPTY)
    header = control(16, b"\0" * 10 + paragraph("머리말이다") + EMPTY)
    comment = control(15, b"\0" * 8 + paragraph("숨은 설명") + EMPTY)

    document = load(tmp_path, hwp3(paragraph("본문", header, note, comment, count=12)))

    assert document.text == "본문[1]\n\n1) 각주이다"


def test_text_boxes_in_drawings(tmp_path: Path) -> None:
    words = paragraph("그린 글상자") + EMPTY
    data = hwp3(paragraph("본문", drawing(drawn(2, b""), drawn(6, words), drawn(1, b"1234")), count=4))

    assert load(tmp_path, data).text == "본문\n\n그린 글상자"


def test_a_drawing_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    document = load(tmp_path, hwp3(paragraph("본문", drawing(b"\xff" * 30), count=4)))

    assert document.text == "본문"
    assert document.warnings == (DRAWING_WARNING,)


def test_a_password_is_said(tmp_path: Path) -> None:
    assert reason(tmp_path, hwp3(paragraph("본문"), password=True)) is LoadReason.PASSWORD


def test_a_body_that_unpacks_without_bound_is_a_bomb(tmp_path: Path) -> None:
    assert reason(tmp_path, hwp3(b"\1" * 3_000_000), Limits(max_inflated_bytes=1_000_000)) is LoadReason.BOMB


def test_lists_in_lists_without_end_are_refused(tmp_path: Path) -> None:
    inner = paragraph("가") + EMPTY
    for _ in range(40):
        inner = paragraph(control(17, b"\0" * 14 + inner), count=4) + EMPTY

    assert reason(tmp_path, hwp3(inner)) is LoadReason.TOO_COMPLEX


@pytest.mark.parametrize("size", [40, 500, 1400, -30])
def test_a_file_cut_off_is_truncated(tmp_path: Path, size: int) -> None:
    assert reason(tmp_path, hwp3(paragraph("본문 " * 40), packed=False)[:size]) is LoadReason.TRUNCATED


@pytest.mark.parametrize("broken", [struct.pack("<HIH", 10, 0, 11), struct.pack("<HIH", 3, 0, 3)])
def test_controls_that_do_not_close_are_damage(tmp_path: Path, broken: bytes) -> None:
    assert reason(tmp_path, hwp3(paragraph("본문", broken, count=4))) is LoadReason.DAMAGED


def test_a_blank_document_has_no_text(tmp_path: Path) -> None:
    assert reason(tmp_path, hwp3()) is LoadReason.NO_TEXT
