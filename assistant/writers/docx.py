"""A paper as DOCX (Office Open XML, ECMA-376): the few parts that a word processor asks for, written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from assistant.writers._package import HEAD, packed
from assistant.writers.paper import Heading, Item, Kind, Paper, Table, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.writers.paper import Block, Run

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_PARTS: Final = f"{MEDIA_TYPE.rsplit('.', 1)[0]}"
_TEXT_WIDTH: Final = 9070  # twentieths of a point between the margins of an A4 page
_FONT: Final = "맑은 고딕"
_STYLES: Final = {Kind.BODY: "Normal", Kind.QUOTE: "Quote", Kind.NOTE: "Note"}

_TYPES: Final = f"""{HEAD}<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/word/document.xml" ContentType="{_PARTS}.document.main+xml"/>\
<Override PartName="/word/styles.xml" ContentType="{_PARTS}.styles+xml"/>\
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
<Override PartName="/docProps/custom.xml" \
ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/></Types>"""
_RELATIONS: Final = f"""{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="r1" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>\
<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>\
<Relationship Id="r3" Type="{_OFFICE}/relationships/custom-properties" Target="docProps/custom.xml"/></Relationships>"""
_WORD_RELATIONS: Final = f"""{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="r1" Type="{_OFFICE}/relationships/styles" Target="styles.xml"/></Relationships>"""


def to_docx(paper: Paper) -> bytes:
    """Return the paper as a DOCX file."""
    return packed(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONS,
            "docProps/core.xml": _core(paper),
            "docProps/custom.xml": _custom(paper),
            "word/document.xml": _document(paper),
            "word/styles.xml": _styles(),
            "word/_rels/document.xml.rels": _WORD_RELATIONS,
        }
    )


def _document(paper: Paper) -> str:
    body = "".join(_block(block) for block in (Heading(paper.title, 0), *paper.blocks))
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418" w:header="851" w:footer="851" '
        'w:gutter="0"/>'
        "</w:sectPr>"
    )
    return f'{HEAD}<w:document xmlns:w="{_W}"><w:body>{body}{page}</w:body></w:document>'


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block) + _paragraph("", "Normal")  # tables that touch would become one
    if isinstance(block, Heading):
        style = f"Heading{min(block.level, 3)}" if block.level else "Title"
        return _paragraph(_run(block.text), style)
    if isinstance(block, Item):
        return _paragraph(_run(f"{block.mark}\t") + _runs(block.runs), "ListLine")
    return _paragraph(_runs(block.runs), _STYLES[block.kind])


def _paragraph(runs: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _runs(runs: Sequence[Run]) -> str:
    return "".join(_run(run.text, bold=run.bold) for run in runs)


def _run(text: str, *, bold: bool = False) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = []
    for line in clean(text).split("\n"):
        pieces = [f'<w:t xml:space="preserve">{escape(piece)}</w:t>' if piece else "" for piece in line.split("\t")]
        lines.append("<w:tab/>".join(pieces))
    return f"<w:r>{look}{'<w:br/>'.join(lines)}</w:r>"


def _table(table: Table) -> str:
    width = max(table.width, 1)
    column = _TEXT_WIDTH // width
    rows = []
    for number, row in enumerate(table.rows):
        head = table.head and number == 0
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="EEF2F7"/>' if head else ""
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{column}" w:type="dxa"/>{shade}</w:tcPr>'
            f"{_paragraph(_run(cell, bold=head), 'Cell')}</w:tc>"
            for cell in (*row, *[""] * (width - len(row)))
        )
        rows.append(f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if head else ''}{cells}</w:tr>")
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = f'<w:gridCol w:w="{column}"/>' * width
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{column * width}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _styles() -> str:
    fonts = f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:eastAsia="{_FONT}" w:cs="{_FONT}"/>'
    made = [
        _style("Normal", "Normal", '<w:spacing w:after="120" w:line="300" w:lineRule="auto"/>', 21, default=True),
        _style("Title", "Title", '<w:spacing w:after="240"/>', 34, bold=True),
        _style("Quote", "Quote", '<w:spacing w:after="120"/><w:ind w:left="400"/>', 20, colour="444444"),
        _style("Note", "Note", '<w:spacing w:after="60"/>', 18, colour="595959"),
        _style(
            "ListLine",
            "List Line",
            '<w:tabs><w:tab w:val="left" w:pos="400"/></w:tabs><w:spacing w:after="60"/>'
            '<w:ind w:left="400" w:hanging="400"/>',
            21,
        ),
        _style("Cell", "Cell", '<w:spacing w:after="0"/>', 19),
    ]
    for level, size in ((1, 28), (2, 24), (3, 22)):
        outline = f'<w:keepNext/><w:spacing w:before="240" w:after="100"/><w:outlineLvl w:val="{level - 1}"/>'
        made.append(_style(f"Heading{level}", f"heading {level}", outline, size, bold=True))
    return (
        f'{HEAD}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="21"/>'
        f'<w:lang w:val="en-US" w:eastAsia="ko-KR"/></w:rPr></w:rPrDefault></w:docDefaults>{"".join(made)}</w:styles>'
    )


def _style(
    key: str, name: str, paragraph: str, size: int, *, bold: bool = False, colour: str = "", default: bool = False
) -> str:
    """Return a paragraph style; ``size`` in half points."""
    tint = f'<w:color w:val="{colour}"/>' if colour else ""
    look = f'{"<w:b/>" if bold else ""}{tint}<w:sz w:val="{size}"/>'
    base = "" if default else '<w:basedOn w:val="Normal"/>'
    first = ' w:default="1"' if default else ""
    return (
        f'<w:style w:type="paragraph"{first} w:styleId="{key}"><w:name w:val="{name}"/>'
        f"{base}<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{look}</w:rPr></w:style>"
    )


def _core(paper: Paper) -> str:
    stamps = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{escape(paper.created)}</dcterms:{name}>'
        for name in ("created", "modified")
        if paper.created
    )
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(clean(paper.title))}</dc:title><dc:creator>{escape(clean(paper.author))}</dc:creator>"
        f"<dc:language>ko-KR</dc:language>{stamps}</cp:coreProperties>"
    )


def _custom(paper: Paper) -> str:
    made = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name={quoteattr(clean(name))}>'
        f"<vt:lpwstr>{escape(clean(value))}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(paper.properties.items(), start=2)
    )
    return (
        f'{HEAD}<Properties xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes">{made}</Properties>'
    )
