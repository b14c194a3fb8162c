from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._codec import decode, encode, encode_error
from retrieval.loaders._lines import paragraphs
from retrieval.loaders._numbering import label
from retrieval.loaders._tables import Cell, resolve
from retrieval.loaders._text import clean
from retrieval.types import Attachment, Block, BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path


DOCUMENT = ParsedDocument("ab", (Block(BlockKind.PARAGRAPH, 0, 2),), "a", "text/plain", "plain/1")


def built(builder: TextBuilder, filename: str = "a.txt") -> ParsedDocument:
    return builder.document(title="", filename=filename, media_type="text/plain", loader="plain/1")


@given(st.lists(st.tuples(st.sampled_from(list(BlockKind)), st.text(), st.booleans())))
def test_blocks_always_fit_the_text(pieces: list[tuple[BlockKind, str, bool]]) -> None:
    builder = TextBuilder(Limits())
    for kind, text, tight in pieces:
        builder.add(kind, text, level=1, tight=tight)
    if not any(clean(text).strip() for _, text, _ in pieces):
        with pytest.raises(LoadError):
            built(builder)
        return
    document = built(builder)
    position = 0
    for block in document.blocks:
        assert document.text[position : block.start].strip() == ""
        assert document.text[block.start : block.end].strip()
        position = block.end
    assert position == len(document.text)
    assert decode(encode(document)).with_bodies([]) == document


def test_numbered_lines_are_items_and_blank_lines_part_paragraphs() -> None:
    builder = TextBuilder(Limits())
    builder.add_lines(["다음 각 호와 같다.", "  1. 접수", "  2. 처리", "     이어지는 줄", "", "끝"])
    document = built(builder)

    assert document.text == "다음 각 호와 같다.\n  1. 접수\n  2. 처리\n     이어지는 줄\n\n끝"
    assert [block.kind.value for block in document.blocks] == ["paragraph", "list_item", "list_item", "paragraph"]


def test_a_date_or_a_word_does_not_make_an_item() -> None:
    builder = TextBuilder(Limits())
    builder.add_lines(["2026. 4. 6. 시행한다.", "각. 부서는", "나라. 이름"])

    assert {block.kind for block in built(builder).blocks} == {BlockKind.PARAGRAPH}


def test_the_table_model_fills_the_next_free_slot() -> None:
    table = [[Cell("가", rows=2), Cell("나", columns=2)], [Cell("다"), Cell("라")], [Cell("마", rows=9)]]

    assert resolve(table, max_cells=100) == [["가", "나", "나"], ["가", "다", "라"], ["마"]]


def test_a_table_without_end_is_refused() -> None:
    with pytest.raises(LoadError):
        resolve([[Cell("가", columns=1000)]] * 10, max_cells=5000)


@pytest.mark.parametrize(
    ("text", "rows"), [("a;b\n1;2\n", "a | b\n1 | 2"), ("a\tb\n1\t2\n", "a | b\n1 | 2"), ("하나\n둘\n", "하나\n둘")]
)
def test_csv_delimiters_are_found(tmp_path: Path, text: str, rows: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="cp949")

    assert load(tmp_path / "a.csv").text == rows


def test_csv_cells_may_hold_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('이름,주소\n총무과,"부산\n연제구"\n', encoding="utf-8")

    assert load(tmp_path / "a.csv").text == "이름 | 주소\n총무과 | 부산 연제구"


def test_a_law_saved_as_text_is_named_by_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "law.txt").write_text("부산광역시 포상 조례\n\n제1조(목적) 이 조례는 …", encoding="cp949")
    (tmp_path / "memo.txt").write_text("회의에 관한 규정\n\n내일 논의한다.", encoding="utf-8")

    assert load(tmp_path / "law.txt").title == "부산광역시 포상 조례"
    assert load(tmp_path / "memo.txt").title == "memo"


def test_pdf_lines_become_paragraphs() -> None:
    lines = [
        "가나다라마바사아자차카타파하가나다라마바사아자차",
        "이어지는 줄이다.",
        "새 문단이다. 가나다라마바사아자차카타파하가나다라",
        "제2조(정의) 뜻은 다음과 같다.",
        "1. 첫째",
    ]

    assert paragraphs(lines) == [lines[0], lines[1], "", lines[2], "", lines[3], lines[4]]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"[]",
        b"{}",
        b'{"document": {}}',
        b'{"error": {"reason": "unheard of", "detail": ""}}',
        encode(DOCUMENT).replace(b"0, 2", b"0, 9"),
        encode(DOCUMENT).replace(b"0, 2", b"true, 2"),
        encode(DOCUMENT).replace(b'"paragraph"', b'"script"'),
        encode(DOCUMENT).replace(b'"text": "ab"', b'"text": "  "'),
        b"[" * 100_000,
    ],
)
def test_a_reply_that_is_not_one_is_a_crash(reply: bytes) -> None:
    with pytest.raises(LoadError) as caught:
        decode(reply)
    assert caught.value.reason is LoadReason.CRASHED


def test_errors_cross_the_pipe_with_their_reason() -> None:
    with pytest.raises(LoadError) as caught:
        decode(encode_error(LoadError(LoadReason.ENCRYPTED, "암호")))
    assert (caught.value.reason, caught.value.detail) == (LoadReason.ENCRYPTED, "암호")


@pytest.mark.parametrize(
    ("count", "series", "shown"),
    [
        (1, "HANGUL_SYLLABLE", "가"),
        (15, "HANGUL_SYLLABLE", "거"),
        (3, "CIRCLED_DIGIT", "③"),
        (51, "CIRCLED_DIGIT", "51"),
        (4, "ROMAN_CAPITAL", "Ⅳ"),
        (7, "DIGIT", "7"),
        (0, "LATIN_SMALL", "0"),
        (2, "NO_SUCH_SERIES", "2"),
    ],
)
def test_labels_of_the_series(count: int, series: str, shown: str) -> None:
    assert label(count, series) == shown


def test_attachments_travel_behind_the_document_as_they_are() -> None:
    whole = dataclasses.replace(DOCUMENT, attachments=(Attachment("a/가.bin", bytes(range(256))), Attachment("b", b"")))

    head = decode(encode(whole))

    assert head.document == DOCUMENT
    assert head.members == (("a/가.bin", 256), ("b", 0))
    assert head.size == 256
    assert head.with_bodies([one.data for one in whole.attachments]) == whole


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", "a\\b", "a\0b"])
def test_an_attachment_cannot_name_a_place_outside(name: str) -> None:
    with pytest.raises(LoadError) as caught:
        decode(encode(dataclasses.replace(DOCUMENT, attachments=(Attachment(name, b"x"),))))
    assert caught.value.reason is LoadReason.CRASHED
