from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from assistant.db.models import VersionState
from assistant.errors import ErrorCode, Failure
from assistant.library.documents import list_documents, original, view

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def shelf(library: Any, law: Callable[..., str]) -> Any:
    for number, name in enumerate(["주차장", "도서관", "체육관", "100% 지원_기준"]):
        library.add(f"{number}.md", law(f"{name} 조례"))
    library.submit("waiting.md", law("대기 조례"))
    return library


def listed(library: Any, who: str = "mina", **more: Any) -> list[str]:
    with library.database.read() as session:
        return [item.title for item in list_documents(session, library.people[who], **more).items]


def test_list_by_title_in_pages(shelf: Any) -> None:
    everything = listed(shelf)
    assert everything == sorted(everything)
    assert len(everything) == 5
    assert listed(shelf, limit=2) + listed(shelf, limit=2, offset=2) + listed(shelf, limit=2, offset=4) == everything
    assert listed(shelf, offset=99) == []
    assert listed(shelf, order="recent")[0] == "waiting"
    with shelf.database.read() as session:
        assert list_documents(session, shelf.people["mina"], limit=1).total == 5


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("도서", ["도서관 조례"]),
        ("100%", ["100% 지원_기준 조례"]),
        ("%", ["100% 지원_기준 조례"]),
        ("_", ["100% 지원_기준 조례"]),
        ("WAITING", ["waiting"]),
        ("없음", []),
        (" ", ["100% 지원_기준 조례", "waiting", "도서관 조례", "주차장 조례", "체육관 조례"]),
    ],
)
def test_letters_are_looked_for_as_they_stand(shelf: Any, query: str, found: list[str]) -> None:
    assert sorted(listed(shelf, query=query)) == found


@pytest.mark.parametrize("more", [{"limit": 0}, {"limit": 501}, {"offset": -1}])
def test_pages_out_of_bounds(shelf: Any, more: dict[str, int]) -> None:
    with pytest.raises(Failure) as refused:
        listed(shelf, **more)
    assert refused.value.code is ErrorCode.INPUT_INVALID


def test_a_line_tells_how_far_a_document_is(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    with library.database.read() as session:
        (line,) = list_documents(session, library.people["mina"]).items
        waiting = view(session, library.people["mina"], submission.document_id)
    assert (line.state, line.readable, line.title) == (VersionState.QUEUED, False, "parking")
    assert (waiting.state, waiting.text, waiting.active) == (VersionState.QUEUED, "", False)
    library.work()
    library.ingestion.submit_file(library.file("parking.md", " \n "), collection="open", principal_name="mina")
    library.work()
    with library.database.read() as session:
        (line,) = list_documents(session, library.people["mina"], as_of=date(2026, 1, 1)).items
    assert (line.state, line.readable, line.title) == (VersionState.FAILED, True, "가온시 주차장 조례")
    assert line.reason is not None
    assert line.version_id == submission.version_id
    assert line.legal_state == "in_force"


def test_the_viewer_gets_structure_pages_and_history(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law(fee="삼천 원"))
    second = library.add("parking.md", law(fee="오천 원"))
    with library.database.read() as session:
        page = view(session, library.people["mina"], first.document_id, as_of=date(2026, 1, 1))
        old = view(session, library.people["mina"], first.document_id, first.version_id)
    assert page.version_id == second.version_id
    assert [(one.number, one.state.value, one.active) for one in page.versions] == [
        (2, "ready", True),
        (1, "superseded", False),
    ]
    assert (old.active, old.legal.state) == (False, "superseded")
    assert page.legal.state == "in_force"
    for block in page.blocks:
        assert 0 <= block.start < block.end <= len(page.text)
    for entry in page.outline:
        assert page.text[entry.start :].lstrip().startswith(entry.text[:3])
    assert page.pages == ()


def test_a_version_of_another_document_is_not_found(library: Any, law: Callable[..., str]) -> None:
    one = library.add("one.md", law("하나"))
    other = library.add("two.md", law("둘"))
    with library.database.read() as session:
        for attempt in (
            lambda: view(session, library.people["mina"], one.document_id, other.version_id),
            lambda: original(
                session, library.people["mina"], one.document_id, blobs=library.blobs, version_id=other.version_id
            ),
        ):
            with pytest.raises(Failure) as refused:
                attempt()
            assert refused.value.code is ErrorCode.DOCUMENT_NOT_FOUND


def test_the_original_is_the_very_file(library: Any, law: Callable[..., str]) -> None:
    submission = library.add("parking.md", law())
    with library.database.read() as session:
        found = original(session, library.people["mina"], submission.document_id, blobs=library.blobs)
        assert found.path.read_text(encoding="utf-8") == law()
        assert (found.filename, found.media_type) == ("parking.md", "text/markdown")
        found.path.unlink()
        with pytest.raises(Failure) as refused:
            original(session, library.people["mina"], submission.document_id, blobs=library.blobs)
    assert refused.value.code is ErrorCode.FILE_MISSING
