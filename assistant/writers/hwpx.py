"""A paper as HWPX (KS X 6101, OWPML): a ZIP of XML as Hancom's word processor writes it, with the parts it asks for."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from assistant.writers._hwpx_head import BOLD, CELL, HEAD_CELL, IDS, NAMESPACES, header
from assistant.writers._package import HEAD, packed
from assistant.writers.paper import Heading, Item, Kind, Paper, Run, Table, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.writers.paper import Block

MEDIA_TYPE: Final = "application/hwp+zip"

_WIDTH: Final = 42_520  # between the margins of an A4 page, HWPUNIT
_ROW: Final = 1_700  # least height of a row; the word processor makes it as high as its text
_STYLES: Final = {Kind.BODY: "body", Kind.QUOTE: "quote", Kind.NOTE: "note"}
_PREVIEW: Final = 1_000  # characters

_VERSION: Final = (
    f'{HEAD}<hv:HCFVersion xmlns:hv="http://www.hancom.co.kr/hwpml/2011/version" tagetApplication="WORDPROCESSOR" '
    'major="5" minor="1" micro="0" buildNumber="1" os="1" xmlVersion="1.4" application="Hancom Office Hangul" '
    'appVersion="11, 0, 0, 2129 WIN32LEWindows_8"/>'
)
_CONTAINER: Final = (
    f'{HEAD}<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container" '
    'xmlns:hpf="http://www.hancom.co.kr/schema/2011/hpf"><ocf:rootfiles>'
    '<ocf:rootfile full-path="Contents/content.hpf" media-type="application/hwpml-package+xml"/>'
    '<ocf:rootfile full-path="Preview/PrvText.txt" media-type="text/plain"/></ocf:rootfiles></ocf:container>'
)
_MANIFEST: Final = f'{HEAD}<odf:manifest xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_SETTINGS: Final = (
    f'{HEAD}<ha:HWPApplicationSetting xmlns:ha="http://www.hancom.co.kr/hwpml/2011/app">'
    '<ha:CaretPosition listIDRef="0" paraIDRef="0" pos="0"/></ha:HWPApplicationSetting>'
)
_NOTES: Final = (
    '<hp:autoNumFormat type="DIGIT" userChar="" prefixChar="" suffixChar=")" supscript="0"/>'
    '<hp:noteLine length="-1" type="SOLID" width="0.12 mm" color="#000000"/>'
    '<hp:noteSpacing betweenNotes="283" belowLine="567" aboveLine="850"/><hp:numbering type="CONTINUOUS" newNum="1"/>'
)
_PAGE: Final = (
    '<hp:secPr id="" textDirection="HORIZONTAL" spaceColumns="1134" tabStop="8000" tabStopVal="4000" '
    'tabStopUnit="HWPUNIT" outlineShapeIDRef="1" memoShapeIDRef="0" textVerticalWidthHead="0" masterPageCnt="0">'
    '<hp:grid lineGrid="0" charGrid="0" wonggojiFormat="0"/>'
    '<hp:startNum pageStartsOn="BOTH" page="0" pic="0" tbl="0" equation="0"/>'
    '<hp:visibility hideFirstHeader="0" hideFirstFooter="0" hideFirstMasterPage="0" border="SHOW_ALL" '
    'fill="SHOW_ALL" hideFirstPageNum="0" hideFirstEmptyLine="0" showLineNumber="0"/>'
    '<hp:lineNumberShape restartType="0" countBy="0" distance="0" startNumber="0"/>'
    '<hp:pagePr landscape="WIDELY" width="59528" height="84186" gutterType="LEFT_ONLY">'
    '<hp:margin header="4252" footer="4252" gutter="0" left="8504" right="8504" top="5668" bottom="4252"/></hp:pagePr>'
    f'<hp:footNotePr>{_NOTES}<hp:placement place="EACH_COLUMN" beneathText="0"/></hp:footNotePr>'
    f'<hp:endNotePr>{_NOTES}<hp:placement place="END_OF_DOCUMENT" beneathText="0"/></hp:endNotePr>'
    + "".join(
        f'<hp:pageBorderFill type="{kind}" borderFillIDRef="1" textBorder="PAPER" headerInside="0" footerInside="0" '
        'fillArea="PAPER"><hp:offset left="1417" right="1417" top="1417" bottom="1417"/></hp:pageBorderFill>'
        for kind in ("BOTH", "EVEN", "ODD")
    )
    + "</hp:secPr>"
    '<hp:ctrl><hp:colPr id="" type="NEWSPAPER" layout="LEFT" colCount="1" sameSz="1" sameGap="0"/></hp:ctrl>'
)


def to_hwpx(paper: Paper) -> bytes:
    """Return the paper as an HWPX file."""
    return packed(
        {
            "mimetype": MEDIA_TYPE,  # first and not compressed: programs look for it at a fixed place
            "version.xml": _VERSION,
            "Contents/header.xml": header(),
            "Contents/section0.xml": _section(paper),
            "Preview/PrvText.txt": _preview(paper),
            "settings.xml": _SETTINGS,
            "META-INF/container.xml": _CONTAINER,
            "META-INF/manifest.xml": _MANIFEST,
            "Contents/content.hpf": _content(paper),
        },
        stored=frozenset({"mimetype"}),
    )


def _section(paper: Paper) -> str:
    ids = count()
    first = _paragraph(next(ids), "title", f'<hp:run charPrIDRef="0">{_PAGE}</hp:run>' + _run("title", paper.title))
    rest = "".join(_block(block, ids) for block in paper.blocks)
    return f"{HEAD}<hs:sec {NAMESPACES}>{first}{rest}</hs:sec>"


def _block(block: Block, ids: Iterator[int]) -> str:
    if isinstance(block, Table):
        return _table(block, ids)
    if isinstance(block, Heading):
        style = f"heading{min(max(block.level, 1), 3)}"
        return _paragraph(next(ids), style, _run(style, block.text))
    if isinstance(block, Item):
        return _paragraph(next(ids), "item", _run("item", f"{block.mark} ") + _runs("item", block.runs))
    style = _STYLES[block.kind]
    return _paragraph(next(ids), style, _runs(style, block.runs))


def _paragraph(number: int, style: str, runs: str) -> str:
    return (
        f'<hp:p id="{number}" paraPrIDRef="{IDS[style]}" styleIDRef="{IDS[style]}" pageBreak="0" columnBreak="0" '
        f'merged="0">{runs}</hp:p>'
    )


def _runs(style: str, runs: Sequence[Run]) -> str:
    return "".join(_run(style, run.text, bold=run.bold) for run in runs) or _run(style, "")


def _run(style: str, text: str, *, bold: bool = False) -> str:
    lines = "<hp:lineBreak/>".join(escape(line.replace("\t", " ")) for line in clean(text).split("\n"))
    return f'<hp:run charPrIDRef="{(BOLD if bold else IDS)[style]}"><hp:t>{lines}</hp:t></hp:run>'


def _table(table: Table, ids: Iterator[int]) -> str:
    width = max(table.width, 1)
    column = _WIDTH // width
    number = next(ids)
    rows = []
    for at, row in enumerate(table.rows):
        head = table.head and at == 0
        cells = (
            _cell(text, (at, place), column, ids, head=head)
            for place, text in enumerate((*row, *[""] * (width - len(row))))
        )
        rows.append(f"<hp:tr>{''.join(cells)}</hp:tr>")
    size = (
        f'<hp:sz width="{column * width}" widthRelTo="ABSOLUTE" height="{_ROW * len(rows)}" heightRelTo="ABSOLUTE" '
        'protect="0"/><hp:pos treatAsChar="0" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0" '
        'vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
        '<hp:outMargin left="0" right="0" top="141" bottom="283"/>'
        '<hp:inMargin left="510" right="510" top="141" bottom="141"/>'
    )
    made = (
        f'<hp:tbl id="{number}" zOrder="0" numberingType="TABLE" textWrap="TOP_AND_BOTTOM" textFlow="BOTH_SIDES" '
        f'lock="0" dropcapstyle="None" pageBreak="CELL" repeatHeader="{int(table.head)}" rowCnt="{len(rows)}" '
        f'colCnt="{width}" cellSpacing="0" borderFillIDRef="{CELL}" noAdjust="0">{size}{"".join(rows)}</hp:tbl>'
    )
    return _paragraph(next(ids), "body", f'<hp:run charPrIDRef="0">{made}<hp:t/></hp:run>')


def _cell(text: str, address: tuple[int, int], width: int, ids: Iterator[int], *, head: bool) -> str:
    row, column = address
    return (
        f'<hp:tc name="" header="{int(head)}" hasMargin="0" protect="0" editable="0" dirty="0" '
        f'borderFillIDRef="{HEAD_CELL if head else CELL}">'
        '<hp:subList id="" textDirection="HORIZONTAL" lineWrap="BREAK" vertAlign="CENTER" linkListIDRef="0" '
        'linkListNextIDRef="0" textWidth="0" textHeight="0" hasTextRef="0" hasNumRef="0">'
        f"{_paragraph(next(ids), 'cell', _run('cell', text, bold=head))}</hp:subList>"
        f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="1" rowSpan="1"/>'
        f'<hp:cellSz width="{width}" height="{_ROW}"/>'
        '<hp:cellMargin left="510" right="510" top="141" bottom="141"/></hp:tc>'
    )


def _content(paper: Paper) -> str:
    told = {"creator": paper.author, "CreatedDate": paper.created, "ModifiedDate": paper.created, **paper.properties}
    meta = "".join(
        f'<opf:meta name={quoteattr(clean(name))} content="text">{escape(clean(value))}</opf:meta>'
        for name, value in told.items()
    )
    items = "".join(
        f'<opf:item id="{name}" href="{href}" media-type="application/xml"/>'
        for name, href in (
            ("header", "Contents/header.xml"),
            ("section0", "Contents/section0.xml"),
            ("settings", "settings.xml"),
            ("version", "version.xml"),
        )
    )
    return (
        f'{HEAD}<opf:package {NAMESPACES} version="" unique-identifier="" id=""><opf:metadata>'
        f"<opf:title>{escape(clean(paper.title))}</opf:title><opf:language>ko</opf:language>{meta}</opf:metadata>"
        f"<opf:manifest>{items}</opf:manifest>"
        '<opf:spine><opf:itemref idref="header" linear="yes"/><opf:itemref idref="section0" linear="yes"/></opf:spine>'
        "</opf:package>"
    )


def _preview(paper: Paper) -> str:
    lines = [paper.title]
    for block in paper.blocks:
        lines += ["\t".join(row) for row in block.rows] if isinstance(block, Table) else [block.text]
    return clean("\r\n".join(lines))[:_PREVIEW]
