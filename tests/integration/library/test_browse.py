"""The list of documents: what may be chosen, how often, in how many statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, select, update

from assistant.accounts.access import Reader
from assistant.db.models import Document, DocumentVersion, now
from assistant.errors import ErrorCode, Failure
from assistant.library.browse import browse
from assistant.library.counting import Counts
from assistant.library.lifecycle import Lifecycle
from assistant.library.lines import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2026, 6, 1)


@pytest.fixture
def shelf(library: Any, law: Callable[..., str]) -> Any:
    """Two laws in force, one to come, a manual, one that waits, one that failed; and a closed shelf."""
    library.shelf("closed", grade="S", department="tax", title="세무 자료", readers=[Reader("department", "tax")])
    library.add("a.md", law("주차장 조례"))
    library.add("b.md", law("도서관 조례"))
    library.add("c.md", law("공원 조례", since="2027-01-01"))
    library.add("d.txt", "업무 편람입니다.\n\n순서대로 처리합니다.")
    library.add("e.md", law("세무 지침", status=""), collection="closed")
    library.submit("f.md", law("기다리는 조례"))
    failed = library.submit("g.md", law("못 읽은 조례"))
    with library.database.write() as session:
        session.execute(
            update(DocumentVersion)
            .where(DocumentVersion.id == failed.version_id)
            .values(state="failed", reason="file_damaged")
        )
    return library


def listed(library: Any, who: str = "taeho", filters: Filters = Filters(), **more: Any) -> Any:  # noqa: B008 - frozen
    with library.database.read() as session:
        return browse(session, library.people[who], filters, as_of=DAY, **more)


def titles(listing: Any) -> list[str]:
    return sorted(item.title for item in listing.items)


def counts(listing: Any) -> dict[str, dict[str, int]]:
    return {facet.name: {option.value: option.count for option in facet.options} for facet in listing.facets}


def test_counts_are_of_what_the_person_may_read(shelf: Any) -> None:
    seen = counts(listed(shelf, "taeho"))
    assert seen["collection"] == {"open": 6, "closed": 1}
    assert seen["department"] == {"tax": 1}
    assert seen["grade"] == {"O": 6, "S": 1}
    assert seen["kind"] == {"조례": 4}
    assert seen["legal"] == {"in_force": 2, "future": 1, "unknown": 1}
    assert seen["state"] == {"ready": 5, "queued": 1, "failed": 1}
    assert seen["format"] == {"마크다운": 6, "텍스트": 1}
    other = counts(listed(shelf, "mina"))
    assert other["collection"] == {"open": 6}
    assert "S" not in other["grade"]
    assert "tax" not in other["department"]


CHOICES = [
    (Filters(collection="closed"), ["세무 지침"]),
    (Filters(department="tax"), ["세무 지침"]),
    (Filters(grade="S"), ["세무 지침"]),
    (Filters(kind="조례", legal="in_force"), ["도서관 조례", "주차장 조례"]),
    (Filters(legal="future"), ["공원 조례"]),
    (Filters(legal="unknown"), ["세무 지침"]),
    (Filters(legal="repealed"), []),
    (Filters(state="queued"), ["f"]),
    (Filters(state="failed"), ["g"]),
    (Filters(format="텍스트"), ["d"]),
    (Filters(query="도서"), ["도서관 조례"]),
    (Filters(query="100%"), []),
    (Filters(by="effective", since=date(2026, 1, 1)), ["공원 조례"]),
    (Filters(by="effective", until=date(2026, 1, 1)), ["도서관 조례", "세무 지침", "주차장 조례"]),
    (Filters(since=date(9999, 12, 31)), []),
    (Filters(until=date(2000, 1, 1)), []),
    (Filters(since=date.min, query="도서"), ["도서관 조례"]),
    (Filters(until=date.max, query="도서"), ["도서관 조례"]),
    (Filters(mine=True), []),
    (Filters(collection="nowhere"), []),
    (Filters(kind="' OR 1=1 --"), []),
]


def test_every_choice_gives_what_it_promised(shelf: Any) -> None:
    for filters, found in CHOICES:
        listing = listed(shelf, filters=filters)
        assert titles(listing) == sorted(found), filters
        assert listing.total == len(found), filters


def test_each_count_is_what_choosing_it_would_give(shelf: Any) -> None:
    for start in (Filters(), Filters(kind="조례"), Filters(state="ready", collection="open")):
        for facet in listed(shelf, filters=start).facets:
            for option in facet.options:
                chosen = {**{n: getattr(start, n) for n in ("kind", "state", "collection")}, facet.name: option.value}
                assert listed(shelf, filters=Filters(**chosen)).total == option.count, (start, facet.name, option)


def test_what_a_search_found_is_listed_under_the_same_rights(shelf: Any) -> None:
    everything = tuple(item.document_id for item in listed(shelf, "taeho", limit=500).items)
    assert titles(listed(shelf, "mina", Filters(ids=everything))) == sorted(
        ["공원 조례", "d", "도서관 조례", "f", "g", "주차장 조례"]
    )
    assert listed(shelf, "mina", Filters(ids=())).total == 0


def test_files_of_an_archive_stand_below_it_and_alone_when_looked_for(shelf: Any) -> None:
    with shelf.database.write() as session:
        ids = dict(session.execute(select(Document.title, Document.id)).all())
        inside = [ids["도서관 조례"], ids["공원 조례"]]
        session.execute(update(Document).where(Document.id.in_(inside)).values(parent_id=ids["d"]))
    listing = listed(shelf)
    assert "도서관 조례" not in titles(listing)
    assert (listing.total, listing.inside) == (5, 2)
    parts = listing.parts[ids["d"]]
    assert ([part.title for part in parts.items], parts.total) == (["도서관 조례", "공원 조례"], 2)
    alone = listed(shelf, filters=Filters(query="도서관"))
    assert [(item.title, item.parent_title) for item in alone.items] == [("도서관 조례", "d")]
    assert titles(listed(shelf, filters=Filters(parent=ids["d"]))) == ["공원 조례", "도서관 조례"]


def test_the_bin_is_for_stewards_and_holds_what_went(shelf: Any) -> None:
    gone = next(item for item in listed(shelf).items if item.title == "주차장 조례")
    Lifecycle(shelf.database, shelf.queue).withdraw(gone.document_id, shelf.people["steward"])
    assert "주차장 조례" not in titles(listed(shelf))
    assert titles(listed(shelf, "steward", Filters(bin=True))) == ["주차장 조례"]
    with pytest.raises(Failure) as refused:
        listed(shelf, "taeho", Filters(bin=True))
    assert refused.value.code is ErrorCode.FORBIDDEN


def test_order_and_pages(shelf: Any) -> None:
    by_title = [item.title for item in listed(shelf, order="title").items]
    assert by_title == sorted(by_title)
    assert listed(shelf, order="effective").items[0].title == "공원 조례"
    pages = [listed(shelf, order="title", limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [item.title for page in pages for item in page.items] == by_title
    assert {page.total for page in pages} == {7}
    for wrong in ({"limit": 0}, {"limit": 501}, {"offset": -1}, {"offset": 10**30}):
        with pytest.raises(Failure) as refused:
            listed(shelf, **wrong)
        assert refused.value.code is ErrorCode.INPUT_INVALID


def test_kept_counts_end_with_the_first_change(shelf: Any) -> None:
    clock = iter(range(1000))
    kept = Counts(clock=lambda: float(next(clock)))
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(shelf.database.engine, "before_cursor_execute", note)
    counted = [listed(shelf, counts=kept).total for _ in range(2)]
    assert counted == [7, 7]
    assert sum("GROUP BY" in statement for statement in statements) == 1
    gone = next(item for item in listed(shelf, counts=kept).items if item.title == "주차장 조례")
    Lifecycle(shelf.database, shelf.queue).withdraw(gone.document_id, shelf.people["steward"])
    assert listed(shelf, counts=kept).total == 6
    assert listed(shelf, "mina", counts=kept).total == 5, "nobody gets what was counted for another's rights"
    assert listed(shelf, counts=kept, filters=Filters(kind="조례")).total == 3


def test_twenty_thousand_documents_take_no_more_statements_than_ten(library: Any) -> None:
    def page() -> tuple[Any, int]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(library.database.engine, "before_cursor_execute", note)
        listing = listed(library, limit=50, offset=100)
        event.remove(library.database.engine, "before_cursor_execute", note)
        return listing, len(statements)

    shelf_id = library.shelf("many")
    _fill(library, shelf_id, 0, 200)
    few, statements = page()
    assert len(few.items) == 50
    _fill(library, shelf_id, 200, 20_000)
    many, same = page()
    assert (len(many.items), many.total) == (50, 20_000)
    assert same == statements <= 12
    assert {
        option.value: option.count for facet in many.facets for option in facet.options if facet.name == "kind"
    } == {
        "조례": 10_000,
        "법률": 10_000,
    }


def _fill(library: Any, shelf_id: str, first: int, last: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    documents, versions = [], []
    for n in range(first, last):
        documents.append(
            {
                "id": f"d{n:05}", "collection_id": shelf_id, "source_key": f"k{n}", "filename": f"{n}.md",
                "title": f"{n}번 문서", "family": f"d{n:05}", "active_version_id": f"v{n:05}",
                "created_at": begin + timedelta(seconds=n),
            }
        )  # fmt: skip
        versions.append(
            {
                "id": f"v{n:05}", "document_id": f"d{n:05}", "number": 1, "content_sha256": "0" * 64, "size": 1,
                "media_type": "text/markdown", "state": "ready", "kind": "조례" if n % 2 else "법률", "ready_at": now(),
            }
        )  # fmt: skip
    with library.database.write() as session:
        session.execute(insert(Document), documents)
        session.execute(insert(DocumentVersion), versions)


def test_a_word_that_the_database_cannot_hold_is_refused_or_finds_nothing(shelf: Any) -> None:
    endings = set()
    for field in ("query", "kind", "state", "parent"):
        try:
            endings.add(str(listed(shelf, filters=Filters(**{field: "법\x00"})).total))
        except Failure as failure:
            endings.add(failure.code.value)
    assert endings <= {"0", ErrorCode.INPUT_INVALID.value}
