from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from compound_file import compound_file

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import load, loader_for, media_types, sniff
from retrieval.loaders.registry import SUPPORTED_ENDINGS
from retrieval.loaders.sniffing import (
    BINARY,
    BMP,
    CSV,
    DOC,
    DOCX,
    EML,
    HTML,
    HWP,
    HWP3,
    HWPML,
    HWPX,
    JPEG,
    MARKDOWN,
    MSG,
    OLE,
    PDF,
    PLAIN,
    PNG,
    PPT,
    PPTX,
    TIFF,
    WEBP,
    XLS,
    XLSX,
    XML,
    ZIP,
    is_cut_off,
)

if TYPE_CHECKING:
    from pathlib import Path

MAIL = b"Received: by x\r\nFrom: a@b.kr\r\nSubject: x\r\nDate: today\r\n\r\nbody"
WIDE = '<?xml version="1.0" encoding="UTF-16"?><HWPML Version="2.8"/>'.encode("utf-16")


def ole(*streams: str) -> bytes:
    return compound_file(dict.fromkeys(streams, b"x"))


def zipped(*names: str, **members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {**dict.fromkeys(names, ""), **members}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.txt", b"%PDF-1.7\n", PDF),
        ("a.pdf", b"\xef\xbb\xbf\n%PDF-1.4", PDF),
        ("a.md", "# 제목".encode(), MARKDOWN),
        ("a.md", b"<html> in prose", MARKDOWN),
        ("a.txt", "글".encode("cp949"), PLAIN),
        ("a", "글".encode(), PLAIN),
        ("a.csv", b"a,b", CSV),
        ("a.html", b"<p>x</p>", HTML),
        ("a.xls", b"<html><table></table></html>", HTML),  # what many systems call an Excel export
        ("a.txt", b"  <!DOCTYPE HTML><html>", HTML),
        ("a.dat", b"\x00\x01\x02", BINARY),
        ("a.txt", b"\x89PNG\r\n\x1a\n", PNG),
        ("a.md", b"The mark %PDF-1.7 begins a PDF", MARKDOWN),
        ("a.zip", b"MZ\0\0 sfx \r\n%PDF-1.7", PDF),
        ("a.jpg", b"\xff\xd8\xff\xe0", JPEG),
        ("a", b"\x89PNG\r\n\x1a\n", PNG),
        ("a", b"II*\0", TIFF),
        ("a", b"RIFF\0\0\0\0WEBP", WEBP),
        ("a", b"BM\0\0\0\0\0\0\0\0", BMP),
        ("a.txt", b"BM is a company", PLAIN),
        ("a.hwp", b"HWP Document File V3.00 \x1a", HWP3),
        ("a.hml", b"<?xml version='1.0'?><HWPML/>", HWPML),
        ("a.hml", WIDE, HWPML),
        ("a.xml", b"<?xml version='1.0'?><a/>", XML),
        ("a.eml", b"Subject: x\n\nbody", EML),
        ("a.mht", b"From: <Saved by a browser>\r\n\r\nbody", EML),
        ("0f3a", MAIL, EML),
        ("a.txt", MAIL, PLAIN),
        ("a", b"Note: from me\n\nbody", PLAIN),
        ("a.hwp", ole("FileHeader", "BodyText/Section0"), HWP),
        ("a.doc", ole("FileHeader", "BodyText/Section0"), HWP),
        ("a.xls", ole("Workbook"), XLS),
        ("a.xls", ole("Book"), XLS),
        ("a.doc", ole("WordDocument", "1Table"), DOC),
        ("a.ppt", ole("PowerPoint Document"), PPT),
        ("a.msg", ole("__properties_version1.0", "__substg1.0_0037001F"), MSG),
        ("a.db", ole("Catalog"), OLE),
    ],
)
def test_content_comes_before_the_name(tmp_path: Path, name: str, data: bytes, media_type: str) -> None:
    (tmp_path / name).write_bytes(data)

    assert sniff(tmp_path / name, name) == media_type


