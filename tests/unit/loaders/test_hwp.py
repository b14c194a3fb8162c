"""HWP 5, by files written record by record."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from compound_file import compound_file, deflate, hwp_file, hwp_header, paragraph, record

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders.hwp import HwpLoader
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path

NUMBERING, BULLET, SHAPE = 0x17, 0x18, 0x19
CONTROL, LIST, TABLE = 0x47, 0x48, 0x4D


def numbering(*levels: tuple[str, int], start: int = 1) -> bytes:
    """A numbering with these formats and series; the other levels draw nothing."""
    heads = b""
    for at in range(7):
        template, series = levels[at] if at < len(levels) else ("", 0)
        heads += struct.pack("<I8xH", series << 5, len(template)) + template.encode("utf-16-le")
    return record(NUMBERING, 0, heads + struct.pack("<H7I", 0, start, *[1] * 6))


def shape(kind: int = 0, *, level: int = 0, reference: int = 0, checked: bool = False) -> bytes:
    data = struct.pack("<I26xH10xI8xI", kind << 23 | min(level, 6) << 25, reference, 0x80 if checked else 0, level)
    return record(SHAPE, 0, data)


def section_definition(outline: int) -> bytes:
    return record(CONTROL, 1, b"dces" + b"\0" * 14 + struct.pack("<H", outline) + b"\0" * 27)


def table(rows: int, columns: int, *cells: tuple[int, int, int, int, str], caption: bytes = b"") -> bytes:
    """A table as a paragraph's control; cells are column, row, columns and rows covered, text."""
    body = record(TABLE, 2, struct.pack("<IHHH", 0, rows, columns, 0) + b"\0" * 12)
    for column, row, wide, high, text in cells:
        place = struct.pack("<HIH4H", 1, 0, 0, column, row, wide, high) + b"\0" * 18
        body += record(LIST, 2, place) + paragraph(text, level=2)
    return record(CONTROL, 1, b" lbt" + b"\0" * 42) + caption + body


def auto_number(kind: int, number: int, level: int) -> bytes:
    return record(CONTROL, level, b"onta" + struct.pack("<IH6x", kind, number))


ANCHOR = "\x0b" + "lb" + "\0" * 5 + "\x0b"  # eight units that stand for a control
NUMBER_ANCHOR = "\x12" + b"onta".decode("utf-16-le") + "\0" * 4 + "\x12"


def load(tmp_path: Path, data: bytes, limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / "문서.hwp"
    path.write_bytes(data)
    return HwpLoader(limits or Limits()).load(path, filename="문서.hwp")


def reason(tmp_path: Path, data: bytes, limits: Limits | None = None) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(tmp_path, data, limits)
    return caught.value.reason


def test_paragraphs_of_all_sections_in_order(tmp_path: Path) -> None:
    sections = [paragraph(f"{number}째 구역") for number in range(11)]

    document = load(tmp_path, hwp_file(*sections))

    assert document.text.split("\n\n") == [f"{number}째 구역" for number in range(11)]
    assert document.page_count is None
    assert document.loader == "hwp/1"


def test_streams_may_be_unpacked(tmp_path: Path) -> None:
    assert load(tmp_path, hwp_file(paragraph("본문"), flags=0)).text == "본문"


def test_numbers_bullets_and_boxes_are_written(tmp_path: Path) -> None:
    info = (
        numbering(("^1.", 0), ("^2.", 8), ("(^3)", 1))
        + numbering(("제^1장", 0), start=3)
        + record(BULLET, 0, b"\0" * 12 + "□".encode("utf-16-le") + b"\0" * 9 + "☑".encode("utf-16-le"))
        + shape()
        + shape(2, reference=1)
        + shape(2, reference=1, level=1)
        + shape(2, reference=1, level=2)
        + shape(3, reference=1)
        + shape(3, reference=1, checked=True)
        + shape(1, level=0)
    )
    lines = [(0, "관련"), (1, "계획"), (2, "목적"), (2, "대상"), (1, "추진"), (3, "세부"), (2, "방법"), (4, "네모")]
    lines += [(5, "표시"), (6, "총칙"), (6, "보칙")]
    body = b"".join(paragraph(text, shape=number) for number, text in lines[1:])
    section = paragraph(lines[0][1], controls=section_definition(2)) + body

    document = load(tmp_path, hwp_file(section, doc_info=info))

    expected = "관련|1. 계획|가. 목적|나. 대상|2. 추진|(①) 세부|나. 방법|□ 네모|☑ 표시|제3장 총칙|제4장 보칙"
    assert "|".join(line for line in document.text.split("\n") if line) == expected
    headings = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.HEADING]
    assert headings == ["제3장 총칙", "제4장 보칙"]


