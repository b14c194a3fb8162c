"""HWPML, by files written after the published schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders.hwpml import HwpmlLoader
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = """<MAPPINGTABLE>
<NUMBERINGLIST Count="2">
<NUMBERING Id="1" Start="0"><PARAHEAD Level="1" NumFormat="Digit" Start="1">^1.</PARAHEAD>
<PARAHEAD Level="2" NumFormat="HangulSyllable" Start="1">^2.</PARAHEAD></NUMBERING>
<NUMBERING Id="2" Start="0"><PARAHEAD Level="1" NumFormat="Digit" Start="1">제^1장</PARAHEAD></NUMBERING>
</NUMBERINGLIST>
<BULLETLIST Count="1"><BULLET Id="1" Char="□"/></BULLETLIST>
<PARASHAPELIST Count="5"><PARASHAPE Id="0" HeadingType="None"/>
<PARASHAPE Id="1" HeadingType="Number" Heading="1" Level="0"/>
<PARASHAPE Id="2" HeadingType="Number" Heading="1" Level="1"/>
<PARASHAPE Id="3" HeadingType="Bullet" Heading="1" Level="0"/>
<PARASHAPE Id="4" HeadingType="Outline" Heading="0" Level="0"/></PARASHAPELIST>
<STYLELIST Count="1"><STYLE Id="7" Name="개요 1" ParaShape="4"/></STYLELIST>
</MAPPINGTABLE>"""


def p(text: str, shape: int = 0, rest: str = "") -> str:
    return f'<P ParaShape="{shape}" Style="0"><TEXT CharShape="0"><CHAR>{text}</CHAR>{rest}</TEXT></P>'


def paralist(*paragraphs: str) -> str:
    return f"<PARALIST>{''.join(paragraphs)}</PARALIST>"


def cell(text: str, *, rows: int = 1, columns: int = 1) -> str:
    return f'<CELL RowSpan="{rows}" ColSpan="{columns}"><CELLMARGIN/>{paralist(p(text))}</CELL>'


def hwpml(body: str, *, head: str = "", prolog: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no" ?>{prolog}<HWPML Style="embed" SubVersion="8.0.0.0" '
        f'Version="2.8"><HEAD SecCnt="1">{head}{SHAPES}</HEAD><BODY><SECTION Id="0">{body}</SECTION></BODY>'
        '<TAIL><BINDATASTORAGE><BINDATA Id="1">QUJD</BINDATA></BINDATASTORAGE></TAIL></HWPML>'
    )


def load(tmp_path: Path, content: str | bytes, limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / "문서.hml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return HwpmlLoader(limits or Limits()).load(path, filename="문서.hml")


def reason(tmp_path: Path, content: str, limits: Limits | None = None) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(tmp_path, content, limits)
    return caught.value.reason


def test_words_and_signs_within_them(tmp_path: Path) -> None:
    text = "제1조<TAB/>목적<LINEBREAK/>둘째 줄<NBSPACE/>끝<TITLEMARK/>"

    assert load(tmp_path, hwpml(p(text))).text == "제1조\t목적\n둘째 줄 끝"


def test_utf_16_is_read(tmp_path: Path) -> None:
    content = hwpml(p("본문이다.")).replace("UTF-8", "UTF-16").encode("utf-16")

    assert load(tmp_path, content).text == "본문이다."


def test_numbers_are_counted_and_outline_makes_headings(tmp_path: Path) -> None:
    outline = '<SECDEF OutlineShape="2"/>'
    heading = '<P Style="7"><TEXT><CHAR>총칙</CHAR></TEXT></P>'
    body = p("서문", rest=outline) + heading + p("계획", 1) + p("목적", 2) + p("대상", 2) + p("추진", 1) + p("네모", 3)

    document = load(tmp_path, hwpml(body))

    assert [line for line in document.text.split("\n") if line] == [
        *("서문", "제1장 총칙", "1. 계획", "가. 목적", "나. 대상", "2. 추진", "□ 네모")
    ]
    assert [(b.level, document.text[b.start : b.end]) for b in document.blocks if b.kind is BlockKind.HEADING] == [
        (1, "제1장 총칙")
    ]


def test_tables_with_merged_cells_and_their_captions(tmp_path: Path) -> None:
    number = '<AUTONUM Number="3" NumberType="Table"/>'
    caption = f"<P><TEXT><CHAR>표 </CHAR>{number}<CHAR> 인원</CHAR></TEXT></P>"
    table = (
        f'<TABLE RowCount="2" ColCount="3"><SHAPEOBJECT><CAPTION>{paralist(caption)}</CAPTION></SHAPEOBJECT>'
        f"<ROW>{cell('부서', rows=2)}{cell('인원', columns=2)}</ROW><ROW>{cell('남')}{cell('여')}</ROW></TABLE>"
    )

    document = load(tmp_path, hwpml(p("현황", rest=table)))

    assert document.text == "현황\n\n표 3 인원\n\n부서 | 인원 | 인원\n부서 | 남 | 여"
    assert document.blocks[-1].kind is BlockKind.TABLE


def test_notes_and_text_boxes_stay_and_furniture_goes(tmp_path: Path) -> None:
    words = paralist(p("글상자"))
    box = f"<RECTANGLE><SHAPEOBJECT/><DRAWINGOBJECT><DRAWTEXT>{words}</DRAWTEXT></DRAWINGOBJECT></RECTANGLE>"
    rest = (
        f"<HEADER>{paralist(p('머리말'))}</HEADER><HIDDENCOMMENT>{paralist(p('숨은 설명'))}</HIDDENCOMMENT>"
        f"<SECDEF><MASTERPAGE>{paralist(p('바탕쪽'))}</MASTERPAGE></SECDEF>"
        f"<FOOTNOTE>{paralist(p('각주이다'))}</FOOTNOTE>{box}<TEXTART Text='글맵시'/>"
        "<EQUATION><SHAPEOBJECT/><SCRIPT>a over b</SCRIPT></EQUATION>"
        "<DUTMAL><MAINTEXT>본말</MAINTEXT><SUBTEXT>덧말</SUBTEXT></DUTMAL>"
    )

    document = load(tmp_path, hwpml(p("본문", rest=rest)))

    assert document.text.split("\n\n") == ["본문[1]본말(덧말)", "1) 각주이다", "글상자", "글맵시", "a over b"]


def test_the_title_of_the_summary_names_a_document_without_headings(tmp_path: Path) -> None:
    head = "<DOCSUMMARY><TITLE>청사 방호 계획</TITLE><AUTHOR>홍길동</AUTHOR></DOCSUMMARY>"

    document = load(tmp_path, hwpml(p("본문이다."), head=head))

    assert document.title == "청사 방호 계획"
    assert "홍길동" not in repr(document)


def test_entities_are_refused(tmp_path: Path) -> None:
    prolog = '<!DOCTYPE HWPML [<!ENTITY x SYSTEM "file:///etc/hostname">]>'

    assert reason(tmp_path, hwpml(p("&x;"), prolog=prolog)) is LoadReason.EXTERNAL_ENTITY


def test_what_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    body = "<CONTAINER>" * 300 + "</CONTAINER>" * 300

    assert reason(tmp_path, hwpml(p("가", rest=body))) is LoadReason.TOO_COMPLEX


@pytest.mark.parametrize("content", ["<HWPML><BODY>", "<OTHER/>", "본문", hwpml(p("가"))[:400]])
def test_what_is_no_hwpml_is_damaged(tmp_path: Path, content: str) -> None:
    assert reason(tmp_path, content) is LoadReason.DAMAGED


def test_a_blank_document_has_no_text(tmp_path: Path) -> None:
    assert reason(tmp_path, hwpml(p(""))) is LoadReason.NO_TEXT
