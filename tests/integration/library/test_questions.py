"""Everyday questions in the indexes: written with their article, found, compared, replaced and removed with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.db.models import VectorRow
from assistant.library.index_care import rebuild, repair
from assistant.library.index_check import check
from assistant.library.lifecycle import Lifecycle
from retrieval.asked import NOTHING, question_id
from retrieval.expressions import Expressions, Line

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "가온시 주차장 조례"
EVERYDAY = "차 세우는 데 돈 얼마 내나요"
OTHER = "자동차 잠깐 댔는데 얼마예요"


def expressions(*questions: str, article: str = "제2조", article_title: str = "요금") -> Expressions:
    return Expressions(Line(TITLE, article, article_title, question) for question in questions)


def use(library: Any, questions: Expressions | None) -> None:
    """Go on with these questions, as a process that is started anew does."""
    library.indexes = replace(library.indexes, expressions=questions)
    library.runner._indexes = library.indexes
    library.index_jobs._indexes = library.indexes


@pytest.fixture
def asked(library: Any, law: Callable[..., str]) -> Any:
    """One ordinance whose second article has a question."""
    use(library, expressions(EVERYDAY))
    added = library.add("주차장.md", law(TITLE))
    library.version, library.document = added.version_id, added.document_id
    (library.scope,) = library.near.questions
    return library


def held(library: Any) -> list[tuple[str, ...]]:
    return [entry.asked for entry in library.words.entries.values() if entry.asked]


def test_the_first_passage_of_the_article_carries_them_and_nothing_shows_them(asked: Any) -> None:
    assert held(asked) == [(EVERYDAY,)]
    (chunk,) = [key for key, entry in asked.words.entries.items() if entry.asked]
    assert list(asked.near.questions[asked.scope]) == [question_id(chunk, EVERYDAY)]
    assert asked.words.search_asked(EVERYDAY, scopes={asked.scope}, limit=3)[0].chunk_id == chunk
    hits = asked.find("mina", "차 세우는 데 요금")
    assert hits
    assert not any("내나요" in hit.text for hit in hits)
    assert check(asked.database, asked.indexes).ok


@pytest.mark.parametrize("other", [{"article": "제3조"}, {"article_title": "과태료"}])
def test_questions_of_another_article_do_not_stick(library: Any, law: Callable[..., str], other: Any) -> None:
    use(library, expressions(EVERYDAY, **other))
    library.add("주차장.md", law(TITLE))
    assert held(library) == []
    assert check(library.database, library.indexes).ok


def test_other_questions_are_written_by_a_repair_and_only_they_are_embedded(asked: Any) -> None:
    asked.embedder.texts.clear()
    use(asked, expressions(OTHER))
    report = check(asked.database, asked.indexes)
    assert (report.lexical.missing, report.dense.missing) == ((asked.version,), (asked.version,))
    mended = repair(asked.database, asked.indexes, asked.queue)
    assert (mended.lexical_written, mended.dense_written, mended.embedded) == (1, 1, 1)
    assert asked.embedder.texts == [OTHER]
    assert held(asked) == [(OTHER,)]
    assert check(asked.database, asked.indexes).ok


def test_questions_that_are_gone_leave_no_vector_behind(asked: Any) -> None:
    with asked.database.read() as session:
        before = session.scalar(select(func.count()).select_from(VectorRow))
    use(asked, None)
    assert not check(asked.database, asked.indexes).ok
    repair(asked.database, asked.indexes, asked.queue)
    assert held(asked) == []
    assert asked.near.asked(asked.scope) == {}
    with asked.database.read() as session:
        assert session.scalar(select(func.count()).select_from(VectorRow)) == before - 1
    assert check(asked.database, asked.indexes).ok


def test_a_rebuild_embeds_nothing_and_a_removed_version_takes_them_along(asked: Any) -> None:
    asked.embedder.texts.clear()
    rebuild(asked.database, asked.indexes, actor="root")
    assert asked.embedder.texts == []
    assert held(asked) == [(EVERYDAY,)]
    assert asked.near.asked(asked.scope)[asked.version] != NOTHING
    Lifecycle(asked.database, asked.queue).withdraw(asked.document, asked.people["steward"])
    asked.work()
    assert held(asked) == []
    assert asked.near.asked(asked.scope) == {}
    assert check(asked.database, asked.indexes).ok