@pytest.mark.parametrize(
    ("members", "media_type"),
    [
        ({"mimetype": "application/hwp+zip"}, HWPX),
        ({"Contents/content.hpf": ""}, HWPX),
        ({"[Content_Types].xml": "", "word/document.xml": ""}, DOCX),
        ({"[Content_Types].xml": "", "xl/workbook.xml": ""}, XLSX),
        ({"[Content_Types].xml": "", "ppt/presentation.xml": ""}, PPTX),
        ({"word/document.xml": ""}, ZIP),
        ({"문서.md": "# 제목"}, ZIP),
    ],
)
def test_containers_are_known_by_their_parts(tmp_path: Path, members: dict[str, str], media_type: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.bin", "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)

    assert sniff(tmp_path / "a.bin", "a.bin") == media_type


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.md", b"", LoadReason.EMPTY),
        ("a.docx", ole("EncryptionInfo", "EncryptedPackage"), LoadReason.PASSWORD),
        ("a.xlsx", ole("EncryptedPackage", "\x06DataSpaces/DRMEncryptedDataSpace"), LoadReason.DRM),
        ("a.doc", ole("WordDocument", "\tDRMContent"), LoadReason.DRM),
        ("a.hwp", b"SCDSA004" + bytes(99), LoadReason.DRM),
        ("a.hwp", b"\x9b DRMONE This Document is encrypted and protected by Fasoo DRM", LoadReason.DRM),
        ("a.hwp", b"<!-- MarkAny -->" + bytes(99), LoadReason.DRM),
        ("a.docx", "평범한 글".encode(), LoadReason.DAMAGED),
        ("a.eml", bytes(99), LoadReason.DAMAGED),
        ("a.hwpx", b"PK\x03\x04 and no more", LoadReason.TRUNCATED),
        ("a.hwpx", b"PK\x03\x04" + bytes(99), LoadReason.DAMAGED),
        ("a.zip", zipped("a.txt", "b.txt")[:-25], LoadReason.TRUNCATED),
        ("a.docm", zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), LoadReason.MACRO),
        ("a.docx", zipped("word/document.xml", "CUSTOM/VBAPROJECT.BIN"), LoadReason.MACRO),
        ("a.xlsx", zipped("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), LoadReason.MACRO),
        ("a.docx", zipped("word/a.xml", **{"[Content_Types].xml": "x.macroEnabled.main+xml"}), LoadReason.MACRO),
        ("a.xml", b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", LoadReason.EXTERNAL_ENTITY),
        ("a.html", b"<!DOCTYPE html [<!ENTITY a 'b'>]><html>&a;</html>", LoadReason.EXTERNAL_ENTITY),
        (
            "a.hml",
            WIDE.replace("<H".encode("utf-16-le"), "<!DOCTYPE a><H".encode("utf-16-le")),
            LoadReason.EXTERNAL_ENTITY,
        ),
        ("a.hwp", ole("BodyText/Section0")[:1000], LoadReason.TRUNCATED),
        ("a.hwp", ole("BodyText/Section0")[:300], LoadReason.TRUNCATED),
        ("a.hwp", ole("BodyText/Section0")[:30] + b"\x40" + ole("a")[31:], LoadReason.DAMAGED),
        ("a.doc", ole("WordDocument"), LoadReason.UNSUPPORTED),
        ("a.gif", b"GIF89a", LoadReason.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, reason: LoadReason) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(LoadError) as caught:
        load(tmp_path / name)
    assert caught.value.reason is reason


def test_the_owner_s_name_decides_between_kinds_of_text(tmp_path: Path) -> None:
    (tmp_path / "0f3a").write_text("# 제목\n\n본문", encoding="utf-8")

    assert load(tmp_path / "0f3a", filename="업무.md").media_type == MARKDOWN
    assert load(tmp_path / "0f3a", filename="업무.txt").media_type == PLAIN


def test_the_list_of_endings_promises_no_more_than_there_is() -> None:
    assert {".md", ".txt", ".csv", ".html", ".pdf", ".docx", ".hwp", ".hwpx", ".xlsx", ".pptx"} <= set(
        SUPPORTED_ENDINGS
    )
    for media_type in media_types():
        assert media_type in loader_for(media_type).media_types


@pytest.mark.parametrize(
    ("media_type", "data", "cut"),
    [(PDF, b"%PDF-1.7 x", True), (PDF, b"%PDF-1.7 %%EOF\r\n", False), (JPEG, b"\xff\xd8", True), (HTML, b"<p>", False)],
)
def test_a_missing_end_is_seen(tmp_path: Path, media_type: str, data: bytes, *, cut: bool) -> None:
    (tmp_path / "a").write_bytes(data)

    assert is_cut_off(tmp_path / "a", media_type) is cut


def test_a_directory_of_a_million_entries_costs_little(tmp_path: Path) -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0) + b"a"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 1, 1, 1, 0) + b"ax"
    directory = entry * 1_000_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(local), 0)
    (tmp_path / "a.zip").write_bytes(local + directory + end)
    del directory
    tracemalloc.start()
    try:
        assert sniff(tmp_path / "a.zip", "a.zip") == ZIP
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_large_compound_file_is_not_read_whole(tmp_path: Path) -> None:
    data = compound_file({"FileHeader": b"x", "BodyText/Section0": bytes(6_000_000)})
    (tmp_path / "a.hwp").write_bytes(data)
    del data
    tracemalloc.start()
    try:
        assert sniff(tmp_path / "a.hwp", "a.hwp") == HWP
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()
