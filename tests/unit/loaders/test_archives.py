"""ZIP archives: names as they were meant, nothing that leads outside, nothing without bounds."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load
from retrieval.loaders._members import safe_path, size_text

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read(data: bytes, tmp_path: Path, **limits: int) -> ParsedDocument:
    path = tmp_path / "자료.zip"
    path.write_bytes(data)
    return load(path, limits=Limits(**limits))


def reason(data: bytes, tmp_path: Path, **limits: int) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        read(data, tmp_path, **limits)
    return caught.value.reason


def test_members_are_listed_and_handed_out(tmp_path: Path) -> None:
    document = read(packed({"계획/": b"", "계획/2026.md": "# 계획".encode(), "빈 글.txt": b""}), tmp_path)

    assert document.text == "이름 | 크기\n계획/2026.md | 8 B\n빈 글.txt | 0 B"
    assert [(one.name, one.data) for one in document.attachments] == [
        ("계획/2026.md", "# 계획".encode()),
        ("빈 글.txt", b""),
    ]
    assert document.title == "자료"


def test_names_in_the_code_page_of_korean_windows(tmp_path: Path) -> None:
    raw = "주차 요금표.md".encode("cp949")
    data = packed({"A" * len(raw): b"x"}).replace(b"A" * len(raw), raw)

    assert [one.name for one in read(data, tmp_path).attachments] == ["주차 요금표.md"]


def test_names_in_utf_8_that_do_not_say_so_and_decomposed_ones(tmp_path: Path) -> None:
    raw = "\u1112\u1161\u11ab\u1100\u1173\u11af.md".encode()
    data = packed({"A" * len(raw): b"x"}).replace(b"A" * len(raw), raw)

    assert [one.name for one in read(data, tmp_path).attachments] == ["한글.md"]


def test_paths_that_lead_outside_and_links_are_left_out_and_said(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("바로가기")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO(packed({"../../etc/a.md": b"x", "C:\\자료\\b.md": b"x", "/절대/c.md": b"x"}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(link, "/etc/passwd")

    document = read(buffer.getvalue(), tmp_path)

    assert [one.name for one in document.attachments] == ["자료/b.md", "절대/c.md"]
    assert len(document.warnings) == 2


def test_two_members_of_one_name_and_what_systems_leave_behind(tmp_path: Path) -> None:
    members = {"a.md": b"1", "./a.md": b"2", "__MACOSX/._a.md": b"x", ".DS_Store": b"x", "그림/Thumbs.db": b"x"}
    document = read(packed(members), tmp_path)

    assert [one.name for one in document.attachments] == ["a.md", "a (2).md"]


def test_bombs_are_refused_before_they_are_unpacked_in_full(tmp_path: Path) -> None:
    assert reason(packed({"a": bytes(30 << 20)}), tmp_path) is LoadReason.BOMB
    assert reason(packed({"a": bytes(5000)}), tmp_path, max_inflated_bytes=4000) is LoadReason.BOMB
    assert reason(packed({"a": b"ab" * 3000}), tmp_path, max_attachment_bytes=4000) is LoadReason.TOO_COMPLEX
    assert reason(packed({f"{n}": b"" for n in range(9)}), tmp_path, max_zip_entries=8) is LoadReason.TOO_COMPLEX


def test_a_member_that_lies_about_its_size_is_damaged(tmp_path: Path) -> None:
    data = packed({"a.txt": b"abcd" * 1000})
    lie = data.replace((4000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert reason(lie, tmp_path) is LoadReason.DAMAGED


def test_a_locked_member_needs_a_password(tmp_path: Path) -> None:
    data = bytearray(packed({"a.txt": b"x"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    data[6] |= 1

    assert reason(bytes(data), tmp_path) is LoadReason.PASSWORD


@pytest.mark.parametrize("member", ["META-INF/MANIFEST.MF", "AndroidManifest.xml", "[Content_Types].xml"])
def test_packages_of_other_kinds_are_no_archives(tmp_path: Path, member: str) -> None:
    assert reason(packed({member: b"x", "b": b"x"}), tmp_path) is LoadReason.UNSUPPORTED


def test_an_archive_of_nothing_is_empty(tmp_path: Path) -> None:
    assert reason(packed({"a/": b"", "__MACOSX/a": b"x"}), tmp_path) is LoadReason.EMPTY


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/../b", None), ("a\\b", "a/b"), ("//a//b/.", "a/b"), ("..", None), ("", None), ("가\u202e나\n.md", "가나 .md")],
)
def test_a_path_is_brought_into_one_form(name: str, expected: str | None) -> None:
    assert safe_path(name) == expected


def test_sizes_as_people_write_them() -> None:
    assert [size_text(size) for size in (0, 1023, 1536, 5 << 20)] == ["0 B", "1023 B", "1.5 KB", "5.0 MB"]
