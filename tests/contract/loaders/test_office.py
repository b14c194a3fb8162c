"""DOCX, HWPX and PDF: what is particular to each."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrieval.types import ParsedDocument

PARAGRAPH = '<hp:p id="0" paraPrIDRef="0" styleIDRef="0"><hp:run charPrIDRef="0">{}</hp:run></hp:p>'
CELL = (
    '<hp:tc><hp:subList><hp:p id="0"><hp:run charPrIDRef="0"><hp:t>{text}</hp:t></hp:run></hp:p></hp:subList>'
    '<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
)


def tables(document: ParsedDocument) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.TABLE]


def cell(text: str, row: int, column: int, *, rows: int = 1, columns: int = 1) -> str:
    return CELL.format(text=text, row=row, column=column, rows=rows, columns=columns)


def reason(path: Path, limits: Limits | None = None) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(path, limits=limits or Limits())
    return caught.value.reason


def test_hwpx_merged_cells_reach_every_row_they_cover(hwpx: Callable[..., Path]) -> None:
    rows = (
        f"<hp:tr>{cell('부서', 0, 0, rows=2)}{cell('인원', 0, 1, columns=2)}</hp:tr>"
        f"<hp:tr>{cell('남', 1, 1)}{cell('여', 1, 2)}</hp:tr>"
        f"<hp:tr>{cell('총무과', 2, 0)}{cell('7', 2, 1)}{cell('9', 2, 2)}</hp:tr>"
    )
    table = f'<hp:tbl rowCnt="3" colCnt="3">{rows}</hp:tbl>'

    document = load(hwpx(PARAGRAPH.format("<hp:t>인원 현황</hp:t>") + PARAGRAPH.format(table)))

    assert tables(document) == ["부서 | 인원 | 인원\n부서 | 남 | 여\n총무과 | 7 | 9"]


def test_hwpx_a_frame_of_one_cell_is_text(hwpx: Callable[..., Path]) -> None:
    frame = f'<hp:tbl rowCnt="1" colCnt="1"><hp:tr>{cell("2026년 추진계획", 0, 0)}</hp:tr></hp:tbl>'

    document = load(hwpx(PARAGRAPH.format(frame)))

    assert document.text == "2026년 추진계획"
    assert tables(document) == []


def test_hwpx_the_subject_line_is_the_title(hwpx: Callable[..., Path]) -> None:
    lines = "".join(
        PARAGRAPH.format(f"<hp:t>{line}</hp:t>") for line in ("수신 내부결재", "제목 청사 방호 계획", "1. 관련")
    )

    assert load(hwpx(lines)).title == "청사 방호 계획"


HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head"><hh:refList>
<hh:numberings><hh:numbering id="1" start="0">
<hh:paraHead level="1" start="1" numFormat="DIGIT">^1.</hh:paraHead>
<hh:paraHead level="2" start="1" numFormat="HANGUL_SYLLABLE">^2.</hh:paraHead>
<hh:paraHead level="3" start="3" numFormat="DIGIT">^n)</hh:paraHead>
</hh:numbering></hh:numberings>
<hh:bullets><hh:bullet id="1" char="□"/><hh:bullet id="2" char="&#xF06C;"/></hh:bullets>
<hh:paraProperties>
<hh:paraPr id="0"><hh:heading type="NONE" idRef="0" level="0"/></hh:paraPr>
<hh:paraPr id="1"><hh:heading type="NUMBER" idRef="1" level="0"/></hh:paraPr>
<hh:paraPr id="2"><hh:heading type="NUMBER" idRef="1" level="1"/></hh:paraPr>
<hh:paraPr id="3"><hh:heading type="NUMBER" idRef="1" level="2"/></hh:paraPr>
<hh:paraPr id="4"><hh:heading type="BULLET" idRef="1" level="0"/></hh:paraPr>
<hh:paraPr id="5"><hh:heading type="BULLET" idRef="2" level="0"/></hh:paraPr>
<hh:paraPr id="6"><hh:heading type="NUMBER" idRef="9" level="0"/></hh:paraPr>
</hh:paraProperties></hh:refList></hh:head>"""


def numbered(*paragraphs: tuple[int, str]) -> str:
    shape = '<hp:p id="0" paraPrIDRef="{}" styleIDRef="0"><hp:run charPrIDRef="0"><hp:t>{}</hp:t></hp:run></hp:p>'
    return "".join(shape.format(*paragraph) for paragraph in paragraphs)


def test_hwpx_numbers_that_hangul_draws_are_written(hwpx: Callable[..., Path]) -> None:
    section = numbered(
        (0, "관련"),
        (1, "계획"),
        (2, "목적"),
        (2, "대상"),
        (1, "추진"),
        (3, "세부"),
        (2, "방법"),
        (4, "네모"),
        (5, "점"),
        (6, "없음"),
    )

    document = load(hwpx(section, **{"Contents/header.xml": HEADER}))

    assert document.text.split() == (
        [
            "관련",
            "1.",
            "계획",
            "가.",
            "목적",
            "나.",
            "대상",
            "2.",
            "추진",
            "2.가.3)",
            "세부",
            "나.",
            "방법",
            "□",
            "네모",
            "•",
            "점",
            "없음",
        ]
    )


