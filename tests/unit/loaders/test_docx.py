"""DOCX: what a page shows is text, what it hides or repeats on every page is not."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders.docx import DocxLoader
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NUMBERING = f"""<?xml version="1.0" encoding="UTF-8"?><w:numbering {W}>
<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="ganada"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


def p(text: str = "", inner: str = "", properties: str = "") -> str:
    run = f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>" if text else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}{inner}</w:p>"


def numbered(text: str, level: int) -> str:
    return p(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    columns = "<w:gridCol/>" * max(one.count("<w:tcPr>") for one in rows)
    return f"<w:tbl><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


@pytest.fixture
def load(tmp_path: Path):
    """Read a file with this body; ``parts`` replace or add parts of the package."""

    def read(body: str, **parts: str) -> ParsedDocument:
        made = docx.Document()
        made.sections[0].header.paragraphs[0].text = "머리말이다"
        made.sections[0].footer.paragraphs[0].text = "꼬리말이다"
        made.save(str(tmp_path / "base.docx"))
        path = tmp_path / "지침.docx"
        with zipfile.ZipFile(tmp_path / "base.docx") as base, zipfile.ZipFile(path, "w") as archive:
            for name in base.namelist():
                content = base.read(name).decode() if name.endswith((".xml", ".rels")) else base.read(name)
                if name == "word/document.xml":
                    content = re.sub(r"(<w:body>)", lambda match: match.group(1) + body, str(content))
                archive.writestr(name, parts.pop(name, content))
            for name, content in parts.items():
                archive.writestr(name, content)
        return DocxLoader().load(path, filename="지침.docx")

    return read


def texts(document: ParsedDocument, kind: BlockKind) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks if block.kind is kind]


def test_page_headers_and_footers_are_left_out(load) -> None:
    assert load(p("본문이다")).text == "본문이다"


def test_tracked_deletions_are_not_shown_and_insertions_are(load) -> None:
    changes = (
        '<w:del w:id="1" w:author="x"><w:r><w:delText>삭제된 말</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="x"><w:r><w:t>넣은 말</w:t></w:r></w:ins>'
    )

    assert load(p("남은 말 ", changes)).text == "남은 말 넣은 말"


def test_hidden_text_is_not_shown(load) -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>숨은 지시문</w:t></w:r>"

    assert load(p("보이는 말", hidden)).text == "보이는 말"


def test_content_controls_are_text(load) -> None:
    block = f"<w:sdt><w:sdtContent>{p('양식에 적은 말')}</w:sdtContent></w:sdt>"
    inline = "<w:sdt><w:sdtContent><w:r><w:t>칸 안의 말</w:t></w:r></w:sdtContent></w:sdt>"

    assert load(block + p("이름: ", inline)).text == "양식에 적은 말\n\n이름: 칸 안의 말"


def test_text_boxes_are_read_once(load) -> None:
    names = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    )
    words = f"<w:txbxContent>{p('글상자 안의 말')}</w:txbxContent>"
    shape = (
        f"<w:r><mc:AlternateContent {names}><mc:Choice Requires='wps'><w:drawing><wp:inline><a:graphic><a:graphicData>"
        f"<wps:wsp><wps:txbx>{words}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{words}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )

    assert load(p("본문이다", shape)).text.count("글상자 안의 말") == 1


def test_word_s_own_numbers_are_written(load) -> None:
    body = numbered("목적", 0) + numbered("대상", 1) + numbered("방법", 1) + numbered("일정", 0)

    document = load(body, **{"word/numbering.xml": NUMBERING})

    assert document.text.split("\n") == ["1. 목적", "가. 대상", "나. 방법", "2. 일정"]


def test_headings_and_numbers_that_a_korean_word_s_styles_bring(load) -> None:
    second = '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="2">'
        f'<w:name w:val="소제목"/><w:basedOn w:val="1"/>{second}</w:style></w:styles>'
    )
    body = "".join(p(text, properties=f'<w:pStyle w:val="{style}"/>') for text, style in (("총칙", 1), ("목적", 2)))
    cancelled = p("부칙", properties='<w:pStyle w:val="1"/><w:numPr><w:numId w:val="0"/></w:numPr>')

    document = load(body + cancelled, **{"word/numbering.xml": NUMBERING, "word/styles.xml": styles})

    assert texts(document, BlockKind.HEADING) == ["1. 총칙", "가. 목적", "부칙"]


def test_lists_go_on_over_definitions_and_begin_anew_where_they_say_so(load) -> None:
    more = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>'
    )
    body = "".join(numbered(f"{n}", 0).replace('numId w:val="1"', f'numId w:val="{n}"') for n in (1, 2, 3, 3))

    document = load(body, **{"word/numbering.xml": NUMBERING.replace("</w:numbering>", more)})

    assert document.text.split("\n") == ["1. 1", "2. 2", "1. 3", "2. 3"]


def test_bullets_are_written_as_drawn(load) -> None:
    level = '<w:lvl w:ilvl="{}"><w:numFmt w:val="bullet"/><w:lvlText w:val="{}"/>{}</w:lvl>'
    wingdings = '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>'
    levels = level.format(0, "□", "") + level.format(1, "\uf0a7", "") + level.format(2, "l", wingdings)
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )

    document = load(numbered("하나", 0) + numbered("둘", 1) + numbered("셋", 2), **{"word/numbering.xml": numbering})

    assert document.text.split("\n") == ["□ 하나", "• 둘", "• 셋"]


def test_merged_cells_and_tables_within_cells(load) -> None:
    inner = table(row(cell(p("가")), cell(p("나"))))
    outer = table(
        row(cell(p("구분"), '<w:vMerge w:val="restart"/>'), cell(p("내용"), '<w:gridSpan w:val="2"/>')),
        row(cell(p(), "<w:vMerge/>"), cell(p("질의")), cell(p("안쪽 표") + inner + p())),
    )

    document = load(outer)

    assert texts(document, BlockKind.TABLE) == ["구분 | 내용 | 내용\n구분 | 질의 | 안쪽 표", "가 | 나"]


def test_notes_are_kept_and_comments_are_not(load, tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("본문이다.")
    made.add_comment(paragraph.runs, text="검토 의견", author="홍길동")
    made.save(str(tmp_path / "a.docx"))

    document = DocxLoader().load(tmp_path / "a.docx", filename="a.docx")

    assert document.text == "본문이다."
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="-1" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="1">{p("각주이다")}</w:footnote></w:footnotes>'
    )
    kept = load(
        p("본문이다", '<w:r><w:footnoteReference w:id="1"/></w:r>'),
        **{
            "word/footnotes.xml": notes,
            "word/_rels/document.xml.rels": (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                '<Relationship Id="r9" Target="footnotes.xml" '
                'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
            ),
        },
    )
    assert "".join(texts(kept, BlockKind.FOOTNOTE)).endswith("각주이다")


def test_a_document_without_words_has_no_text(load) -> None:
    with pytest.raises(LoadError) as caught:
        load(p())
    assert caught.value.reason is LoadReason.NO_TEXT


def test_xml_that_breaks_off_is_damage_and_no_bomb(load) -> None:
    with pytest.raises(LoadError) as caught:
        load(p("본문"), **{"word/styles.xml": "<!x declaration"})
    assert caught.value.reason is LoadReason.DAMAGED
