from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.ingestion.intake import clean_filename, inspect, load_code, walk
from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("reason", LoadReason)
def test_every_load_reason_is_an_error_code(reason: LoadReason) -> None:
    assert load_code(LoadError(reason)).value == reason.value


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("보고서.hwpx", "보고서.hwpx"),
        (unicodedata.normalize("NFD", "보고서.hwpx"), "보고서.hwpx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\문서\\보고서.pdf", "보고서.pdf"),
        ("a\x00b\u202ecod.txt", "abcod.txt"),
        ("가" * 300 + ".md", "가" * 252 + ".md"),
        ("/", "document"),
    ],
)
def test_file_names(given: str, stored: str) -> None:
    assert clean_filename(given) == stored


def test_a_kind_names_its_loader(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_text("# 제목\n\n본문", encoding="utf-8")
    kind = inspect(path, "문서.md", max_bytes=1000)
    assert kind.media_type == "text/markdown"
    assert kind.loader.startswith("markdown/")


def test_not_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "none"):
        with pytest.raises(Failure) as refused:
            inspect(path, path.name, max_bytes=1000)
        assert refused.value.code is ErrorCode.PATH_NOT_FOUND


def test_walk_does_not_run_in_circles(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b" / "x.md").write_text("x")
    (tmp_path / "a.md").symlink_to(tmp_path / "b" / "x.md")
    assert [path.relative_to(tmp_path).as_posix() for path in walk([tmp_path])] == ["a.md", "b/x.md"]
