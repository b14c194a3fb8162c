from __future__ import annotations

import threading

import pytest

from retrieval import korean


def test_inflected_and_plain_forms_share_a_token():
    assert "맡기다" in korean.tokens("아이를 맡겼는데")
    assert "맡기다" in korean.tokens("맡기면")
    assert "과태료" in korean.tokens("과태료를")
    assert {"민원", "처리", "기간"} <= set(korean.tokens("민원처리기간은"))


def test_bigrams_stand_beside_morphemes():
    assert {"불법", "법주", "주차"} <= set(korean.tokens("불법주차"))


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("민원처리법 23조", ["제23조"]),
        ("제12조의2제3항", ["제12조의2"]),
        ("제 7 조 의 3 및 제10조", ["제7조의3", "제10조"]),
        ("제12조의 규정", ["제12조"]),
        ("예산 3조원과 5조 3천억 원", []),
        ("0.5조 규모", []),
        ("제１２조", ["제12조"]),
        ("제007조", ["제7조"]),
    ],
)
def test_article_references(text, articles):
    assert korean.article_references(text) == articles
    assert [token for token in korean.tokens(text) if korean.is_article(token)] == articles


def test_numbers_latin_and_chinese_characters():
    assert korean.tokens("1,234.5% CCTV")[:3] == ["1234.5", "1234.5%", "cctv"]
    assert {"14", "14일"} <= set(korean.tokens("14일 이내"))
    assert "e-mail" in korean.tokens("E-mail")
    assert {"個人", "人情"} <= set(korean.tokens("個人情報"))


def test_normalisation_makes_equal_what_looks_equal():
    composed = korean.tokens("개인정보 보호")
    assert korean.tokens("\u1100\u1162\u110b\u1175\u11ab정보 보호") == composed
    assert korean.tokens("개인\u200b정보\u00a0보\u00ad호") == composed
    assert korean.normalise("ＡＢＣ\x07가") == "abc 가"


def test_nothing_in_nothing_out():
    assert korean.tokens("") == []
    assert korean.tokens(" ,.·?! ") == []


def test_batches_give_what_single_texts_give():
    texts = ["민원 처리", "", "제3조", "민원 처리"]
    assert list(korean.tokens_batch(texts)) == [korean.tokens(text) for text in texts]


def test_a_run_without_spaces_is_cut_not_refused():
    run = "가나다라마바사" * 500
    assert len(korean.tokens(run)) >= len(run) - 1


def test_threads_agree():
    words = [f"{first}{second}청사관리규정" for first in "가나다라" for second in "마바사아"]
    expected = [korean.tokens(word) for word in words]
    korean._run_tokens.cache_clear()
    found: list[list[list[str]]] = []
    threads = [threading.Thread(target=lambda: found.append([korean.tokens(word) for word in words])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_without_kiwi_bigrams_remain(monkeypatch):
    monkeypatch.setattr(korean, "_kiwi_state", {"kiwi": None})
    korean._run_tokens.cache_clear()
    try:
        assert korean.tokens("불법주차 집") == ["불법", "법주", "주차", "집"]
        assert korean.fingerprint() == f"bigram/{korean.REVISION}"
    finally:
        korean._run_tokens.cache_clear()
    monkeypatch.undo()
    assert korean.fingerprint() == f"kiwi+bigram/{korean.REVISION}"
