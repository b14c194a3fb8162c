from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.chunking import chunk, outline
from retrieval.types import ChunkKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.types import ParsedDocument

    Reader = Callable[[str], ParsedDocument]

ACT = r"""---
제목: 시험법
---

# 시험법

## 제1편 총칙

### 제1장 통칙

##### 제1조 (목적)

이 법은 시험을 목적으로 한다.

##### 제2조의2 (정의)

**①** 이 법에서 "시험"이란 제3조(기준)에 따른 것을 말한다.

**②** 그 밖의 용어는 다음 각 호와 같다.
  1\. 첫째
    가\. 하나
  2\. 둘째

##### 제3조

삭제 <2020.2.4>

### 제2장 보칙

##### 제4조 (위임)

필요한 사항은 대통령령으로 정한다.

## 부칙

부칙 <제10465호,2011.3.29>


제1조(시행일) 이 법은 공포한 날부터 시행한다.


제2조(다른 법률의 개정) ① 개인정보 보호법 일부를 다음과 같이 개정한다.


제5조제1항 중 "갑"을 "을"로 한다.

부칙(정부조직법) <제11690호,2013.3.23>


이 법은 공포한 날부터 시행한다.
"""

ORDINANCE_TEXT = """부산광역시 시험 조례

제1장 총칙

제1조(목적) 이 조례는 시험에 필요한 사항을 정한다.

제2조(정의) ① 이 조례에서 “시험”이란 다음과 같다.
1. 첫째
제3조(준용)에 따른 사항은 제외한다.
제12조의2(준용) ① 제1조를 준용한다.
제13조 삭제 <2020. 1. 1.>
제14조(위임)
필요한 사항은 규칙으로 정한다.
제15조

삭제 <2020. 1. 1.>
제16조(벌칙) 제12조의2제1항을 위반한 자는 처벌한다.

부칙 (2019. 9. 25. 조례 제5981호)
제1조(시행일) 이 조례는 공포한 날부터 시행한다.
부칙 <2021. 1. 1.>
이 조례는 2021년 1월 1일부터 시행한다.

[별표 1] 수수료(제12조의2 관련)
구분 금액
제1조(목적) 이 줄은 별표의 글이다.
"""


def articles(document: ParsedDocument) -> list[tuple[str | None, str | None]]:
    return [(c.locator.article, c.locator.article_title) for c in chunk(document) if c.kind is ChunkKind.BODY]


def test_every_article_is_a_chunk_with_its_place(markdown: Reader) -> None:
    document = markdown(ACT)

    first, second, third, fourth = [c for c in chunk(document) if c.kind is ChunkKind.BODY]
    assert first.text == "제1조 (목적)\n\n이 법은 시험을 목적으로 한다."
    assert first.locator.article == "제1조"
    assert first.locator.article_title == "목적"
    assert first.locator.heading == ("제1편 총칙", "제1장 통칙", "제1조 (목적)")
    assert (second.locator.article, second.locator.article_title) == ("제2조의2", "정의")
    assert second.text.endswith("  1. 첫째\n    가. 하나\n  2. 둘째")
    assert third.text == "제3조\n\n삭제 <2020.2.4>"
    assert third.locator.article == "제3조"
    assert fourth.locator.heading == ("제1편 총칙", "제2장 보칙", "제4조 (위임)")


def test_supplementary_provisions_are_no_articles_of_the_law(markdown: Reader) -> None:
    first, second = [c for c in chunk(markdown(ACT)) if "부칙" in c.text]

    assert first.kind is second.kind is ChunkKind.SUPPLEMENTARY
    assert first.locator.heading == ("부칙 <제10465호,2011.3.29>",)
    assert first.locator.article is None
    assert first.text.startswith("부칙\n\n부칙 <제10465호,2011.3.29>")
    assert "제1조(시행일)" in first.text
    assert second.locator.heading == ("부칙(정부조직법) <제11690호,2013.3.23>",)


def test_bare_headings_of_a_law_are_set_aside(markdown: Reader) -> None:
    aside = [c.text for c in chunk(markdown(ACT)) if c.kind is ChunkKind.SUPPLEMENTARY and "부칙" not in c.text]

    assert aside == ["시험법\n\n제1편 총칙\n\n제1장 통칙", "제2장 보칙"]


@pytest.mark.parametrize("level", [1, 2, 3, 6])
def test_articles_are_known_at_any_level_of_heading(markdown: Reader, level: int) -> None:
    mark = "#" * level
    document = markdown(
        f"{mark} 제1장 총칙\n\n{mark} 제1조(목적)\n\n글\n\n{mark} 제2조 정의\n\n글\n\n"
        f"{mark} 부칙\n\n{mark} 제1조(시행일)\n\n글"
    )

    assert articles(document) == [("제1조", "목적"), ("제2조", "정의")]
    last = chunk(document)[-1]
    assert (last.kind, last.locator.article, last.locator.heading) == (ChunkKind.SUPPLEMENTARY, None, ("부칙",))
    assert [c.locator.heading[0] for c in chunk(document) if c.locator.article] == ["제1장 총칙"] * 2


@pytest.mark.parametrize("heading", ["제3조에 따른 계획", "제12조제3항", "제3조 관련 서식", "제1조의2에 대하여"])
def test_a_heading_that_refers_to_an_article_is_none(markdown: Reader, heading: str) -> None:
    assert articles(markdown(f"# 해설\n\n## {heading}\n\n글")) == [(None, None)]


