"""What every loader owes its callers, whatever the format."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import docx
import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load, loader_for, media_types, sniff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = "이 규정은 개인정보를 보호하기 위하여 필요한 사항을 정한다."
SECOND = "담당 부서는 매년 3월 31일까지 계획을 세운다."
HIDDEN = "개\u200b인\u202e정\u2066보\U000e0041\ufeff"
BINARY = {".pdf", ".docx", ".hwpx", ".xlsx", ".pptx", ".msg", ".zip", ".hwp", ".hml"}
# All but PDF, which draws glyphs: the font has none for these.
WRITES_ANY_CHARACTER = [
    *(".md", ".txt", ".csv", ".html", ".docx", ".hwpx", ".xlsx", ".pptx", ".eml", ".msg", ".zip", ".hwp", ".hml")
]


def reason(path: Path, **options: object) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(path, **options)  # type: ignore[arg-type]
    return caught.value.reason


def test_text_comes_back_in_order(ending: str, make: Callable[..., Path]) -> None:
    document = load(make(ending, BODY, SECOND))

    assert BODY in document.text
    assert document.text.index(BODY) < document.text.index(SECOND)
    assert document.title
    assert document.warnings == ()
    assert document.media_type in media_types()


def test_blocks_lie_in_the_text_in_order_and_hold_all_of_it(ending: str, make: Callable[..., Path]) -> None:
    document = load(make(ending, BODY, SECOND))

    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end <= len(document.text)
        assert not document.text[position : block.start].strip()
        position = block.end
    assert not document.text[position:].strip()


def test_the_loader_names_itself_and_its_revision(ending: str, make: Callable[..., Path]) -> None:
    path = make(ending, BODY)
    loader = loader_for(sniff(path, path.name))

    document = load(path)

    assert document.loader == f"{loader.name}/{loader.revision}"
    assert document.media_type in loader.media_types


def test_the_same_file_gives_the_same_document(ending: str, make: Callable[..., Path]) -> None:
    path = make(ending, BODY, SECOND)

    assert load(path) == load(path)


def test_the_owner_s_file_name_is_the_title_where_the_document_has_none(make: Callable[..., Path]) -> None:
    for ending in (".txt", ".csv", ".hwpx"):
        path = make(ending, BODY, name="d41d8cd9")
        assert load(path, filename=f"2026년 업무계획{ending}").title == "2026년 업무계획"


@pytest.mark.parametrize("ending", WRITES_ANY_CHARACTER)
def test_hidden_characters_are_gone(ending: str, make: Callable[..., Path]) -> None:
    document = load(make(ending, f"{HIDDEN} 보호"))

    assert "개인정보 보호" in document.text


@pytest.mark.parametrize("ending", WRITES_ANY_CHARACTER)
def test_decomposed_hangul_is_composed(ending: str, make: Callable[..., Path]) -> None:
    document = load(make(ending, "\u1112\u1161\u11ab\u1100\u1173\u11af 문서"))  # ㅎㅏㄴㄱㅡㄹ as macOS writes it

    assert "한글 문서" in document.text


def test_no_bytes_is_empty(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"empty{ending}"
    path.write_bytes(b"")

    assert reason(path) is LoadReason.EMPTY


def test_no_words_is_said(ending: str, make: Callable[..., Path], tmp_path: Path) -> None:
    if ending in BINARY - {".docx"}:
        path = make(ending, " ")
        expected = LoadReason.EMPTY if ending == ".zip" else LoadReason.NO_TEXT
    elif ending == ".docx":
        path = tmp_path / "blank.docx"
        docx.Document().save(str(path))
        expected = LoadReason.NO_TEXT
    else:
        path = tmp_path / f"blank{ending}"
        path.write_text("<html><body> </body></html>" if ending == ".html" else " \r\n\t\n", encoding="utf-8")
        expected = LoadReason.NO_TEXT if ending == ".html" else LoadReason.EMPTY

    assert reason(path) is expected


def test_random_bytes_are_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"noise{ending}"
    path.write_bytes(b"\x81\x00" + random.Random(7).randbytes(5000))  # noqa: S311 - noise, the same every time

    expected = LoadReason.DAMAGED if ending in BINARY else LoadReason.ENCODING
    assert reason(path) is (LoadReason.DAMAGED if ending == ".eml" else expected)


def test_half_a_file_is_damaged_or_still_text(ending: str, make: Callable[..., Path]) -> None:
    path = make(ending, *[f"{BODY} {number}" for number in range(40)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])

    if ending in BINARY:
        assert reason(path) in {LoadReason.DAMAGED, LoadReason.TRUNCATED}
    else:
        assert BODY in load(path).text


def test_a_file_over_the_limit_is_not_opened(ending: str, make: Callable[..., Path]) -> None:
    path = make(ending, BODY)

    assert reason(path, limits=Limits(max_bytes=10)) is LoadReason.TOO_LARGE


def test_a_text_over_the_limit_is_too_complex(ending: str, make: Callable[..., Path]) -> None:
    path = make(ending, BODY, SECOND)

    assert reason(path, limits=Limits(max_chars=20)) is LoadReason.TOO_COMPLEX


def test_a_missing_file_is_an_error_of_loading(ending: str, tmp_path: Path) -> None:
    assert reason(tmp_path / f"gone{ending}") is LoadReason.DAMAGED
