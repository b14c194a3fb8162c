"""From file to searchable version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.db.models import AuditEvent, ChunkRow, Document, DocumentVersion, VectorRow, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import verify
from assistant.library.documents import view
from assistant.library.index_check import check
from assistant.ports import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable


def versions(library: Any, document_id: str) -> list[DocumentVersion]:
    with library.database.read() as session:
        found = session.scalars(
            select(DocumentVersion).where(DocumentVersion.document_id == document_id).order_by(DocumentVersion.number)
        )
        return list(found)


def test_a_statute_becomes_searchable_with_its_facts(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    assert submission.state is VersionState.QUEUED
    assert library.find("mina", "공영주차장 요금") == []
    library.work()
    hits = library.find("mina", "공영주차장 요금")
    assert hits[0].locator.article == "제2조"
    assert hits[0].title == "가온시 주차장 조례"
    with library.database.read() as session:
        shown = view(session, library.people["mina"], submission.document_id)
        assert verify(session).ok
        actions = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))
    assert actions[-2:] == ["document.submitted", "document.ready"]
    assert shown.text[hits[0].start : hits[0].end] == hits[0].text
    assert shown.legal.kind == "조례"
    assert shown.legal.ministry == "교통과"
    assert shown.legal.effective_on is not None
    assert "제2조 (요금)" in {entry.text for entry in shown.outline}
    (version,) = versions(library, submission.document_id)
    assert version.indexed
    assert library.words.counts() == {version.id: version.chunk_count}


def test_what_is_embedded_carries_its_place_and_supplements_are_left_out(library: Any, law: Callable[..., str]) -> None:
    library.add("parking.md", law())
    assert any(
        text.startswith("가온시 주차장 조례 › 제1장 총칙\n") and "삼천 원" in text for text in library.embedder.texts
    )
    assert not any("공포한 날부터" in text for text in library.embedder.texts)
    assert library.find("mina", "공포한 날부터 시행"), "supplementary provisions are found by their words"


def test_the_same_content_again_costs_nothing(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law())
    again = library.submit("parking.md", law())
    assert (again.version_id, again.state, again.duplicate) == (first.version_id, VersionState.READY, False)
    assert library.jobs() == []
    assert library.parser.parsed == ["parking.md"]


def test_the_same_content_under_another_name_is_the_document_already_there(
    library: Any, law: Callable[..., str]
) -> None:
    first = library.add("parking.md", law())
    copy = library.submit("copy of parking.md", law())
    assert copy.duplicate
    assert copy.document_id == first.document_id
    library.shelf("other")
    elsewhere = library.submit("parking.md", law(), "other")
    assert not elsewhere.duplicate
    assert elsewhere.document_id != first.document_id


def test_a_new_version_replaces_the_old_one_and_embeds_only_what_changed(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law(fee="삼천 원"))
    embedded = len(library.embedder.texts)
    second = library.submit("parking.md", law(fee="오천 원"))
    assert second.document_id == first.document_id
    library.work("ingest.version")
    assert len(library.embedder.texts) == embedded + 1
    hits = library.find("mina", "공영주차장 요금 한 시간")
    assert {hit.version_id for hit in hits} == {second.version_id}
    assert "오천 원" in hits[0].text
    library.work()  # the clean-up
    assert set(library.words.counts()) == {second.version_id}
    assert [one.state for one in versions(library, first.document_id)] == ["superseded", "ready"]
    with library.database.read() as session:
        old = view(session, library.people["mina"], first.document_id, first.version_id)
    assert "삼천 원" in old.text
    assert old.legal.state == "superseded"


def test_an_earlier_content_comes_back_as_the_newest(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law(fee="삼천 원"))
    library.add("parking.md", law(fee="오천 원"))
    parsed = len(library.parser.parsed)
    back = library.add("parking.md", law(fee="삼천 원"))
    assert back.version_id == first.version_id
    assert len(library.parser.parsed) == parsed
    assert "삼천 원" in library.find("mina", "공영주차장 요금 한 시간")[0].text
    assert set(library.words.counts()) == {first.version_id}


def test_a_late_job_of_an_older_version_does_not_flip_back(library: Any, law: Callable[..., str]) -> None:
    first = library.submit("parking.md", law(fee="삼천 원"))
    second = library.submit("parking.md", law(fee="오천 원"))
    library.runner.process({"version_id": second.version_id}, Run())
    library.runner.process({"version_id": first.version_id}, Run())
    library.work()
    assert [one.state for one in versions(library, first.document_id)] == ["superseded", "ready"]
    assert "오천 원" in library.find("mina", "공영주차장 요금 한 시간")[0].text


def test_an_older_version_overtaken_in_the_middle_does_not_flip_back(library: Any, law: Callable[..., str]) -> None:
    first = library.submit("parking.md", law(fee="삼천 원"))

    def overtake() -> None:
        library.embedder.before = lambda: None
        second = library.submit("parking.md", law(fee="오천 원"))
        library.runner.process({"version_id": second.version_id}, Run())

    library.embedder.before = overtake
    library.runner.process({"version_id": first.version_id}, Run())
    assert [one.state for one in versions(library, first.document_id)] == ["superseded", "ready"]
    library.work()
    assert "오천 원" in library.find("mina", "공영주차장 요금 한 시간")[0].text
    assert len(library.words.counts()) == 1


def test_a_good_old_version_stays_while_the_new_one_fails(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law())
    path = library.file("parking.md", "   \n\n  ")
    failed = library.ingestion.submit_file(path, collection="open", principal_name="mina")
    library.work()
    status = library.ingestion.states([failed.version_id])[failed.version_id]
    assert status.state is VersionState.FAILED
    assert status.reason in {ErrorCode.FILE_EMPTY, ErrorCode.FILE_NO_TEXT}
    assert library.find("mina", "공영주차장 요금")[0].version_id == first.version_id


def test_a_failed_version_is_tried_again_when_asked_or_submitted(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    blob = next(path for path in (library.home / "blobs").rglob("*") if path.is_file())
    kept = blob.read_bytes()
    blob.unlink()
    library.work()
    status = library.ingestion.states([submission.version_id])[submission.version_id]
    assert (status.state, status.reason) == (VersionState.FAILED, "file_missing")
    blob.write_bytes(kept)
    with pytest.raises(Failure) as refused:
        library.ingestion.retry("nothing", library.people["mina"])
    assert refused.value.code is ErrorCode.DOCUMENT_NOT_FOUND
    assert library.ingestion.retry(submission.version_id, library.people["mina"]) is VersionState.QUEUED
    library.work()
    assert library.find("mina", "공영주차장 요금")
    assert library.ingestion.retry(submission.version_id, library.people["mina"]) is VersionState.READY


def test_a_job_given_up_says_so_on_the_version(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    for code in ("job_abandoned", "internal"):
        with library.database.write() as session:
            library.runner.on_abandoned(session, {"version_id": submission.version_id}, code)
    status = library.ingestion.states([submission.version_id])[submission.version_id]
    assert (status.state, status.reason) == (VersionState.FAILED, "job_abandoned")
    again = library.submit("parking.md", law())
    assert (again.version_id, again.state) == (submission.version_id, VersionState.QUEUED)


@pytest.mark.parametrize("side", ["words", "near"])
def test_an_index_that_is_down_puts_the_job_back(library: Any, law: Callable[..., str], side: str) -> None:
    submission = library.submit("parking.md", law())
    getattr(library, side).down = True
    with pytest.raises(RetryLater) as again:
        library.work()
    assert again.value.reason == "index_unavailable"
    assert library.ingestion.states([submission.version_id])[submission.version_id].state is VersionState.PROCESSING
    getattr(library, side).down = False
    library.work()
    assert library.find("mina", "공영주차장 요금")


def test_a_worker_told_to_stop_loses_no_batch(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    with pytest.raises(RetryLater):
        library.runner.process({"version_id": submission.version_id}, Run(stop=True))
    library.work()
    assert library.parser.parsed == ["parking.md"]
    assert library.find("mina", "공영주차장 요금")


@pytest.mark.parametrize("part", ["words", "near"])
@pytest.mark.parametrize("call", [1, 2])
def test_a_power_cut_while_indexing_is_taken_up_again(
    library: Any, law: Callable[..., str], part: str, call: int
) -> None:
    library.add("parking.md", law(fee="삼천 원"))
    submission = library.submit("parking.md", law(fee="오천 원"))
    switch = getattr(library, part)
    switch.calls, switch.break_at = 0, call
    try:
        library.work("ingest.version")
    except KeyboardInterrupt:
        assert "삼천 원" in library.find("mina", "공영주차장 요금 한 시간")[0].text
    switch.break_at = None
    library.work()
    hits = library.find("mina", "공영주차장 요금 한 시간")
    assert {hit.version_id for hit in hits} == {submission.version_id}
    assert set(library.words.counts()) == {submission.version_id}
    assert check(library.database, library.indexes).ok


def test_a_power_cut_while_embedding_keeps_finished_batches(library: Any) -> None:
    articles = "".join(f"##### 제{n}조 (항목{n})\n\n{n}번째 조문의 내용은 {n * 7}로 한다.\n\n" for n in range(1, 101))
    submission = library.submit("long.md", f"---\n제목: 긴 조례\n---\n\n# 긴 조례\n\n{articles}")
    batches = []

    def cut() -> None:
        batches.append(1)
        if len(batches) == 2:
            raise KeyboardInterrupt

    library.embedder.before = cut
    with pytest.raises(KeyboardInterrupt):
        library.work()
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(VectorRow)) == 64
        assert session.scalar(select(Document.active_version_id)) is None
    assert library.find("mina", "조문의 내용") == []
    library.embedder.before = lambda: None
    library.work()
    assert len(library.embedder.texts) == 100
    assert library.parser.parsed == ["long.md"]
    assert library.find("mina", "100번째 조문")[0].version_id == submission.version_id


def test_running_a_job_twice_changes_nothing(library: Any, law: Callable[..., str]) -> None:
    submission = library.add("parking.md", law())
    with library.database.read() as session:
        chunks = sorted(session.scalars(select(ChunkRow.id)))
        events = session.scalar(select(func.count()).select_from(AuditEvent))
    library.runner.process({"version_id": submission.version_id}, Run())
    library.runner.process({"version_id": "unknown"}, Run())
    with library.database.read() as session:
        assert sorted(session.scalars(select(ChunkRow.id))) == chunks
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_without_an_embedding_model_search_is_by_words(library: Any, law: Callable[..., str]) -> None:
    library.indexes = dataclasses.replace(library.indexes, embedder=None)
    library.runner._indexes = library.indexes
    library.fusion.indexes = library.indexes
    library.add("parking.md", law())
    assert library.find("mina", "공영주차장 요금")
    assert library.near.calls == 0


class Run:
    def __init__(self, *, stop: bool = False) -> None:
        self.stopping = lambda: stop
