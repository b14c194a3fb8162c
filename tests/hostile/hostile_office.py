"""Office documents in ZIP containers: Word, Excel, PowerPoint, HWPX."""

from __future__ import annotations

from typing import Final

from hostile_kinds import BIG, BODY, LAUGHS, OUTSIDE, READ, XML, Kind, archive, half, kind, zeros

from retrieval.errors import LoadReason

_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SLIDE: Final = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_KINDS: Final = {
    "word": ("word/document.xml", "wordprocessingml.document.main"),
    "xl": ("xl/workbook.xml", "spreadsheetml.sheet.main"),
    "ppt": ("ppt/presentation.xml", "presentationml.presentation.main"),
}


def package(kind_: str, parts: dict[str, bytes | str], *, types: str = "") -> bytes:
    """An Open XML package with its content types and the relationship to its main part."""
    main, content = _KINDS[kind_]
    declared = f"application/vnd.openxmlformats-officedocument.{content}+xml"
    head = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{declared}"/>{types}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>',
    }
    return archive({**head, **parts})


def word(body: str, *, prolog: str = XML, **extra: bytes | str) -> bytes:
    return package(
        "word", {"word/document.xml": f"{prolog}<w:document {_WORD}><w:body>{body}</w:body></w:document>"} | extra
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def sheet(rows: str, *, before: str = "", after: str = "", strings: str = "", prolog: str = XML) -> bytes:
    relations = (
        f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    names = f'xmlns:r="{_OFFICE}"'
    one = '<sheet name="표" sheetId="1" r:id="r1"/>'
    data = f"{before}<sheetData>{rows}</sheetData>{after}"
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = (
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{base}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{base}.sharedStrings+xml"/>'
    )
    parts: dict[str, bytes | str] = {
        "xl/workbook.xml": f"{XML}<workbook {_SHEET} {names}><sheets>{one}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet1.xml": f"{prolog}<worksheet {_SHEET}>{data}</worksheet>",
        "xl/sharedStrings.xml": f"{XML}<sst {_SHEET}>{strings}</sst>",
    }
    return package("xl", parts, types=types)


def cell(place: str, text: str = "값") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def slide(tree: str) -> bytes:
    names = f'xmlns:r="{_OFFICE}"'
    relations = (
        f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/slide" Target="slides/slide1.xml"/></Relationships>'
    )
    listed = '<p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst>'
    parts: dict[str, bytes | str] = {
        "ppt/presentation.xml": f"{XML}<p:presentation {_SLIDE} {names}>{listed}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations,
        "ppt/slides/slide1.xml": f"{XML}<p:sld {_SLIDE}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>",
    }
    base = "application/vnd.openxmlformats-officedocument.presentationml"
    return package("ppt", parts, types=f'<Override PartName="/ppt/slides/slide1.xml" ContentType="{base}.slide+xml"/>')


def groups(depth: int) -> bytes:
    shape = f"<p:sp><p:txBody><a:p><a:r><a:t>{BODY}</a:t></a:r></a:p></p:txBody></p:sp>"
    return slide("<p:grpSp>" * depth + shape + "</p:grpSp>" * depth)


def nested_tables(depth: int) -> bytes:
    return word("<w:tbl><w:tr><w:tc>" * depth + paragraph(BODY) + "</w:tc></w:tr></w:tbl>" * depth)


def hwpx(section: str, *, prolog: str = XML, **extra: bytes | str) -> bytes:
    names = (
        'xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph"'
    )
    listing = (
        f'{XML}<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:manifest>'
        '<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/></opf:manifest>'
        '<opf:spine><opf:itemref idref="section0"/></opf:spine></opf:package>'
    )
    parts: dict[str, bytes | str] = {
        "mimetype": "application/hwp+zip",
        "Contents/content.hpf": listing,
        "Contents/section0.xml": f"{prolog}<hs:sec {names}>{section}</hs:sec>",
    }
    return archive(parts | extra)


def hwpx_text(text: str) -> str:
    return f'<hp:p id="0"><hp:run charPrIDRef="0">{text}</hp:run></hp:p>'


def hwpx_spans() -> bytes:
    one = (
        '<hp:tc><hp:subList><hp:p id="0"><hp:run charPrIDRef="0"><hp:t>값</hp:t></hp:run></hp:p></hp:subList>'
        '<hp:cellAddr colAddr="0" rowAddr="{row}"/><hp:cellSpan colSpan="1000000" rowSpan="1000000"/></hp:tc>'
    )
    rows = "".join(f"<hp:tr>{one.format(row=row)}</hp:tr>" for row in range(3))
    return hwpx(hwpx_text(f'<hp:tbl rowCnt="1000000" colCnt="1000000">{rows}</hp:tbl>'))


def hwpx_nested(depth: int) -> bytes:
    before = (
        '<hp:p id="0"><hp:run charPrIDRef="0"><hp:tbl rowCnt="1" colCnt="2"><hp:tr><hp:tc><hp:subList>'
        "<hp:p><hp:run><hp:t>가</hp:t></hp:run></hp:p>"
    )
    after = "</hp:subList></hp:tc></hp:tr></hp:tbl></hp:run></hp:p>"
    return hwpx(before * depth + hwpx_text("<hp:t>끝</hp:t>") + after * depth)


def locked_hwpx() -> bytes:
    manifest = (
        '<odf:manifest xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><odf:file-entry '
        'full-path="Contents/section0.xml" media-type="application/xml" size="10"><odf:encryption-data/>'
        "</odf:file-entry></odf:manifest>"
    )
    return hwpx(hwpx_text("<hp:t>가</hp:t>"), **{"META-INF/manifest.xml": manifest})


def attached_template() -> bytes:
    relations = (
        f'{XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" TargetMode="External" '
        f'Type="{_OFFICE}/attachedTemplate" Target="file:///etc/passwd"/><Relationship Id="r2" TargetMode="External" '
        f'Type="{_OFFICE}/image" Target="http://192.0.2.1/x.png"/></Relationships>'
    )
    return word(paragraph(BODY), **{"word/_rels/document.xml.rels": relations})


def macro_by_type() -> bytes:
    override = '<Override PartName="/word/data.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    text = f"{XML}<w:document {_WORD}><w:body>{paragraph(BODY)}</w:body></w:document>"
    return package("word", {"word/document.xml": text, "word/data.bin": b"\0"}, types=override)


_INCLUDE: Final = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/passwd"/>'
_COMMENT: Final = f"<!--{'x' * 40_000}-->"
_DEEP: Final = (LoadReason.TOO_COMPLEX,)
_GREEDY: Final = (LoadReason.TOO_COMPLEX, LoadReason.TIMEOUT, LoadReason.MEMORY)

WORD_KINDS: Final[dict[str, Kind]] = {
    "docx, billion laughs": kind(
        ".docx", lambda: word(paragraph("&i;"), prolog=XML + LAUGHS), LoadReason.EXTERNAL_ENTITY
    ),
    "docx, entity of a file of the system": kind(
        ".docx", lambda: word(paragraph("&i;"), prolog=XML + OUTSIDE), LoadReason.EXTERNAL_ENTITY
    ),
    "docx, the same in UTF-16": kind(
        ".docx",
        lambda: package(
            "word",
            {
                "word/document.xml": (
                    f'<?xml version="1.0" encoding="UTF-16"?>{OUTSIDE}<w:document {_WORD}><w:body>'
                    f"{paragraph('&i;')}</w:body></w:document>"
                ).encode("utf-16")
            },
        ),
        LoadReason.EXTERNAL_ENTITY,
    ),
    "docx, the same behind a long comment": kind(
        ".docx",
        lambda: word(paragraph("&i;" + BODY), prolog=XML + _COMMENT + OUTSIDE),
        LoadReason.EXTERNAL_ENTITY,
    ),
    "docx, includes a file of the system": kind(".docx", lambda: word(paragraph(BODY) + _INCLUDE), READ),
    "docx, template and picture elsewhere": kind(".docx", attached_template, READ),
    "docx, elements 100,000 deep": kind(".docx", lambda: word("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000), *_DEEP),
    "docx, tables 400 deep": kind(".docx", lambda: nested_tables(400), *_DEEP),
    "docx, 300,000 paragraphs": kind(".docx", lambda: word(paragraph("가" * 12) * 300_000), *_GREEDY, READ),
    "docx, text without end": kind(".docx", lambda: word(paragraph("a" * BIG)), LoadReason.BOMB),
    "docx, 5,100 parts": kind(
        ".docx",
        lambda: word(paragraph(BODY), **{f"word/media/{n}.png": b"x" for n in range(5100)}),
        LoadReason.TOO_COMPLEX,
    ),
    "docx, a picture without end": kind(
        ".docx", lambda: word(paragraph(BODY), **{"word/media/a.bmp": zeros(BIG)}), LoadReason.BOMB
    ),
    "docx, with a macro": kind(
        ".docx", lambda: word(paragraph(BODY), **{"word/vbaProject.bin": b"\0"}), LoadReason.MACRO
    ),
    "docx, with a macro under another name": kind(".docx", macro_by_type, LoadReason.MACRO),
    "docx, cut off": kind(".docx", half(lambda: word(paragraph(BODY) * 500)), LoadReason.TRUNCATED),
    "docx, without its text": kind(
        ".docx", lambda: package("word", {"word/other.xml": f"{XML}<x/>"}), LoadReason.DAMAGED
    ),
    "docx, text that is no XML": kind(
        ".docx", lambda: package("word", {"word/document.xml": b"\0\1\2<<<"}), LoadReason.DAMAGED
    ),
    "docx, blank": kind(".docx", lambda: word(""), LoadReason.NO_TEXT),
}

SHEET_KINDS: Final[dict[str, Kind]] = {
    "xlsx, one cell in the last corner": kind(
        ".xlsx",
        lambda: sheet(f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'),
        *(READ, LoadReason.TOO_COMPLEX),
    ),
    "xlsx, says it is as large as can be": kind(
        ".xlsx",
        lambda: sheet(f'<row r="1">{cell("A1")}</row>', before='<dimension ref="A1:XFD1048576"/>'),
        *(READ, LoadReason.TOO_COMPLEX),
    ),
    "xlsx, one merged cell as large as can be": kind(
        ".xlsx",
        lambda: sheet(
            f'<row r="1">{cell("A1")}</row>', after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        ),
        *(READ, LoadReason.TOO_COMPLEX),
    ),
    "xlsx, a long text in 3,000 cells": kind(
        ".xlsx",
        lambda: sheet(
            "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 3001)),
            strings=f"<si><t>{'가' * 30_000}</t></si>",
        ),
        LoadReason.TOO_COMPLEX,
    ),
    "xlsx, 300,000 cells": kind(
        ".xlsx",
        lambda: sheet(
            "".join(f'<row r="{n}">{cell(f"A{n}") + cell(f"B{n}") + cell(f"C{n}")}</row>' for n in range(1, 100_001))
        ),
        *_GREEDY,
    ),
    "xlsx, entity of a file of the system": kind(
        ".xlsx",
        lambda: sheet(f'<row r="1">{cell("A1", "&i;")}</row>', prolog=XML + OUTSIDE),
        LoadReason.EXTERNAL_ENTITY,
    ),
    "xlsx, with a macro": kind(
        ".xlsx", lambda: package("xl", {"xl/workbook.xml": "<x/>", "xl/vbaProject.bin": b"\0"}), LoadReason.MACRO
    ),
    "xlsx, with a sheet of old macros": kind(
        ".xlsx",
        lambda: package("xl", {"xl/workbook.xml": "<x/>", "xl/macrosheets/sheet1.xml": "<x/>"}),
        LoadReason.MACRO,
    ),
    "xlsx, a cell that names no string": kind(
        ".xlsx",
        lambda: sheet('<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>'),
        *(LoadReason.DAMAGED, LoadReason.NO_TEXT),
    ),
    "pptx, groups 5,000 deep": kind(".pptx", lambda: groups(5000), *_DEEP, LoadReason.DAMAGED),
    "pptx, with a macro": kind(
        ".pptm", lambda: package("ppt", {"ppt/presentation.xml": "<x/>", "ppt/vbaProject.bin": b"\0"}), LoadReason.MACRO
    ),
    "pptx, cut off": kind(".pptx", half(lambda: groups(500)), LoadReason.TRUNCATED),
}

HWPX_KINDS: Final[dict[str, Kind]] = {
    "hwpx, billion laughs": kind(
        ".hwpx",
        lambda: hwpx(hwpx_text("<hp:t>&i;</hp:t>"), prolog=XML + LAUGHS),
        LoadReason.EXTERNAL_ENTITY,
    ),
    "hwpx, entity of a file of the system": kind(
        ".hwpx",
        lambda: hwpx(hwpx_text("<hp:t>&i;</hp:t>"), prolog=XML + OUTSIDE),
        LoadReason.EXTERNAL_ENTITY,
    ),
    "hwpx, cells over a million columns": kind(".hwpx", hwpx_spans, LoadReason.TOO_COMPLEX),
    "hwpx, tables 300 deep": kind(".hwpx", lambda: hwpx_nested(300), *_DEEP),
    "hwpx, elements 100,000 deep": kind(
        ".hwpx", lambda: hwpx(hwpx_text("<hp:t>" * 100_000 + "</hp:t>" * 100_000)), *_DEEP
    ),
    "hwpx, text without end": kind(".hwpx", lambda: hwpx(hwpx_text(f"<hp:t>{'a' * BIG}</hp:t>")), LoadReason.BOMB),
    "hwpx, locked by a password": kind(".hwpx", locked_hwpx, LoadReason.PASSWORD),
    "hwpx, blank": kind(".hwpx", lambda: hwpx(hwpx_text("<hp:t> </hp:t>")), LoadReason.NO_TEXT),
    "hwpx, cut off": kind(".hwpx", half(lambda: hwpx(hwpx_text(f"<hp:t>{BODY}</hp:t>") * 500)), LoadReason.TRUNCATED),
}
