"""What is sealed opens with its key alone, and the key of a home is made once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ErrorCode, Failure
from assistant.sealing import KEY_FILE, FernetSealer, load_or_create_key

if TYPE_CHECKING:
    from pathlib import Path

ONE = FernetSealer("k" * 32)
OTHER = FernetSealer("o" * 32)


@given(st.text(st.characters()))
def test_what_is_sealed_opens_again(text: str) -> None:
    assert ONE.open(ONE.seal(text)) == text


def test_a_lone_surrogate_survives() -> None:
    assert ONE.open(ONE.seal("가\ud800")) == "가\ud800"


def test_the_sealed_form_tells_nothing() -> None:
    text = "900101-1234567"
    assert text.encode() not in ONE.seal(text)
    assert ONE.seal(text) != ONE.seal(text)


def test_another_key_or_an_altered_seal_is_refused() -> None:
    sealed = ONE.seal("비밀")
    with pytest.raises(ValueError, match="another key"):
        OTHER.open(sealed)
    for broken in (sealed[:-1], b"", b"nonsense", sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]):
        with pytest.raises(ValueError, match="another key"):
            ONE.open(broken)


def test_digests_are_equal_for_equal_texts_under_one_key_only() -> None:
    assert ONE.digest("가") == FernetSealer("k" * 32).digest("가")
    assert len({ONE.digest("가"), ONE.digest("나"), OTHER.digest("가")}) == 3
    assert len(ONE.digest("")) == 64


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        FernetSealer("password")


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    key = load_or_create_key(home)
    assert load_or_create_key(home) == key
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_FILE]
    assert load_or_create_key(tmp_path / "elsewhere") != key
    assert FernetSealer(key).open(FernetSealer(key).seal("가")) == "가"


def test_programs_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    start, keys = threading.Barrier(8), []

    def load() -> None:
        start.wait()
        keys.append(load_or_create_key(tmp_path))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_file_that_holds_no_key_is_told(tmp_path: Path) -> None:
    for content in (b"", b"short\n", "가".encode() * 40):
        (tmp_path / KEY_FILE).write_bytes(content)
        with pytest.raises(Failure) as raised:
            load_or_create_key(tmp_path)
        assert raised.value.code is ErrorCode.SETTINGS_INVALID


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(Failure) as raised:
        load_or_create_key(tmp_path / "file")
    assert raised.value.code is ErrorCode.HOME_NOT_WRITABLE
