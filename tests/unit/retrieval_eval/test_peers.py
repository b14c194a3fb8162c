"""How peers are counted: what a passage holds, and which passages take a rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eval.retrieval.compare import table
from eval.retrieval.peers.statutes import read
from eval.retrieval.peers.systems import Passage, articles, langchain_passages, open_webui_passages, ranks

if TYPE_CHECKING:
    from pathlib import Path

LAW = """---
제목: 산책로법
---

# 산책로법

## 제1장 총칙

##### 제1조 (목적)

이 법은 산책로를 정한다. {first}

##### 제2조의2 (개)

개는 끈을 맨다. {second}

## 부칙

##### 제1조 (시행일)

공포한 날부터 시행한다.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "산책로법.md").write_text(LAW.format(first="가" * 300, second="나" * 1500), encoding="utf-8")
    return tmp_path


def test_a_passage_counts_as_the_articles_it_holds_enough_of(folder: Path) -> None:
    (law,) = read(folder)
    assert [article.key for article in law.articles] == [("산책로법", "제1조"), ("산책로법", "제2조의2")]
    first, second = law.articles
    assert law.within(first.start, second.end) == {first.key, second.key}
    assert law.within(first.start, second.start + 20) == {first.key}, "a few words are not the article"
    assert law.within(second.start + 400, second.start + 800) == {second.key}
    assert law.within(second.end, len(law.text)) == frozenset(), "supplementary provisions are no answer"


def test_every_article_can_be_found_by_every_peer(folder: Path) -> None:
    statutes = read(folder)
    keys = {article.key for law in statutes for article in law.articles}
    for cut in (articles, langchain_passages, open_webui_passages):
        passages = cut(statutes)
        assert {key for passage in passages for key in passage.keys} == keys
        assert all(len(passage.text) <= 1000 for passage in passages) or cut is articles


def test_a_passage_that_only_repeats_takes_no_rank() -> None:
    one, two = frozenset({("법", "제1조")}), frozenset({("법", "제1조"), ("법", "제2조")})
    passages = [Passage("", keys) for keys in (one, one, frozenset[tuple[str, str]](), two, one)]
    assert ranks(passages) == [one, frozenset(), two]


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path)


def test_the_table_has_a_line_a_split() -> None:
    values = {"questions": 2, "ndcg@10": 0.5, "hit@1": 0.5, "hit@5": 0.5, "hit@10": 1.0, "median_ms": 1.0}
    row = {"system": "x", "splits": {"tuning": values, "test": values}, "p50_ms": 1.0, "p95_ms": 2.0}
    lines = table([{**row, "memory_mb": 3, "index_mb": 4.0}]).splitlines()
    assert len(lines) == 4
    assert lines[3] == "| x | test | 0.500 | 0.500 | 0.500 | 1.000 | 1.0 | 2.0 | 3 | 4.0 |"
