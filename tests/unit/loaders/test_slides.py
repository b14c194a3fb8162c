"""Presentations: what slides show, in order, without what their master adds to all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import load
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

TITLE_AND_BODY, TITLE_ONLY, BLANK = 1, 5, 6


@pytest.fixture
def show() -> Any:
    return pptx.Presentation()


def read(show: Any, tmp_path: Path) -> ParsedDocument:
    path = tmp_path / "보고.pptx"
    show.save(str(path))
    return load(path)


def add(show: Any, layout: int, title: str = "") -> Any:
    slide = show.slides.add_slide(show.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    return slide


def box(shapes: Any, *lines: str) -> Any:
    shape = shapes.add_textbox(0, 0, 9, 9)
    shape.text_frame.text = "\n".join(lines)
    return shape


def test_slides_are_pages_under_their_titles(show: Any, tmp_path: Path) -> None:
    first = add(show, TITLE_AND_BODY, "주차장 운영 계획")
    first.placeholders[1].text_frame.text = "공영주차장을 넓힌다."
    deeper = first.placeholders[1].text_frame.add_paragraph()
    deeper.text, deeper.level = "한 해에 열 곳", 1
    box(add(show, BLANK).shapes, "제목이 없는 면")
    add(show, TITLE_ONLY, "맺음말")

    document = read(show, tmp_path)

    assert document.text == (
        "주차장 운영 계획\n\n공영주차장을 넓힌다.\n  - 한 해에 열 곳\n\n슬라이드 2\n\n제목이 없는 면\n\n맺음말"
    )
    assert [(block.kind, block.page) for block in document.blocks if block.kind is BlockKind.HEADING] == [
        (BlockKind.HEADING, page) for page in (1, 2, 3)
    ]
    assert document.page_count == 3
    assert document.title == "주차장 운영 계획"


def test_furniture_and_hidden_slides_are_left_out(show: Any, tmp_path: Path) -> None:
    slide = add(show, TITLE_ONLY, "공개 면")
    for name, text in (("ftr", "가온시 기획과"), ("dt", "2026-01-02"), ("sldNum", "7")):
        shape = box(slide.shapes, text)
        properties = shape._element.nvSpPr.nvPr
        properties.append(properties.makeelement(f"{{{properties.nsmap['p']}}}ph", {"type": name}))
    hidden = add(show, TITLE_ONLY, "감춘 면")
    hidden._element.set("show", "0")

    document = read(show, tmp_path)

    assert document.text == "공개 면"
    assert document.page_count == 2
    assert "숨긴 슬라이드 1장" in document.warnings[0]


def test_tables_with_merged_cells_groups_and_notes(show: Any, tmp_path: Path) -> None:
    slide = add(show, TITLE_ONLY, "현황")
    table = slide.shapes.add_table(3, 3, 0, 0, 9, 9).table
    for row, texts in enumerate([["구분", "2025년", ""], ["", "상반기", "하반기"], ["주차면", "100", "200"]]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    group = slide.shapes.add_group_shape()
    box(group.shapes.add_group_shape().shapes, "묶음 안의 글")
    slide.notes_slide.notes_text_frame.text = "여기서 잠시 멈춘다."

    document = read(show, tmp_path)

    assert "구분 | 2025년 | 2025년\n구분 | 상반기 | 하반기\n주차면 | 100 | 200" in document.text
    assert "묶음 안의 글" in document.text
    notes = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.FOOTNOTE]
    assert notes == ["[발표자 노트] 여기서 잠시 멈춘다."]


def test_a_chart_is_the_table_it_was_drawn_from(show: Any, tmp_path: Path) -> None:
    data = CategoryChartData(number_format="#,##0")
    data.categories = ["2024년", "2025년"]
    data.add_series("승용", (1200, 1300))
    data.add_series("승합", (None, 25.4))
    chart = add(show, TITLE_ONLY, "통계").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "등록 대수"

    text = read(show, tmp_path).text

    assert text == "통계\n\n등록 대수\n\n구분 | 승용 | 승합\n2024년 | 1,200 |\n2025년 | 1,300 | 25"


def test_numbered_paragraphs_keep_their_numbers(show: Any, tmp_path: Path) -> None:
    shape = box(add(show, TITLE_ONLY, "순서").shapes, "신청", "검토", "결정")
    for paragraph in shape.text_frame.paragraphs:
        properties = paragraph._p.get_or_add_pPr()
        properties.append(properties.makeelement(f"{{{properties.nsmap['a']}}}buAutoNum", {"type": "arabicParenR"}))

    document = read(show, tmp_path)

    assert document.text == "순서\n\n1) 신청\n2) 검토\n3) 결정"
    assert [block.kind for block in document.blocks[1:]] == [BlockKind.LIST_ITEM] * 3


def test_slides_without_words_are_no_document(show: Any, tmp_path: Path) -> None:
    add(show, BLANK)
    add(show, BLANK)

    with pytest.raises(LoadError) as caught:
        read(show, tmp_path)
    assert caught.value.reason is LoadReason.NO_TEXT
