from __future__ import annotations

import pytest

from retrieval.query import QueryReader, Rank, TitleBook, Why, understand
from retrieval.query.lexicon import Lexicon, Row
from retrieval.query.understand import clean
from retrieval.query.vocabulary import Vocabulary

TITLES = [
    "주민등록법",
    "주민등록법 시행령",
    "민원 처리에 관한 법률",
    "소음ㆍ진동관리법",
    "여권법",
    "부산광역시 개인형 이동장치 이용안전 증진 조례",
]


@pytest.fixture(scope="module")
def book() -> TitleBook:
    return TitleBook(TITLES)


@pytest.fixture(scope="module")
def reader(book: TitleBook) -> QueryReader:
    lexicon = Lexicon([Row(("전단지",), ("광고물", "벽보"))])
    return QueryReader(book, lexicon, Vocabulary({"민원": 900, "신청": 900, "과태료": 900}))


def named(reader: QueryReader, text: str, before: str = "") -> list[tuple[str | None, str | None, int | None]]:
    return [(one.title, one.article, one.paragraph) for one in reader.understand(text, before=before).references]


@pytest.mark.parametrize(
    ("text", "title", "article", "paragraph"),
    [
        ("민원처리법 23조", "민원 처리에 관한 법률", "제23조", None),
        ("민원 처리에 관한 법률 제23조제2항", "민원 처리에 관한 법률", "제23조", 2),
        ("민원처리에관한법률 제２３조", "민원 처리에 관한 법률", "제23조", None),
        ("주민등록법시행령 제 5 조", "주민등록법 시행령", "제5조", None),
        ("주민등록법 10-2조", "주민등록법", "제10조의2", None),
        ("소음·진동관리법 제21조", "소음ㆍ진동관리법", "제21조", None),
        ("개인형 이동장치 이용안전 증진 조례 3조", TITLES[5], "제3조", None),
        ("개보법 15조 1항", "개인정보 보호법", "제15조", 1),
        ("청탁금지법(김영란법) 8조", "부정청탁 및 금품등 수수의 금지에 관한 법률", "제8조", None),
    ],
)
def test_references(reader: QueryReader, text: str, title: str, article: str, paragraph: int | None) -> None:
    assert named(reader, text) == [(title, article, paragraph)]


def test_the_same_law_is_the_one_named_last_also_in_the_question_before(reader: QueryReader) -> None:
    assert named(reader, "주민등록법 10조와 같은 법 시행령 5조의2") == [
        ("주민등록법", "제10조", None),
        ("주민등록법 시행령", "제5조의2", None),
    ]
    assert named(reader, "같은 법 3조는?", before="여권법 9조") == [("여권법", "제3조", None)]
    assert named(reader, "동법 3조") == [(None, "제3조", None)]


@pytest.mark.parametrize("text", ["5조원 예산", "참여권법률", "지방세법률", "여권법률상담", "방법을 알려 주세요", ""])
def test_what_is_no_reference(reader: QueryReader, text: str) -> None:
    assert named(reader, text) == []


def test_how_sure_a_reference_is_and_whether_the_law_is_at_hand(reader: QueryReader) -> None:
    exact, short, absent = (
        reader.understand(text).references[0] for text in ("주민등록법 1조", "민원처리법 1조", "개보법 1조")
    )
    assert exact.exactness == 1.0 > short.exactness
    assert (exact.held, short.held, absent.held) == (True, True, False)
    assert exact.rank is Rank.ACT


def test_a_question_is_read_as_a_whole(reader: QueryReader) -> None:
    query = reader.understand("tlscjd 한 달 안에  전단지 과태로ㅠㅠ 여권법 5조")
    assert query.text.startswith("tlscjd")
    assert query.cleaned == "신청 한 달 안에 전단지 과태로 여권법 5조"
    assert query.rewritten == "신청 한 달 안에 전단지 과태료 여권법 5조"
    assert query.expanded(most=1) == f"{query.rewritten} 광고물"
    assert [(one.read, one.why, one.certain) for one in query.corrections] == [
        ("신청", Why.KEYBOARD, True),
        ("과태료", Why.TYPO, False),
    ]
    assert {Why.TITLE, Why.NUMBER, Why.TYPO, Why.LEXICON} == {term.why for term in query.terms}
    assert query.acts[0].title == "여권법"
    assert {"과태료", "벽보", "1개"} <= query.added.keys()
    assert not set(query.own) & query.added.keys()


def test_a_question_that_says_nothing_asks_nothing(reader: QueryReader) -> None:
    for text in ("", " \n", "ㅋㅋㅋ ㅠㅠ", "\u200b"):
        query = reader.understand(text)
        assert (query.cleaned, query.references, query.terms, query.added) == ("", (), (), {})


def test_titles_are_not_spelt_otherwise(reader: QueryReader) -> None:
    assert reader.understand("개인형 이동장치 이용안전 증진 조례").corrections == ()


def test_a_pasted_page_is_read_at_its_beginning_only(reader: QueryReader) -> None:
    assert len(reader.understand("민원 " * 5000).cleaned) <= 2000


def test_cleaning() -> None:
    assert clean("ｗｅｂ　주소\u200b는\tㅇㅇ 뭐예요ㅎㅎ") == "web 주소는 뭐예요"


def test_one_question_with_the_shipped_lists(book: TitleBook) -> None:
    query = understand("집 앞 전봇대에 붙은 전단지, 떼라고 할 수 있나요?", book)
    assert any("광고물" in term.text for term in query.terms)
    assert query.corrections == ()
