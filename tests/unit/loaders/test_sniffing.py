from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import load, media_types, sniff
from retrieval.loaders.registry import SUPPORTED_ENDINGS
from retrieval.loaders.sniffing import BINARY, CSV, DOCX, HTML, HWP, HWPX, MARKDOWN, OLE, PDF, PLAIN, XLSX, ZIP

if TYPE_CHECKING:
    from pathlib import Path

OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


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
        ("a.txt", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.hwp", OLE_HEAD + "BodyText".encode("utf-16-le"), HWP),
        ("a.xls", OLE_HEAD + "Workbook".encode("utf-16-le"), OLE),
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
        ("a.docx", OLE_HEAD + "EncryptedPackage".encode("utf-16-le"), LoadReason.ENCRYPTED),
        ("a.docx", "평범한 글".encode(), LoadReason.DAMAGED),
        ("a.hwpx", b"PK\x03\x04 and no more", LoadReason.DAMAGED),
        ("a.hwp", OLE_HEAD + "BodyText".encode("utf-16-le"), LoadReason.UNSUPPORTED),
        ("a.jpg", b"\xff\xd8\xff\xe0", LoadReason.UNSUPPORTED),
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
    assert len(media_types()) == len({MARKDOWN, PLAIN, CSV, HTML, PDF, DOCX, HWPX})
    assert {".md", ".txt", ".csv", ".html", ".pdf", ".docx", ".hwpx"} <= set(SUPPORTED_ENDINGS)