def test_levels_beyond_seven_are_counted(tmp_path: Path) -> None:
    heads = struct.pack("<I8xH", 0, 0) * 7 + struct.pack("<H7I", 0, *[1] * 7)
    more = b"".join(struct.pack("<I8xH", 9 << 5, 2) + sign.encode("utf-16-le") for sign in ("^8", "^9", "^:"))
    info = record(NUMBERING, 0, heads + more + struct.pack("<3I", 1, 2, 1))
    info += shape(2, reference=1, level=7) + shape(2, reference=1, level=8) + shape(2, reference=1, level=9)
    section = b"".join(paragraph(f"{n}수준", shape=n) for n in range(3))

    assert load(tmp_path, hwp_file(section, doc_info=info)).text.split() == [
        "㉮",
        "0수준",
        "㉯",
        "1수준",
        "㉮",
        "2수준",
    ]


def test_merged_cells_reach_every_row_they_cover(tmp_path: Path) -> None:
    cells = ((0, 0, 1, 2, "부서"), (1, 0, 2, 1, "인원"), (1, 1, 1, 1, "남"), (2, 1, 1, 1, "여"))
    section = paragraph("현황" + ANCHOR, controls=table(2, 3, *cells))

    document = load(tmp_path, hwp_file(section))

    tables = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.TABLE]
    assert tables == ["부서 | 인원 | 인원\n부서 | 남 | 여"]


def test_captions_keep_the_numbers_they_count(tmp_path: Path) -> None:
    words = "표 " + NUMBER_ANCHOR + " 부서별 인원 (단위: 명)"
    caption = record(LIST, 2, struct.pack("<HIHI", 1, 0, 0, 2) + b"\0" * 10)
    caption += paragraph(words, level=2, controls=auto_number(4, 12, 3))
    section = paragraph(ANCHOR, controls=table(1, 2, (0, 0, 1, 1, "가"), (1, 0, 1, 1, "나"), caption=caption))

    assert load(tmp_path, hwp_file(section)).text == "표 12 부서별 인원 (단위: 명)\n\n가 | 나"


def test_page_numbers_in_the_text_are_not_captions(tmp_path: Path) -> None:
    section = paragraph("- " + NUMBER_ANCHOR + " -", controls=auto_number(0, 7, 1))

    assert "7" not in load(tmp_path, hwp_file(section)).text


def test_page_headers_and_hidden_comments_are_left_out_and_notes_kept(tmp_path: Path) -> None:
    def story(kind: bytes, text: str) -> bytes:
        return record(CONTROL, 1, kind + b"\0" * 12) + record(LIST, 2, b"\1" + b"\0" * 15) + paragraph(text, level=2)

    controls = story(b"daeh", "머리말이다") + story(b"toof", "꼬리말이다") + story(b"tmct", "숨은 설명이다")
    document = load(tmp_path, hwp_file(paragraph("본문이다", controls=controls + story(b"  nf", "각주이다"))))

    assert document.text == "본문이다\n\n1) 각주이다"
    assert document.blocks[-1].kind is BlockKind.FOOTNOTE


def test_names_of_bookmarks_are_not_text(tmp_path: Path) -> None:
    name = "조문".encode("utf-16-le")
    data = record(0x57, 2, b"\0" * 10 + struct.pack("<H", 2) + name)
    section = paragraph("제1조", controls=record(CONTROL, 1, b"mkob") + data)

    assert load(tmp_path, hwp_file(section)).text == "제1조"


def test_running_text_in_a_frame_of_two_columns_is_no_table(tmp_path: Path) -> None:
    cells = record(TABLE, 2, struct.pack("<IHHH", 0, 1, 2, 0) + b"\0" * 12)
    for column, lines in ((0, ["추진 배경"]), (1, [f"{n}번째 문단이다. " * 12 for n in range(5)])):
        place = struct.pack("<HIH4H", len(lines), 0, 0, column, 0, 1, 1) + b"\0" * 18
        cells += record(LIST, 2, place) + b"".join(paragraph(line, level=2) for line in lines)
    section = paragraph(ANCHOR, controls=record(CONTROL, 1, b" lbt" + b"\0" * 42) + cells)

    document = load(tmp_path, hwp_file(section))

    assert {block.kind for block in document.blocks} == {BlockKind.PARAGRAPH}
    assert len(document.blocks) == 6


def test_text_art_is_text(tmp_path: Path) -> None:
    art = b"\0" * 32 + b"".join(
        struct.pack("<H", len(word)) + word.encode("utf-16-le") for word in ("한마음 축제", "굴림")
    )
    shapes = record(0x4C, 2, b"\0" * 20) + record(0x5A, 3, art)
    section = paragraph(ANCHOR, controls=record(CONTROL, 1, b" osg" + b"\0" * 42) + shapes)

    assert load(tmp_path, hwp_file(section)).text == "한마음 축제"


