from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders._text import TRUNCATED, clean, decode, one_line

LAW = "제1조(목적) 이 조례는 데이터를 기반으로 한 행정의 활성화에 필요한 사항을 규정한다.\n① 시장은 “계획”을 세운다."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949", "euc-kr"])
def test_every_encoding_of_korean_offices_is_read(encoding: str) -> None:
    assert decode(LAW.encode(encoding)) == (LAW, ())


def test_big_endian_utf16_is_read_by_its_mark() -> None:
    assert decode(b"\xfe\xff" + LAW.encode("utf-16-be")) == (LAW, ())


@pytest.mark.parametrize(
    "data",
    [
        "Grüße aus Köln, für die Bürger".encode("latin-1"),
        "日本語の文書です。これは日本語です。".encode("shift-jis"),
        LAW.encode("utf-16-le"),  # no mark: NULs between the letters, or no reading at all
        b"\x00\x01\x02 text",
    ],
)
def test_what_is_none_of_these_is_refused(data: bytes) -> None:
    with pytest.raises(LoadError) as caught:
        decode(data)
    assert caught.value.reason is LoadReason.ENCODING


def test_a_character_cut_at_the_end_is_dropped_and_said() -> None:
    assert decode("가나다".encode()[:-1]) == ("가나", (TRUNCATED,))


def test_a_wrong_byte_in_the_middle_is_not_overlooked() -> None:
    with pytest.raises(LoadError):
        decode("가나다".encode() + b"\xff\xff" + "라마바".encode())


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("개\u200b인\u200d정\u2060보", "개인정보"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("안\U000e0049\U000e0067전", "안전"),
        ("공\ufe0f개", "공개"),
        ("소\u00ad프트", "소프트"),
        ("글\x00\x07\x1b머리", "글머리"),
        ("\ufeff시작", "시작"),
        ("가\u00a0나\u3000다\u3164라", "가 나 다 라"),
        ("한 줄\r\n두 줄\r세 줄\u2028네 줄\x0c다섯", "한 줄\n두 줄\n세 줄\n네 줄\n다섯"),
        ("\u1112\u1161\u200b\u11ab", "한"),  # composed although something invisible stood between the letters
        ("탭\t은 남는다 ① ㉮ 「법」 · ㆍ", "탭\t은 남는다 ① ㉮ 「법」 · ㆍ"),
    ],
)
def test_only_what_can_be_seen_remains(dirty: str, shown: str) -> None:
    assert clean(dirty) == shown


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(char) in {"Cs", "Co"} for char in once)


def test_one_line_has_single_spaces() -> None:
    assert one_line("  제1장 \n\t 총칙\u00a0 ") == "제1장 총칙"


def test_words_of_hancom_s_own_fonts_are_read() -> None:
    assert clean("\uf53a글 문서, (주)\U000f03ef\U000f03f0\U000f03f1\U000f03f2\U000f03f3\U000f03f4") == (
        "ᄒᆞᆫ글 문서, (주)한글과컴퓨터"
    )
