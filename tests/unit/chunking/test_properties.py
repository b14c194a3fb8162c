"""What holds for every document, however odd."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunking import chunk, outline
from retrieval.chunking._split import split
from retrieval.errors import LoadError
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, ChunkKind, ParsedDocument

LINES = st.one_of(
    st.sampled_from(
        [
            "제1조(목적) 이 조례는 시험을 정한다.",
            "제2조의3 (정의)",
            "제4조 삭제 <2020.1.1>",
            "제3조(준용)에 따른 사항",
            "제1장 총칙",
            "제2절 보칙",
            "① 시장은 계획을 세운다. 다만, 예외를 둔다. <개정 2020.1.1>",
            "  1. 첫째",
            "    가. 하나",
            "1) 세부",
            "□ 과제",
            " ○ 내용",
            "부칙",
            "부칙 <제1호,2020.1.1>",
            "부칙(정부조직법) <제2호,2021.1.1>",
            "제1조(시행일) 공포한 날부터 시행한다.",
            "[별표 1] 수수료(제2조 관련)",
            "별지 제1호서식",
            "Ⅰ. 개요",
            "구분 | 금액",
            "구분 | 이름 | 금액\n가 | 나 | 1,000\n다 | 라마바사아자차카타파하 | 2,000",
            "<표 1> 예산 현황",
            "(단위: 백만원)",
            "※ 주: 잠정치",
        ]
    ),
    st.text(alphabet="가나다라 .①1()\t", max_size=60),
    st.text(max_size=40),
)
PIECES = st.lists(st.tuples(st.sampled_from(list(BlockKind)), LINES, st.integers(1, 6), st.booleans()), max_size=40)


def built(pieces: list[tuple[BlockKind, str, int, bool]]) -> ParsedDocument:
    builder = TextBuilder(Limits())
    for number, (kind, text, level, tight) in enumerate(pieces):
        builder.add(kind, text, level=level if kind is BlockKind.HEADING else 0, page=number // 5 + 1, tight=tight)
    try:
        return builder.document(title="", filename="문서.txt", media_type="text/plain", loader="plain/1")
    except LoadError:
        return ParsedDocument("", (), "문서", "text/plain", "plain/1")


@given(PIECES, st.integers(5, 300))
def test_chunks_hold_all_of_the_text_once_and_in_order(
    pieces: list[tuple[BlockKind, str, int, bool]], max_chars: int
) -> None:
    document = built(pieces)

    chunks = chunk(document, max_chars=max_chars, max_table_chars=max_chars)

    position = 0
    for number, piece in enumerate(chunks):
        assert piece.ordinal == number
        assert piece.text == document.text[piece.start : piece.end]
        assert piece.text == piece.text.strip() != ""
        assert len(piece.text) <= max_chars
        assert not document.text[position : piece.start].strip()
        position = piece.end
    assert not document.text[position:].strip()


@given(PIECES)
def test_locators_lead_to_their_passage(pieces: list[tuple[BlockKind, str, int, bool]]) -> None:
    document = built(pieces)
    headings = {entry.text for entry in outline(document)}

    for piece in chunk(document):
        labels = {label for step in piece.locator.heading for label in (step, *step.split(" · "))}
        rows = {row for block in document.blocks for row in document.text[block.start : block.end].split("\n")}
        assert labels & (headings | rows) or not piece.locator.heading
        before = "".join(document.text[: piece.end].split())
        if piece.locator.article is not None:
            assert piece.locator.article in before
            assert re.fullmatch(r"제\d+조(?:의\d+)?", piece.locator.article)
            assert piece.kind is not ChunkKind.SUPPLEMENTARY
        pages = [block.page for block in document.blocks if block.start <= piece.start < block.end]
        assert [piece.locator.page] == pages


@given(PIECES)
def test_the_outline_points_into_the_text_in_order(pieces: list[tuple[BlockKind, str, int, bool]]) -> None:
    document = built(pieces)
    entries = outline(document)

    assert [entry.start for entry in entries] == sorted({entry.start for entry in entries})
    for entry in entries:
        assert entry.level >= 1
        assert "".join(document.text[entry.start :].split()).startswith("".join(entry.text.split())[:2])


@given(st.lists(LINES, max_size=30), st.integers(1, 80), st.booleans(), st.booleans())
def test_cutting_loses_nothing_and_keeps_to_the_limit(
    lines: list[str],
    limit: int,
    legal: bool,  # noqa: FBT001 - made by hypothesis
    articles: bool,  # noqa: FBT001
) -> None:
    text = "\n".join(lines)

    spans = split(text, (0, len(text)), limit=limit, lead=0, legal=legal, articles=articles)

    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(0 < end - start <= limit for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    for start, end in spans:
        # Inside a word only where the word does not fit.
        if start and not text[start - 1].isspace():
            word = re.search(r"\S*\Z", text[:start]).group() + re.match(r"\S*", text[start:]).group()  # type: ignore[union-attr]
            assert len(word) > limit
        assert text[start:end].strip() == text[start:end]


@given(PIECES, st.integers(30, 300))
def test_tables_are_cut_between_rows_only(pieces: list[tuple[BlockKind, str, int, bool]], max_chars: int) -> None:
    document = built(pieces)

    for piece in chunk(document, max_chars=max_chars, max_table_chars=max_chars):
        for block in document.blocks:
            if block.kind is not BlockKind.TABLE or not block.start < piece.start < block.end:
                continue
            row_start = document.text.rfind("\n", 0, piece.start) + 1
            row = document.text[row_start:].split("\n")[0]
            assert not document.text[row_start : piece.start].strip() or len(row) > max_chars


MARKED = ["e\u0301", "한", "\u1112\u1161\u11ab", "👨\u200d👩\u200d👧", "a\u0302\u0323", "글"]


@given(st.lists(st.sampled_from(MARKED), max_size=40))
def test_a_word_that_is_cut_keeps_its_marks(pieces: list[str]) -> None:
    text = "".join(pieces)

    spans = split(text, (0, len(text)), limit=8, lead=0, legal=False)

    assert "".join(text[start:end] for start, end in spans) == text
    for start, _ in spans:
        assert not start or text[start] not in "\u0301\u0302\u0323\u1161\u11ab\u200d"
        assert not start or text[start - 1] != "\u200d"