def test_the_title_property_names_a_document_without_headings(tmp_path: Path) -> None:
    title = "청사 방호 계획\0"
    properties = struct.pack("<2I", 2, 16) + struct.pack("<2I", 0x1F, len(title)) + title.encode("utf-16-le")
    summary = b"\0" * 44 + struct.pack("<I", 48) + struct.pack("<2I", 16 + len(properties), 1) + properties
    data = hwp_file(paragraph("본문이다."), **{"\x05HwpSummaryInformation": summary})

    assert load(tmp_path, data).title == "청사 방호 계획"


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_broken_summary_does_no_harm(tmp_path: Path, cut: int) -> None:
    summary = (b"\0" * 44 + struct.pack("<I", 48) + struct.pack("<4I", 0xFFFFFFFF, 0xFFFFFFFF, 2, 0xFFFFFFF0))[:cut]

    assert load(tmp_path, hwp_file(paragraph("본문"), **{"\x05HwpSummaryInformation": summary})).title == "문서"


@pytest.mark.parametrize(
    ("bit", "expected"),
    [
        (1, LoadReason.PASSWORD),
        (2, LoadReason.DISTRIBUTION_LOCKED),
        (4, LoadReason.DRM),
        (8, LoadReason.ENCRYPTED),
        (10, LoadReason.DRM),
    ],
)
def test_each_lock_has_its_own_reason(tmp_path: Path, bit: int, expected: LoadReason) -> None:
    assert reason(tmp_path, hwp_file(paragraph("본문"), flags=1 | 1 << bit)) is expected


def test_the_password_comes_before_the_distribution_lock(tmp_path: Path) -> None:
    assert reason(tmp_path, hwp_file(paragraph("본문"), flags=0b111)) is LoadReason.PASSWORD


def test_a_distribution_section_that_is_none_is_damaged(tmp_path: Path) -> None:
    data = hwp_file(paragraph("본문"), flags=0b101, **{"ViewText/Section0": b"\0" * 600})

    assert reason(tmp_path, data, Limits(read_distribution_locked=True)) is LoadReason.DAMAGED


@pytest.mark.parametrize("stream", ["DocInfo", "BodyText/Section0"])
def test_a_stream_that_unpacks_without_bound_is_a_bomb(tmp_path: Path, stream: str) -> None:
    data = hwp_file(paragraph("본문"), **{stream: deflate(b"\0" * 3_000_000)})

    assert reason(tmp_path, data, Limits(max_inflated_bytes=1_000_000)) is LoadReason.BOMB


def test_the_bound_is_for_all_streams_together(tmp_path: Path) -> None:
    section = paragraph("가" * 30_000)

    assert reason(tmp_path, hwp_file(*[section] * 5), Limits(max_inflated_bytes=200_000)) is LoadReason.BOMB


def test_a_packed_stream_that_ends_early_is_truncated(tmp_path: Path) -> None:
    packed = deflate(paragraph("본문 " * 500))
    data = hwp_file(paragraph("x"), **{"BodyText/Section0": packed[: len(packed) // 2]})

    assert reason(tmp_path, data) is LoadReason.TRUNCATED


def test_a_file_cut_off_in_its_sectors_is_not_read(tmp_path: Path) -> None:
    data = hwp_file(paragraph("".join(chr(0xAC00 + n * 37 % 11000) for n in range(20_000))))

    for share in (0.3, 0.6, 0.9):
        assert reason(tmp_path, data[: int(len(data) * share)]) in {LoadReason.TRUNCATED, LoadReason.DAMAGED}


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ({"FileHeader": hwp_header(version=4), "DocInfo": b""}, LoadReason.UNSUPPORTED),
        ({"FileHeader": b"HWP", "DocInfo": b""}, LoadReason.DAMAGED),
        ({"FileHeader": hwp_header()}, LoadReason.DAMAGED),
        ({"FileHeader": hwp_header(), "DocInfo": b""}, LoadReason.DAMAGED),
        ({"FileHeader": hwp_header(1), "DocInfo": b"\xff" * 9, "BodyText/Section0": b"\xff" * 9}, LoadReason.DAMAGED),
        ({"FileHeader": hwp_header(), "DocInfo": b"", "BodyText/Section0": b"\x42\0\xf0\x0f"}, LoadReason.DAMAGED),
    ],
    ids=["version", "header", "no-info", "no-section", "not-deflate", "record"],
)
def test_what_is_not_well_formed_is_said(tmp_path: Path, streams: dict[str, bytes], expected: LoadReason) -> None:
    assert reason(tmp_path, compound_file(streams)) is expected


def test_no_compound_file_is_damaged(tmp_path: Path) -> None:
    assert reason(tmp_path, b"HWP Document File" * 100) is LoadReason.DAMAGED


def test_a_blank_document_has_no_text(tmp_path: Path) -> None:
    assert reason(tmp_path, hwp_file(paragraph(""))) is LoadReason.NO_TEXT
