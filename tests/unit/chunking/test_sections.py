from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.chunking import chunk, outline
from retrieval.types import Block, BlockKind, ChunkKind, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[str], ParsedDocument]

LONG = "이 절의 글은 짧은 절로 여겨지지 않을 만큼 길다. " * 8


def test_a_section_is_a_chunk_under_its_headings(markdown: Reader) -> None:
    document = markdown(
        f"# 안내서\n\n머리말이다.\n\n## 접수\n\n### 온라인\n\n{LONG}\n\n### 방문\n\n{LONG}\n\n## 처리\n\n{LONG}"
    )

    assert [c.locator.heading for c in chunk(document)] == [
        (),
        ("접수", "온라인"),
        ("접수", "방문"),
        ("처리",),
    ]
    assert chunk(document)[0].text == "안내서\n\n머리말이다."
    assert chunk(document)[1].text.startswith("접수\n\n온라인\n\n이 절의 글은")
    assert {c.kind for c in chunk(document)} == {ChunkKind.BODY}


def test_short_siblings_are_joined_and_named_together(markdown: Reader) -> None:
    document = markdown(f"# 판결\n\n## 판시사항\n\n요지\n\n## 참조조문\n\n민법 제1조\n\n## 이유\n\n{LONG * 5}")

    first, *rest = chunk(document)
    assert first.locator.heading == ("판시사항 · 참조조문",)
    assert first.text == "판결\n\n판시사항\n\n요지\n\n참조조문\n\n민법 제1조"
    assert {c.locator.heading for c in rest} == {("이유",)}
    assert len(rest) > 1


def test_short_sections_of_different_parents_stay_apart(markdown: Reader) -> None:
    document = markdown("# 안내\n\n## 가\n\n### 하나\n\n글\n\n## 나\n\n### 둘\n\n글")

    assert [c.locator.heading for c in chunk(document)] == [("가", "하나"), ("나", "둘")]


def test_headings_only_are_still_body_where_there_is_no_law(markdown: Reader) -> None:
    chunks = chunk(markdown("# 차례\n\n## 하나\n\n## 둘"))

    assert [(c.text, c.kind) for c in chunks] == [("차례\n\n하나\n\n둘", ChunkKind.BODY)]


def test_main_headings_of_a_report_in_running_text(plain: Reader) -> None:
    document = plain(f"2026년 계획\n\nⅠ. 추진 배경\n\n{LONG}\n\nⅡ. 추진 내용\n\n□ {LONG}\n○ 세부")

    assert [c.locator.heading for c in chunk(document)] == [(), ("Ⅰ. 추진 배경",), ("Ⅱ. 추진 내용",)]
    assert [entry.text for entry in outline(document)] == ["Ⅰ. 추진 배경", "Ⅱ. 추진 내용"]


def test_official_numbering_is_cut_at_its_outer_level_first(plain: Reader) -> None:
    text = "\n".join(f"□ 과제 {n}\n ○ 세부 {'글 ' * 20}\n  - 첫째\n  - 둘째" for n in range(1, 7))

    chunks = chunk(plain(text), max_chars=150)

    assert len(chunks) == 3
    assert all(c.text.startswith("□ 과제") for c in chunks)


def test_a_table_is_whole_up_to_its_cap_and_then_cut_between_rows(markdown: Reader) -> None:
    rows = "\n".join(f"| {number} | {'값' * 40} |" for number in range(20))
    document = markdown(f"# 표\n\n{LONG * 2}\n\n| 번호 | 값 |\n|---|---|\n{rows}\n\n끝맺는 글이다. {LONG}")

    whole = [c for c in chunk(document, max_chars=300) if c.kind is ChunkKind.TABLE]
    assert len(whole) == 1
    assert whole[0].text.startswith("번호 | 값\n0 | ")

    cut = [c for c in chunk(document, max_chars=300, max_table_chars=400) if c.kind is ChunkKind.TABLE]
    assert len(cut) > 1
    assert all(len(c.text) <= 400 for c in cut)
    assert all(" | 값" in line for c in cut for line in c.text.split("\n"))


def test_a_caption_goes_with_its_table(markdown: Reader) -> None:
    rows = "\n".join(f"| {number} | {'값' * 40} |" for number in range(20))
    document = markdown(f"# 표\n\n{LONG * 2}\n\n## 현황\n\n<표 1> 부서별 인원\n\n| 번호 | 값 |\n|---|---|\n{rows}")

    table = next(c for c in chunk(document, max_chars=300) if c.kind is ChunkKind.TABLE)
    assert table.text.startswith("현황\n\n<표 1> 부서별 인원\n\n번호 | 값")


def test_a_small_table_stays_in_its_article(markdown: Reader) -> None:
    document = markdown("# 법\n\n##### 제1조 (수수료)\n\n다음과 같다.\n\n| 가 | 나 |\n|---|---|\n| 1 | 2 |\n\n끝")

    (article,) = [c for c in chunk(document) if c.locator.article]
    assert article.kind is ChunkKind.BODY
    assert "가 | 나\n1 | 2" in article.text


def test_appendices_start_units(markdown: Reader) -> None:
    document = markdown(
        "# 조례\n\n##### 제1조 (목적)\n\n글\n\n## 부칙\n\n시행한다.\n\n"
        "## [별표 1] 수수료\n\n금액\n\n## 별지 제2호서식\n\n신청서"
    )

    assert [(c.kind.value, c.locator.heading) for c in chunk(document)][2:] == [
        ("supplementary", ("부칙",)),
        ("body", ("[별표 1] 수수료",)),
        ("body", ("별지 제2호서식",)),
    ]


def test_pages_are_those_where_passages_begin() -> None:
    text = "첫째 쪽이다.\n\n둘째 쪽이다."
    blocks = (Block(BlockKind.PARAGRAPH, 0, 7, page=1), Block(BlockKind.PARAGRAPH, 9, len(text), page=2))
    document = ParsedDocument(text, blocks, "문서", "application/pdf", "pdf/1", page_count=2)

    assert [(c.text, c.locator.page) for c in chunk(document, max_chars=8)] == [
        ("첫째 쪽이다.", 1),
        ("둘째 쪽이다.", 2),
    ]


def test_text_outside_of_blocks_is_not_lost() -> None:
    document = ParsedDocument("앞\n제목\n뒤", (Block(BlockKind.HEADING, 2, 4, level=1),), "t", "text/plain", "x/1")

    assert [c.text for c in chunk(document)] == ["앞", "제목\n뒤"]


def test_no_text_gives_no_chunks() -> None:
    assert chunk(ParsedDocument(" \n ", (), "t", "text/plain", "x/1")) == []


@pytest.mark.parametrize("limits", [{"max_chars": 0}, {"max_table_chars": -1}])
def test_a_limit_below_one_is_a_mistake(plain: Reader, limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        chunk(plain("글"), **limits)  # type: ignore[arg-type]
