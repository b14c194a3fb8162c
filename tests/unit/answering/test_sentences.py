from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.sentences import list_below, sentences

ARTICLE = """제15조 (개인정보의 수집ㆍ이용)

① 개인정보처리자는 다음 각 호의 어느 하나에 해당하는 경우에는 개인정보를 수집할 수 있다. <개정 2023.3.14>
  1. 정보주체의 동의를 받은 경우
  2. 법률에 특별한 규정이 있는 경우. 다만, 긴급한 때는 그러하지 아니하다.
② 제1항에 따른 기간은 14일로 한다. 이 경우 공휴일은 산입하지 아니한다. [제목개정 2020.2.4]
"""


def test_cuts_sentences_without_marks_and_amendment_notes() -> None:
    texts = [sentence.text for sentence in sentences(ARTICLE)]
    assert texts == [
        "개인정보처리자는 다음 각 호의 어느 하나에 해당하는 경우에는 개인정보를 수집할 수 있다.",
        "정보주체의 동의를 받은 경우",
        "법률에 특별한 규정이 있는 경우. 다만, 긴급한 때는 그러하지 아니하다.",
        "제1항에 따른 기간은 14일로 한다.",
        "이 경우 공휴일은 산입하지 아니한다.",
    ]


def test_numbers_and_dates_do_not_end_sentences() -> None:
    text = "기준은 3.5퍼센트이며 2026. 4. 6.까지 제출한다. 다음 문장이다."
    assert [s.text for s in sentences(text)] == ["기준은 3.5퍼센트이며 2026. 4. 6.까지 제출한다.", "다음 문장이다."]


def test_items_below_a_list_opening_sentence() -> None:
    found = sentences(ARTICLE)
    assert found[0].opens_list
    lines = list_below(found, 0, ARTICLE)
    assert [line.strip()[:2] for line in lines] == ["1.", "2."]


@given(st.text(alphabet="가나다라.?!①②1호의 \n<>[]제조()다요개정", max_size=300))
def test_every_sentence_is_verbatim_and_in_order(text: str) -> None:
    last = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= last
        last = sentence.end


TABLE = """3.1 기간

| 구분 | 처리기한 |
|---|---|
| 고충민원 | 7일 이내 |
| 건의민원 | 14일 이내 |

제10조(사고 대응) ① 직원은 1시간 이내에 알려야 한다.
"""


def test_rows_of_a_table_know_their_header() -> None:
    rows = [sentence for sentence in sentences(TABLE) if sentence.header]
    assert [row.text for row in rows] == ["고충민원 | 7일 이내", "건의민원 | 14일 이내"]
    assert {row.header for row in rows} == {"구분 | 처리기한"}
    assert all(TABLE[row.start : row.end] == row.text for row in rows)


def test_rows_without_outer_bars_are_rows_too() -> None:
    text = "숙박 지역 | 1박 상한액\n서울특별시 | 110,000원\n그 밖의 지역 | 80,000원\n"
    assert [(s.text, s.header) for s in sentences(text)] == [
        ("서울특별시 | 110,000원", "숙박 지역 | 1박 상한액"),
        ("그 밖의 지역 | 80,000원", "숙박 지역 | 1박 상한액"),
    ]


def test_an_article_heading_at_the_head_of_a_line_is_not_part_of_the_sentence() -> None:
    assert sentences(TABLE)[-1].text == "직원은 1시간 이내에 알려야 한다."
