"""What a search returns, beside rights (see test_rights)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from assistant.errors import ErrorCode, Failure
from assistant.library.legal import LegalState
from retrieval.types import Candidate, SearchOutcome

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def long_law() -> str:
    """One article of many paragraphs, and fifty short ones that name the same thing."""
    paragraphs = "".join(
        f"{chr(0x2460 + n)} 주차장 사용료에 관한 {n + 1}번째 내용을 {'자세히 ' * 20}정한다.\n\n" for n in range(12)
    )
    articles = "".join(f"##### 제{n}조 (항목)\n\n주차장 {n}\n\n" for n in range(2, 52))
    return f"---\n제목: 긴 조례\n---\n\n# 긴 조례\n\n##### 제1조 (사용료)\n\n{paragraphs}{articles}"


def test_an_article_comes_once_however_many_passages_match(library: Any, long_law: str) -> None:
    library.add("long.md", long_law)
    hits = library.find("mina", "주차장 사용료에 관한 내용", k=100)
    articles = [hit.locator.article for hit in hits]
    assert len(articles) == len(set(articles)) == 51
    assert articles[0] == "제1조"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.locator.heading[-1].startswith(hit.locator.article) for hit in hits)


def test_it_looks_deeper_once_when_too_little_is_left(library: Any, long_law: str) -> None:
    library.add("long.md", long_law)
    library.fusion.limits.clear()
    assert len(library.find("mina", "주차장", k=5)) == 5
    assert library.fusion.limits == [200]
    old = library.find("mina", "주차장", k=1)[0]
    fusion = library.fusion.search
    ghosts = tuple(Candidate(f"ghost-{n}", 1.0) for n in range(200))

    def haunted(query: str, *, scopes: Any, limit: int) -> SearchOutcome:
        found = fusion(query, scopes=scopes, limit=limit)
        return SearchOutcome((ghosts + found.candidates)[:limit], found.degraded, 0.5, 7.0)

    library.fusion.search = haunted
    library.fusion.limits.clear()
    assert library.find("mina", "주차장", k=5)[0].chunk_id == old.chunk_id
    assert library.fusion.limits == [200, 1000]


def test_evidence_and_degradation_are_passed_on(library: Any, law: Callable[..., str]) -> None:
    library.add("parking.md", law())
    library.fusion.search = lambda *_, **__: SearchOutcome((), ("dense",), 0.25, 3.5)
    response = library.search.search(library.people["mina"], "주차장")
    assert (response.results, response.degraded, response.dense_top, response.lexical_top) == (
        (),
        ("dense",),
        0.25,
        3.5,
    )
    assert response.took_ms > 0


@pytest.mark.parametrize(
    ("query", "more", "code"),
    [
        ("  ", {}, ErrorCode.QUESTION_EMPTY),
        ("요금", {"k": 0}, ErrorCode.INPUT_INVALID),
        ("요금", {"k": 101}, ErrorCode.INPUT_INVALID),
        ("요금", {"collection": "없는 모음"}, ErrorCode.COLLECTION_NOT_FOUND),
    ],
)
def test_bad_questions(library: Any, query: str, more: dict[str, Any], code: ErrorCode) -> None:
    with pytest.raises(Failure) as refused:
        library.find("mina", query, **more)
    assert refused.value.code is code


def test_both_indexes_down(library: Any, law: Callable[..., str]) -> None:
    library.add("parking.md", law())
    library.words.down = True
    with pytest.raises(Failure) as refused:
        library.find("mina", "요금")
    assert refused.value.code is ErrorCode.INDEX_UNAVAILABLE


@pytest.mark.parametrize(
    ("more", "as_of", "state"),
    [
        ({}, date(2026, 1, 1), LegalState.IN_FORCE),
        ({"since": "2028-03-01"}, date(2026, 1, 1), LegalState.FUTURE),
        ({"since": "2028-03-01"}, date(2028, 3, 1), LegalState.IN_FORCE),
        ({"status": "폐지"}, date(2026, 1, 1), LegalState.REPEALED),
        ({"status": ""}, date(2026, 1, 1), LegalState.UNKNOWN),
    ],
)
def test_every_hit_tells_whether_it_is_in_force(
    library: Any, law: Callable[..., str], more: dict[str, str], as_of: date, state: LegalState
) -> None:
    library.add("parking.md", law(**more))
    hit = library.find("mina", "공영주차장 요금", as_of=as_of)[0]
    assert hit.legal_state is state
    assert hit.effective_on == date.fromisoformat(more.get("since", "2024-01-02"))
    assert hit.grade == "O"


def test_the_look_up_starts_from_the_passages(library: Any, long_law: str) -> None:
    """Any other order reads the whole collection for every search."""
    if not library.database.is_sqlite:
        pytest.skip("PostgreSQL plans from statistics")
    library.add("long.md", long_law)
    library.find("mina", "주차장")  # the first search of a day asks whether the texts of the day are in their place
    asked: list[tuple[str, Any]] = []
    event.listen(library.database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    library.find("mina", "주차장")
    (lookup,) = [(statement, values) for statement, values in asked if "document_versions.title" in statement]
    (texts,) = [len(values) for statement, values in asked if "chunks.text" in statement]
    assert texts == 10, "only what is shown is read in full"
    assert len([statement for statement, _ in asked if statement.startswith("SELECT")]) == 3
    with library.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {lookup[0]}", lookup[1])
        steps = [row[3] for row in plan]
    assert "chunks" in steps[0], steps
    assert all("SEARCH" in step for step in steps), steps
