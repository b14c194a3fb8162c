from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assistant.answering.extractive import CAUTION, MORE, compose, extract
from assistant.answering.turn import Source
from retrieval.korean import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PERMIT = """제18조 (맹견 사육허가)

① 맹견을 사육하려는 사람은 다음 각 호의 요건을 갖추어 시ㆍ도지사에게 허가를 받아야 한다. <개정 2024.1.2>
  1. 등록을 할 것
  2. 보험에 가입할 것
② 시ㆍ도지사는 신청을 받은 날부터 30일 이내에 허가 여부를 알려야 한다. 다만, 평가가 필요하면 60일로 한다.
③ 허가의 절차에 필요한 사항은 대통령령으로 정한다.
"""
FINE = """제60조 (과태료)

① 맹견을 허가 없이 사육한 사람에게는 300만원 이하의 과태료를 부과한다.
"""


class Bag:
    """Means what its words say: one dimension a word."""

    fingerprint = "bag"
    dimension = 512

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for word in tokens(text):
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % self.dimension] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-6)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])


def source(text: str, n: int = 1, *, score: float = 0.9, details: int = 0, title: str = "동물보호법") -> Source:
    head = text.split("\n", 1)[0]
    return Source(
        n=n, chunk_id=f"c{n}", document_id=f"d{n}", version_id=f"v{n}", collection_id="k", collection="laws", grade="O",
        title=title, locator={"article": head.split()[0], "article_title": head.split("(")[-1].strip(")")},
        text=text, start=100, end=100 + len(text), quote=text, score=score, legal_state="in_force",
        effective_on=date(2025, 6, 21), chunk_start=100, details=details,
    )  # fmt: skip


def answer(question: str, *sources: Source) -> str:
    return compose(extract(question, sources, Bag()))


def test_a_question_for_a_period_is_answered_by_the_sentence_with_the_period_and_its_exception() -> None:
    said = answer("맹견 사육허가 신청하면 며칠 안에 알려 주나요?", source(PERMIT), source(FINE, 2, score=0.5))
    assert said.startswith(
        "“시ㆍ도지사는 신청을 받은 날부터 30일 이내에 허가 여부를 알려야 한다. 다만, 평가가 필요하면 60일로 한다.” [1]"
    )
    assert "— 「동물보호법」 제18조(맹견 사육허가), 2025. 6. 21. 시행" in said


def test_a_list_is_shown_with_the_sentence_that_opens_it() -> None:
    said = answer("맹견을 사육하려면 허가를 받아야 하나요?", source(PERMIT))
    assert said.splitlines()[:3] == [
        "“맹견을 사육하려는 사람은 다음 각 호의 요건을 갖추어 시ㆍ도지사에게 허가를 받아야 한다.” [1]",
        "1. 등록을 할 것",
        "2. 보험에 가입할 것",
    ]
    assert "개정" not in said


def test_a_question_for_a_fine_is_answered_by_the_amount() -> None:
    said = answer("허가 없이 맹견을 키우면 과태료가 얼마인가요?", source(PERMIT), source(FINE, 2))
    assert said.startswith("“맹견을 허가 없이 사육한 사람에게는 300만원 이하의 과태료를 부과한다.” [2]")


def test_a_long_list_shows_what_matters_and_says_that_there_is_more() -> None:
    items = "".join(
        f"  {n}. {'이 경우에 해당하는 사람으로서 정하는 요건을 모두 갖춘 사람 ' * 3}{n}번\n" for n in range(1, 9)
    )
    text = f"제5조 (대상)\n\n① 다음 각 호의 사람은 신청할 수 있다.\n{items}  9. 장애인을 돌보는 가족\n"
    said = answer("다음 사람은 신청할 수 있나요?", source(text))
    assert MORE in said
    assert len(said) < 800


def test_the_words_come_from_the_whole_article_and_the_quote_says_where() -> None:
    piece = source(PERMIT[PERMIT.index("③") :])
    piece.around, piece.around_start = PERMIT, 40
    chosen = extract("신청하면 며칠 이내에 허가 여부를 알려야 하나요?", [piece], Bag())
    assert all(one.verbatim for one in chosen)
    chosen[0].cite()
    assert "30일 이내" in piece.quote
    assert PERMIT[piece.start - 40 : piece.end - 40] == piece.quote


def test_the_decree_that_gives_the_details_is_named_below() -> None:
    decree = "제12조 (허가의 절차)\n\n① 법 제18조제3항에 따라 허가를 받으려는 사람은 신청서를 내야 한다.\n"
    act = "제18조 (허가)\n\n① 맹견을 사육하려는 사람은 대통령령으로 정하는 바에 따라 허가를 받아야 한다.\n"
    said = answer("맹견을 사육하려면 허가를 받아야 하나요?", source(act), source(decree, 2, details=1))
    first, beside = said.split("함께 볼 내용")
    assert "[1]" in first
    assert "제12조(허가의 절차)" in beside
    assert "[2]" in beside


@pytest.mark.parametrize("doubtful", [True, False])
def test_doubt_is_said_before_the_quote(*, doubtful: bool) -> None:
    said = compose(extract("맹견 허가", [source(PERMIT)], Bag()), doubtful=doubtful)
    assert said.startswith(CAUTION) is doubtful


def test_nothing_to_quote_gives_nothing() -> None:
    assert extract("맹견", [], None) == []
    assert compose([], doubtful=True) == ""
