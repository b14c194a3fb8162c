"""The head of an HWPX document: fonts, borders, looks of characters and paragraphs, styles.

Units are HWPUNIT, 1/7200 inch; heights of characters are 1/100 point.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from assistant.writers._package import HEAD

_HANCOM: Final = "http://www.hancom.co.kr"
NAMESPACES: Final = (
    f'xmlns:ha="{_HANCOM}/hwpml/2011/app" xmlns:hp="{_HANCOM}/hwpml/2011/paragraph" '
    f'xmlns:hs="{_HANCOM}/hwpml/2011/section" xmlns:hc="{_HANCOM}/hwpml/2011/core" '
    f'xmlns:hh="{_HANCOM}/hwpml/2011/head" xmlns:hpf="{_HANCOM}/schema/2011/hpf" '
    f'xmlns:hp10="{_HANCOM}/hwpml/2016/paragraph" xmlns:hhs="{_HANCOM}/hwpml/2011/history" '
    f'xmlns:hm="{_HANCOM}/hwpml/2011/master-page" xmlns:ooxmlchart="{_HANCOM}/hwpml/2016/ooxmlchart" '
    f'xmlns:hwpunitchar="{_HANCOM}/hwpml/2016/HwpUnitChar" xmlns:epub="http://www.idpf.org/2007/ops" '
    'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf/"'
)
_LANGUAGES: Final = ("HANGUL", "LATIN", "HANJA", "JAPANESE", "OTHER", "SYMBOL", "USER")
_SCRIPTS: Final = ("hangul", "latin", "hanja", "japanese", "other", "symbol", "user")
_FONTS: Final = ("함초롬바탕", "맑은 고딕")

NO_BORDER: Final = 1
CELL: Final = 3
HEAD_CELL: Final = 4


class Look(NamedTuple):
    """How characters look: height in 1/100 point."""

    height: int
    bold: bool = False
    colour: str = "#000000"


class Setting(NamedTuple):
    """How a paragraph is set; indents and distances in HWPUNIT, ``hang`` is how far the first line stands out."""

    align: str = "JUSTIFY"
    left: int = 0
    hang: int = 0
    before: int = 0
    after: int = 0
    level: int = -1  # of the outline
    together: bool = False  # with the next paragraph


class Style(NamedTuple):
    """A named style; its place in ``STYLES`` is the id of the style, of its look and of its setting."""

    name: str
    english: str
    look: Look
    setting: Setting


STYLES: Final = {
    "body": Style("바탕글", "Normal", Look(1050), Setting(after=500)),
    "title": Style("제목", "Title", Look(1700, bold=True), Setting(align="CENTER", after=1400, together=True)),
    "heading1": Style(
        "개요 1", "Outline 1", Look(1400, bold=True), Setting(before=1000, after=500, level=0, together=True)
    ),
    "heading2": Style(
        "개요 2", "Outline 2", Look(1200, bold=True), Setting(before=800, after=400, level=1, together=True)
    ),
    "heading3": Style(
        "개요 3", "Outline 3", Look(1100, bold=True), Setting(before=600, after=300, level=2, together=True)
    ),
    "quote": Style("인용", "Quote", Look(1000, colour="#444444"), Setting(left=1500, after=500)),
    "note": Style("작은 글", "Note", Look(900, colour="#595959"), Setting(after=200)),
    "item": Style("목록", "List", Look(1050), Setting(left=1600, hang=1600, after=250)),
    "cell": Style("표 안", "Cell", Look(950), Setting(align="LEFT")),
}
IDS: Final = {key: number for number, key in enumerate(STYLES)}
BOLD: Final = {key: len(STYLES) + number for number, key in enumerate(STYLES)}  # the same look, bold


def header() -> str:
    """Return ``Contents/header.xml``."""
    looks = [style.look for style in STYLES.values()]
    looks += [look._replace(bold=True) for look in looks]
    characters = "".join(_character(number, look) for number, look in enumerate(looks))
    paragraphs = "".join(_paragraph(number, style.setting) for number, style in enumerate(STYLES.values()))
    styles = "".join(
        f'<hh:style id="{n}" type="PARA" name="{style.name}" engName="{style.english}" paraPrIDRef="{n}" '
        f'charPrIDRef="{n}" nextStyleIDRef="0" langID="1042" lockForm="0"/>'
        for n, style in enumerate(STYLES.values())
    )
    return (
        f'{HEAD}<hh:head {NAMESPACES} version="1.4" secCnt="1">'
        '<hh:beginNum page="1" footnote="1" endnote="1" pic="1" tbl="1" equation="1"/><hh:refList>'
        f'<hh:fontfaces itemCnt="{len(_LANGUAGES)}">{_fonts()}</hh:fontfaces>'
        f'<hh:borderFills itemCnt="4">{_borders()}</hh:borderFills>'
        f'<hh:charProperties itemCnt="{len(looks)}">{characters}</hh:charProperties>'
        '<hh:tabProperties itemCnt="1"><hh:tabPr id="0" autoTabLeft="0" autoTabRight="0"/></hh:tabProperties>'
        f'<hh:numberings itemCnt="1"><hh:numbering id="1" start="0">{_levels()}</hh:numbering></hh:numberings>'
        f'<hh:paraProperties itemCnt="{len(STYLES)}">{paragraphs}</hh:paraProperties>'
        f'<hh:styles itemCnt="{len(STYLES)}">{styles}</hh:styles></hh:refList>'
        '<hh:compatibleDocument targetProgram="HWP201X"><hh:layoutCompatibility/></hh:compatibleDocument>'
        '<hh:docOption><hh:linkinfo path="" pageInherit="0" footnoteInherit="0"/></hh:docOption>'
        '<hh:trackchageConfig flags="56"/></hh:head>'  # the format spells it so
    )


def _fonts() -> str:
    fonts = "".join(f'<hh:font id="{n}" face="{face}" type="TTF" isEmbedded="0"/>' for n, face in enumerate(_FONTS))
    return "".join(
        f'<hh:fontface lang="{language}" fontCnt="{len(_FONTS)}">{fonts}</hh:fontface>' for language in _LANGUAGES
    )


def _borders() -> str:
    def made(number: int, kind: str, fill: str) -> str:
        sides = "".join(
            f'<hh:{side}Border type="{kind}" width="0.12 mm" color="#000000"/>'
            for side in ("left", "right", "top", "bottom")
        )
        brush = f'<hc:fillBrush><hc:winBrush faceColor="{fill}" hatchColor="#999999" alpha="0"/></hc:fillBrush>'
        return (
            f'<hh:borderFill id="{number}" threeD="0" shadow="0" centerLine="NONE" breakCellSeparateLine="0">'
            '<hh:slash type="NONE" Crooked="0" isCounter="0"/><hh:backSlash type="NONE" Crooked="0" isCounter="0"/>'
            f'{sides}<hh:diagonal type="NONE" width="0.1 mm" color="#000000"/>{brush if fill else ""}</hh:borderFill>'
        )

    return made(1, "NONE", "") + made(2, "NONE", "none") + made(CELL, "SOLID", "") + made(HEAD_CELL, "SOLID", "#EEF2F7")


def _character(number: int, look: Look) -> str:
    def each(value: int) -> str:
        return " ".join(f'{script}="{value}"' for script in _SCRIPTS)

    return (
        f'<hh:charPr id="{number}" height="{look.height}" textColor="{look.colour}" shadeColor="none" '
        'useFontSpace="0" useKerning="0" symMark="NONE" borderFillIDRef="2">'
        f"<hh:fontRef {each(0)}/><hh:ratio {each(100)}/><hh:spacing {each(0)}/><hh:relSz {each(100)}/>"
        f"<hh:offset {each(0)}/>{'<hh:bold/>' if look.bold else ''}"
        '<hh:underline type="NONE" shape="SOLID" color="#000000"/><hh:strikeout shape="NONE" color="#000000"/>'
        '<hh:outline type="NONE"/><hh:shadow type="NONE" color="#C0C0C0" offsetX="10" offsetY="10"/></hh:charPr>'
    )


def _levels() -> str:
    formats = ("DIGIT", "HANGUL_SYLLABLE", "DIGIT", "HANGUL_SYLLABLE", "DIGIT", "HANGUL_SYLLABLE", "CIRCLED_DIGIT")
    marks = ("^1.", "^2.", "^3)", "^4)", "(^5)", "(^6)", "^7")
    return "".join(
        f'<hh:paraHead start="1" level="{level}" align="LEFT" useInstWidth="1" autoIndent="1" widthAdjust="0" '
        f'textOffsetType="PERCENT" textOffset="50" numFormat="{form}" charPrIDRef="4294967295" checkable="0">{mark}'
        "</hh:paraHead>"
        for level, (form, mark) in enumerate(zip(formats, marks, strict=True), start=1)
    )


def _paragraph(number: int, setting: Setting) -> str:
    values = (
        ("intent", -setting.hang),
        ("left", setting.left),
        ("right", 0),
        ("prev", setting.before),
        ("next", setting.after),
    )
    margin = "".join(f'<hc:{name} value="{value}" unit="HWPUNIT"/>' for name, value in values)
    outline = f'type="OUTLINE" idRef="0" level="{setting.level}"' if setting.level >= 0 else _NO_OUTLINE
    return (
        f'<hh:paraPr id="{number}" tabPrIDRef="0" condense="0" fontLineHeight="0" snapToGrid="1" '
        'suppressLineNumbers="0" checked="0">'
        f'<hh:align horizontal="{setting.align}" vertical="BASELINE"/><hh:heading {outline}/>'
        '<hh:breakSetting breakLatinWord="KEEP_WORD" breakNonLatinWord="KEEP_WORD" widowOrphan="0" '
        f'keepWithNext="{int(setting.together)}" keepLines="0" pageBreakBefore="0" lineWrap="BREAK"/>'
        f'<hh:autoSpacing eAsianEng="0" eAsianNum="0"/><hh:margin>{margin}</hh:margin>'
        '<hh:lineSpacing type="PERCENT" value="160" unit="HWPUNIT"/>'
        '<hh:border borderFillIDRef="2" offsetLeft="0" offsetRight="0" offsetTop="0" offsetBottom="0" connect="0" '
        'ignoreMargin="0"/></hh:paraPr>'
    )


# An outline would number itself, and the titles of sources carry numbers of their own.
_NO_OUTLINE: Final = 'type="NONE" idRef="0" level="0"'