def test_articles_in_running_text(plain: Reader) -> None:
    document = plain(ORDINANCE_TEXT)

    assert articles(document) == [
        ("제1조", "목적"),
        ("제2조", "정의"),
        ("제12조의2", "준용"),
        ("제13조", "삭제"),
        ("제14조", "위임"),
        ("제15조", None),
        ("제16조", "벌칙"),
        (None, None),  # 별표
    ]
    chunks = chunk(document)
    assert chunks[1].locator.heading == ("제1장 총칙", "제1조(목적)")
    assert "제3조(준용)에 따른" in chunks[2].text
    supplements = [c.locator.heading for c in chunks if c.text.startswith("부칙")]
    assert supplements == [("부칙 (2019. 9. 25. 조례 제5981호)",), ("부칙 <2021. 1. 1.>",)]
    assert chunks[-1].locator.heading == ("[별표 1] 수수료(제12조의2 관련)",)
    assert chunks[-1].kind is ChunkKind.BODY


@pytest.mark.parametrize(
    "line",
    [
        "제15조(제28조제10항에서 준용하는 경우를 포함한다)를 위반하여 한 자",
        "제196조(選擧의 延期)의 규정에 의한 연기된 선거",
        "제113조(寄附行爲制限) 또는 제114조(家族 등의 寄附行爲制限)에 따른 자",
        "제32조(제1항제4호를 제외한다), 제33조, 제34조",
        "제5조제1항 중 “갑”을 “을”로 한다.",
        "제1장에서 정한 사항은 다음과 같다.",
        "부칙 제2조에 따라 시행한다.",
        "별표 1의 기준에 따른다.",
        "별표에서 정한 금액으로 한다.",
    ],
)
def test_a_reference_at_the_beginning_of_a_line_starts_nothing(plain: Reader, line: str) -> None:
    document = plain(f"제1조(목적) 이 조례는 다음을 정한다.\n{line}\n제200조(끝) 끝낸다.")

    assert [c.locator.article for c in chunk(document)] == ["제1조", "제200조"]


def test_a_line_like_an_article_is_text_where_headings_name_them(markdown: Reader) -> None:
    document = markdown(
        "# 법\n\n##### 제1조 (목적)\n\n다음과 같다.\n제2조(정의) 인용한 줄이다.\n\n##### 제2조 (정의)\n\n글"
    )

    assert articles(document) == [("제1조", "목적"), ("제2조", "정의")]


def test_a_long_article_is_cut_at_its_own_levels(markdown: Reader) -> None:
    paragraphs = "\n\n".join(f"**{mark}** 항의 글이다. {'가나다라 ' * 20}" for mark in "①②③④⑤⑥")
    document = markdown(f"# 법\n\n##### 제7조 (기준)\n\n{paragraphs}\n\n##### 제8조 (끝)\n\n글")

    parts = [c for c in chunk(document, max_chars=300) if c.locator.article == "제7조"]

    assert len(parts) == 3
    assert {c.locator for c in parts} == {parts[0].locator}
    assert parts[0].text.startswith("제7조 (기준)\n\n①")
    assert [c.text[0] for c in parts[1:]] == ["③", "⑤"]
    assert all(len(c.text) <= 300 for c in parts)


def test_a_long_paragraph_is_cut_at_subparagraphs_then_sentences(markdown: Reader) -> None:
    sentence = "이 문장은 서른 글자쯤 되는 것으로서 2026. 4. 6. 시행한다. <개정 2026.4.6>"
    document = markdown(
        "# 법\n\n##### 제9조 (기준)\n\n**①** 다음 각 호와 같다.\n"
        + "".join(f"  {number}\\. {'글' * 60}\n" for number in range(1, 5))
        + f"\n**②** {' '.join([sentence] * 12)}"
    )

    parts = [c.text for c in chunk(document, max_chars=200) if c.locator.article]

    assert parts[0].startswith("제9조 (기준)\n\n① 다음 각 호와 같다.\n  1. ")
    assert [part.split(".")[0] for part in parts[1:2]] == ["3"]
    assert parts[1].split("\n  ")[1].startswith("4. ")
    assert len(parts) > 4
    assert all(part.endswith("<개정 2026.4.6>") for part in parts[2:])
    assert all(part.startswith(("② 이 문장은", "이 문장은")) for part in parts[2:])


def test_a_heading_is_never_left_alone(markdown: Reader) -> None:
    document = markdown(f"# 법\n\n##### 제9조 (기준)\n\n**①** {'가나다 ' * 100}\n\n**②** 짧다.")

    assert chunk(document, max_chars=200)[1].text.startswith("제9조 (기준)\n\n① 가나다")


def test_words_are_whole_and_only_an_endless_one_is_cut(plain: Reader) -> None:
    words = [f"낱말{number}" for number in range(200)]
    text = " ".join(words)

    parts = [c.text for c in chunk(plain(text), max_chars=50)]
    assert " ".join(parts).split() == words

    endless = chunk(plain("가" * 120), max_chars=50)
    assert [len(c.text) for c in endless] == [50, 50, 20]


def test_the_outline_lists_what_a_reader_looks_for(markdown: Reader, plain: Reader) -> None:
    marked = outline(markdown(ACT))
    assert [(entry.level, entry.text) for entry in marked] == [
        (1, "시험법"),
        (2, "제1편 총칙"),
        (3, "제1장 통칙"),
        (5, "제1조 (목적)"),
        (5, "제2조의2 (정의)"),
        (5, "제3조"),
        (3, "제2장 보칙"),
        (5, "제4조 (위임)"),
        (2, "부칙"),
        (3, "부칙 <제10465호,2011.3.29>"),
        (3, "부칙(정부조직법) <제11690호,2013.3.23>"),
    ]
    document = plain(ORDINANCE_TEXT)
    for entry in outline(document):
        assert document.text.startswith(entry.text.split("(")[0].split(" ")[0], entry.start)
    assert "제12조의2(준용)" in [entry.text for entry in outline(document)]
