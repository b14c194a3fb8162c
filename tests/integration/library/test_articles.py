"""More of an article than was found, read under the rights of whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.accounts.access import Reader, ReaderKind
from assistant.library.articles import MOST_CHARACTERS, ArticleReader

HEAD = "---\n제목: {title}\n법령구분: {kind}\n상태: 시행\n시행일자: 2024-01-01\n---\n\n# {title}\n\n"
PARAGRAPHS = "".join(
    f"{chr(0x2460 + n)} 주차장 사용료에 관한 {n + 1}번째 내용을 {'자세히 ' * 20}정한다.\n\n" for n in range(12)
)
ACT = HEAD.format(title="주차장법", kind="법률") + (
    f"##### 제1조 (사용료)\n\n{PARAGRAPHS}##### 제2조 (감면)\n\n감면은 대통령령으로 정한다.\n\n"
)
DECREE = HEAD.format(title="주차장법 시행령", kind="대통령령") + (
    "##### 제3조 (다른 것)\n\n법 제2조의2에 따른 사항이다.\n\n##### 제4조 (감면 대상)\n\n법 제2조에 따라 감면한다.\n\n"
)


@pytest.fixture
def reader(library: Any) -> ArticleReader:
    library.add("act.md", ACT)
    library.add("decree.md", DECREE)
    return ArticleReader(library.database)


def test_the_whole_article_is_read_around_a_passage(library: Any, reader: ArticleReader) -> None:
    mina = library.people["mina"]
    hits = [hit for hit in library.find("mina", "주차장 사용료에 관한 내용", k=5) if hit.locator.article == "제1조"]
    article = reader.around(mina, hits)[hits[0].chunk_id]
    assert "1번째" in article.text
    assert "12번째" in article.text
    assert "감면" not in article.text
    assert len(article.text) <= MOST_CHARACTERS
    begin = hits[0].start - article.start
    assert article.text[begin : begin + len(hits[0].text)] == hits[0].text


def test_the_decrees_article_that_names_one_of_the_act(library: Any, reader: ArticleReader) -> None:
    found = reader.carrying_out(library.people["mina"], "주차장법", "제2조")
    assert [(hit.title, hit.locator.article) for hit in found] == [("주차장법 시행령", "제4조")]
    assert reader.carrying_out(library.people["mina"], "주차장법", "제9조") == []


def test_nothing_is_read_for_whom_it_is_closed(library: Any, reader: ArticleReader) -> None:
    hits = library.find("mina", "주차장 사용료", k=3)
    library.shelf("open", readers=[Reader(ReaderKind.DEPARTMENT.value, "tax")])
    mina = library.people["mina"]
    assert reader.around(mina, hits) == {}
    assert reader.carrying_out(mina, "주차장법", "제2조") == []
    assert reader.searched(mina, None).collections == ()
