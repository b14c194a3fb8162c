from __future__ import annotations

from typing import Any

import numpy as np

from eval.answers.judge import Outcome, cited_pairs, summary, unsupported_numbers
from eval.answers.logit import area, choice, logistic
from eval.answers.questions import DATASET, EVERYDAY, Question, load


def turn(answer: str, *citations: tuple[int, str, str]) -> dict[str, Any]:
    return {
        "answer": answer,
        "citations": [
            {
                "n": n, "title": "가나법", "quote": quote, "effective_on": "2026-03-01",
                "locator": {"article": article, "article_title": "기한"},
            }
            for n, article, quote in citations
        ],
    }  # fmt: skip


def test_numbers_must_stand_in_what_is_cited() -> None:
    quoted = turn(
        "“14일 이내에 한다.” [1]\n— 「가나법」 제5조(기한), 2026. 3. 1. 시행", (1, "제5조", "14일 이내에 한다.")
    )
    assert unsupported_numbers(quoted) == ()
    assert unsupported_numbers(turn("30일 이내에 한다. [1]", (1, "제5조", "14일 이내에 한다."))) == ("30",)


def test_citations_count_in_the_order_of_the_answer() -> None:
    assert cited_pairs(turn("나 [2] 가 [1]", (1, "제1조", "가"), (2, "제2조", "나"))) == (
        ("가나법", "제2조"),
        ("가나법", "제1조"),
    )


def test_sums() -> None:
    asked = Question("a", "tuning", "언제?", (("가나법", "제5조"),), answer="14일 이내")
    none = Question("n", "tuning", "오늘 날씨?", (), near=True)
    outcomes = [
        Outcome(asked, "answered_extractive", "“14일\n이내에 한다.” [1]", (("가나법", "제5조"),), 10, 0, ()),
        Outcome(asked, "unanswerable_no_source", "근거를 찾지 못했습니다.", (), 10, 0, ()),
        Outcome(none, "unanswerable_no_source", "근거를 찾지 못했습니다.", (), 10, 0, ()),
        Outcome(none, "answered_extractive", "5 [1]", (("가나법", "제5조"),), 10, 1, ("5",)),
    ]
    seen = summary(outcomes)
    assert (seen["gold_cited"], seen["gold_cited_first"], seen["answer_words_quoted"], seen["over_refused"]) == (
        1,
        1,
        1,
        1,
    )
    assert (seen["refused"], seen["near_refused"], seen["quotes_not_verbatim"], seen["unsupported_numbers"]) == (
        1,
        1,
        1,
        1,
    )


def test_the_parts_share_no_question() -> None:
    texts = [q.text for q in load(DATASET, None)]
    assert len(set(texts)) == len(texts)
    tuning = {q.text for q in [*load(DATASET, "tuning"), *load(EVERYDAY, "tuning")]}
    assert not tuning & {q.text for q in [*load(DATASET, "plain")]}


def test_a_logistic_fit_finds_the_feature_that_tells() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(200, 2))
    answerable = features[:, 0] > 0
    telling, other, _ = logistic(features, answerable, np.ones(200), ridge=1.0)
    assert telling > 5 * abs(other)
    assert area(features[answerable, 0], features[~answerable, 0]) == 1.0


def test_a_choice_fit_finds_what_the_right_ones_share() -> None:
    random = np.random.default_rng(1)
    questions = []
    for _ in range(40):
        features = random.normal(size=(6, 2))
        right = np.zeros(6, dtype=bool)
        right[int(np.argmax(features[:, 1]))] = True
        questions.append((features, right))
    other, telling = choice(questions, ridge=0.01, rounds=200)
    assert telling > 1
    assert abs(other) < telling / 3