def test_hwpx_with_a_broken_header_keeps_its_words(hwpx: Callable[..., Path]) -> None:
    with pytest.raises(LoadError) as caught:
        load(hwpx(numbered((1, "계획")), **{"Contents/header.xml": "<hh:head"}))
    assert caught.value.reason is LoadReason.DAMAGED
    assert load(hwpx(numbered((1, "계획")))).text == "계획"


def test_hwpx_encrypted_is_said(hwpx: Callable[..., Path]) -> None:
    manifest = (
        '<odf:manifest xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><odf:file-entry '
        'full-path="Contents/section0.xml" media-type="application/xml" size="10"><odf:encryption-data/>'
        "</odf:file-entry></odf:manifest>"
    )
    path = hwpx(PARAGRAPH.format("<hp:t>가</hp:t>"), **{"META-INF/manifest.xml": manifest})

    assert reason(path) is LoadReason.PASSWORD


def test_docx_headings_lists_and_tables_keep_their_kind(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("업무 안내서", level=1)
    made.add_heading("접수", level=2)
    made.add_paragraph("민원을 접수한다.")
    table = made.add_table(rows=2, cols=2)
    for index, text in enumerate(("구분", "기한", "질의", "7일")):
        table.cell(index // 2, index % 2).text = text
    made.save(str(tmp_path / "a.docx"))

    document = load(tmp_path / "a.docx")

    headings = [(b.level, document.text[b.start : b.end]) for b in document.blocks if b.kind is BlockKind.HEADING]
    assert headings == [(1, "업무 안내서"), (2, "접수")]
    assert tables(document) == ["구분 | 기한\n질의 | 7일"]
    assert document.title == "업무 안내서"


def test_a_container_that_unpacks_too_far_is_refused(hwpx: Callable[..., Path]) -> None:
    path = hwpx(PARAGRAPH.format("<hp:t>가</hp:t>"), **{"BinData/zeros.xml": "0" * 3_000_000})

    assert reason(path, Limits(max_inflated_bytes=1_000_000)) is LoadReason.BOMB


def test_a_container_of_many_parts_is_refused(hwpx: Callable[..., Path]) -> None:
    path = hwpx(PARAGRAPH.format("<hp:t>가</hp:t>"), **{f"BinData/{n}.xml": "<a/>" for n in range(20)})

    assert reason(path, Limits(max_zip_entries=10)) is LoadReason.TOO_COMPLEX


def test_entities_are_refused_before_a_parser_sees_them(hwpx: Callable[..., Path]) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "가가가">]><a>&x;</a>'
    path = hwpx(PARAGRAPH.format("<hp:t>가</hp:t>"), **{"Contents/header.xml": bomb})

    assert reason(path) is LoadReason.EXTERNAL_ENTITY


def test_a_table_of_too_many_cells_is_refused(hwpx: Callable[..., Path]) -> None:
    rows = "".join(f"<hp:tr>{cell('가', row, 0)}{cell('나', row, 1)}</hp:tr>" for row in range(30))
    path = hwpx(PARAGRAPH.format(f'<hp:tbl rowCnt="30" colCnt="2">{rows}</hp:tbl>'))

    assert reason(path, Limits(max_table_cells=40)) is LoadReason.TOO_COMPLEX


def test_a_zip_of_something_else_is_an_archive_whatever_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("readme.txt", "문서가 아니다")

    assert [one.name for one in load(tmp_path / "a.docx").attachments] == ["readme.txt"]


def test_pdf_pages_are_numbered_and_page_numbers_dropped(make: Callable[..., Path]) -> None:
    document = load(make(".pdf", "첫째 쪽의 글이다.", "둘째 쪽의 글이다.", "셋째 쪽의 글이다."))

    assert document.page_count == 3
    assert [(b.page, document.text[b.start : b.end]) for b in document.blocks] == [
        (1, "첫째 쪽의 글이다."),
        (2, "둘째 쪽의 글이다."),
        (3, "셋째 쪽의 글이다."),
    ]


def test_pdf_a_page_without_text_is_a_warning(make: Callable[..., Path]) -> None:
    document = load(make(".pdf", "첫째 쪽의 글이다.", " "))

    assert document.warnings == ("글자를 읽을 수 없는 쪽이 있습니다: 2쪽",)


def test_pdf_of_pictures_has_no_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.rect(10, 10, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()

    assert reason(tmp_path / "scan.pdf") is LoadReason.NO_TEXT


def test_pdf_with_a_password_asks_for_it(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "locked.pdf"), encrypt=StandardEncryption("secret", canPrint=0))
    canvas.drawString(100, 700, "hello")
    canvas.showPage()
    canvas.save()

    assert reason(tmp_path / "locked.pdf") is LoadReason.PASSWORD


def test_pdf_of_too_many_pages_is_refused(make: Callable[..., Path]) -> None:
    assert reason(make(".pdf", "하나", "둘", "셋"), Limits(max_pages=2)) is LoadReason.TOO_COMPLEX


def test_docx_properties_are_not_text(tmp_path: Path) -> None:
    made = docx.Document()
    made.core_properties.title = "옛 서식의 이름"
    made.core_properties.author = "홍길동"
    made.add_paragraph("본문이다.")
    made.save(str(tmp_path / "지침.docx"))

    document = load(tmp_path / "지침.docx")

    assert document.text == "본문이다."
    assert "홍길동" not in repr(document)
    assert document.title == "옛 서식의 이름"  # nothing in the text names it
