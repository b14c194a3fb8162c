"""Indexes are derived: what is missing, stale, wiped or moved is found and mended from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select

from assistant.accounts.access import Reader
from assistant.db.models import AuditEvent, Collection, DocumentVersion
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import change_readers
from assistant.library.index_care import rebuild, remove_version, repair
from assistant.library.index_check import check
from assistant.library.vectors import decode, embed_hash, encode, store_vectors
from assistant.ports import RetryLater
from retrieval.chunking.breadcrumb import embed_text
from retrieval.types import IndexEntry

if TYPE_CHECKING:
    from collections.abc import Callable

TOPICS = ("주차장", "도서관", "체육관", "공원", "시장")


@pytest.fixture
def filled(library: Any, law: Callable[..., str]) -> Any:
    """Five statutes, one of them in its second version, on two shelves with different readers."""
    library.shelf("planners", readers=[Reader("department", "plan")])
    library.ids = {}
    for number, topic in enumerate(TOPICS):
        text = law(f"가온시 {topic} 조례", fee=f"{number + 1}천 원")
        library.ids[topic] = library.add(f"{topic}.md", text, "planners" if number % 2 else "open").version_id
    text = law("가온시 공원 조례", fee="구천 원")
    library.ids["공원"] = library.add("공원.md", text, "planners").version_id
    library.embedder.texts.clear()
    return library


def mend(library: Any, **more: Any) -> Any:
    return repair(library.database, library.indexes, library.queue, **more)


def look(library: Any) -> Any:
    return check(library.database, library.indexes)


def test_after_ingest_all_is_well(filled: Any) -> None:
    report = look(filled)
    assert report.ok, report
    assert (report.versions, report.lexical.found) == (5, sum(filled.words.counts().values()))
    assert report.dense.found < report.lexical.found, "supplementary provisions have no vector"
    assert report.sampled == 0, "these passages are too short to be sampled"
    mended = mend(filled)
    assert (mended.lexical_written, mended.dense_written, mended.removed) == (0, 0, 0)


def test_a_wiped_vector_index_is_filled_without_embedding(filled: Any) -> None:
    filled.near.scopes.clear()
    assert set(look(filled).dense.missing) == set(filled.ids.values())
    mended = mend(filled)
    assert (mended.lexical_written, mended.dense_written, mended.embedded) == (0, 5, 0)
    assert filled.embedder.texts == []
    assert look(filled).ok


@pytest.mark.parametrize("outdated", [False, True])
def test_a_wiped_or_outdated_word_index_is_filled(filled: Any, outdated: bool) -> None:  # noqa: FBT001
    filled.words.entries.clear()
    if outdated:
        filled.words.is_current = False
        filled.words.apply(upsert=[IndexEntry("old", "old", "old", "old", "", "", "")])
    mended = mend(filled)
    assert (mended.lexical_written, mended.dense_written) == (5, 0)
    assert look(filled).ok
    assert filled.find("mina", "도서관 요금")


def test_only_what_differs_is_written(filled: Any) -> None:
    lost = filled.ids["도서관"]
    for held in filled.near.scopes.values():
        for chunk_id in [key for key, value in held.items() if value[0] == lost][:1]:
            del held[chunk_id]
    assert look(filled).dense.missing == (lost,)
    written: list[str] = []
    upsert = filled.near.upsert
    filled.near.upsert = lambda entries, vectors: (
        written.extend(e.version_id for e in entries),
        upsert(entries, vectors),
    )
    mended = mend(filled)
    assert (mended.lexical_written, mended.dense_written) == (0, 1)
    assert set(written) == {lost}
    assert look(filled).ok


def test_stale_and_foreign_entries_are_removed(filled: Any) -> None:
    scope = next(iter(filled.near.scopes))
    foreign = IndexEntry("c", "unknown-version", "x", scope, "주차장", "", "주차장 요금")
    filled.words.apply(upsert=[foreign])
    filled.near.upsert([foreign], np.ones((1, 64), dtype=np.float32))
    with filled.database.read() as session:
        old = session.scalar(select(DocumentVersion.id).where(DocumentVersion.state == "superseded"))
        filled.indexes.write_version(session, old)
    report = look(filled)
    assert {name for name, _ in report.lexical.stale} == {"unknown-version", old}
    assert {name for name, _ in report.dense.stale} == {"unknown-version", old}
    mend(filled)
    assert look(filled).ok
    assert set(filled.words.counts()) == set(filled.ids.values())


def test_what_is_on_its_way_is_not_stale(filled: Any, law: Callable[..., str]) -> None:
    filled.submit("new.md", law("가온시 수영장 조례"))
    finish = filled.runner._activate
    filled.runner._activate = lambda *_: True
    filled.work("ingest.version")
    assert look(filled).ok
    mend(filled)
    filled.runner._activate = finish
    assert len(filled.words.counts()) == 6


def test_vectors_that_do_not_find_themselves_are_written_again(library: Any) -> None:
    articles = "".join(
        f"##### 제{n}조 (항목{n})\n\n{('가나다라마바사아자차카타파하'[n % 14 :] + str(n)) * 12}\n\n"
        for n in range(1, 12)
    )
    library.add("long.md", f"---\n제목: 긴 조례\n---\n\n# 긴 조례\n\n{articles}")
    report = look(library)
    assert report.ok
    assert report.sampled > 0
    (scope,) = library.near.scopes
    for key, (version, vector) in library.near.scopes[scope].items():
        library.near.scopes[scope][key] = (version, -vector)
    assert look(library).dense.lost == (scope,)
    assert mend(library).dense_written == 1
    assert look(library).ok


def test_a_new_embedding_model_fills_its_own_vectors(filled: Any) -> None:
    filled.embedder.fingerprint = "bigrams/2"
    filled.near.scopes.clear()  # a new model has Chroma collections of its own
    mended = mend(filled)
    assert mended.embedded == len(set(filled.embedder.texts)) > 0
    assert look(filled).ok


@pytest.mark.parametrize("side", ["words", "near"])
def test_one_index_down_does_not_keep_the_other_from_being_mended(filled: Any, side: str) -> None:
    filled.words.entries.clear()
    filled.near.scopes.clear()
    down = getattr(filled, side)
    down.down = True
    with pytest.raises(Failure) as refused:
        mend(filled)
    assert refused.value.code is ErrorCode.INDEX_UNAVAILABLE
    with pytest.raises(RetryLater):
        filled.index_jobs.repair({}, None)
    down.down = False
    other = {"words": "dense", "near": "lexical"}[side]
    assert getattr(look(filled), other).ok
    mend(filled)
    assert look(filled).ok


def test_rebuild_embeds_nothing_and_is_recorded(filled: Any) -> None:
    steps: list[tuple[int, int]] = []
    written = rebuild(filled.database, filled.indexes, actor="root", progress=lambda *step: steps.append(step))
    assert written == 5
    assert steps[-1] == (5, 5)
    assert filled.embedder.texts == []
    assert look(filled).ok
    with filled.database.read() as session:
        assert "index.rebuilt" in set(session.scalars(select(AuditEvent.action)))


def test_a_collection_moves_with_its_readers(filled: Any) -> None:
    with filled.database.write() as session:
        collection = session.scalars(select(Collection).where(Collection.name == "planners")).one()
        old = collection.scope
        change_readers(session, collection, [Reader("user", "taeho")], queue=filled.queue, actor="root")
    assert look(filled).dense.missing
    filled.work()
    assert look(filled).ok
    assert not filled.near.scopes[old]
    assert filled.find("taeho", "공원 요금", collection="planners")


def test_a_clean_up_spares_what_came_back_to_life(filled: Any, law: Callable[..., str]) -> None:
    assert not remove_version(filled.database, filled.indexes, filled.queue, filled.ids["공원"])
    with filled.database.read() as session:
        old = session.scalar(select(DocumentVersion.id).where(DocumentVersion.state == "superseded"))
        filled.indexes.write_version(session, old)
    apply = filled.words.apply

    def revive_then_apply(**more: Any) -> None:
        filled.words.apply = apply
        filled.submit("공원.md", law("가온시 공원 조례", fee="4천 원"), "planners")
        filled.work("ingest.version")
        apply(**more)

    filled.words.apply = revive_then_apply
    remove_version(filled.database, filled.indexes, filled.queue, old)
    assert old not in filled.words.counts()
    filled.work()
    assert look(filled).ok
    assert "4천 원" in filled.find("mina", "공원 요금 한 시간")[0].text


def test_stored_vectors_keep_their_direction(library: Any) -> None:
    vector = library.embedder.embed_query("공영주차장 요금은 한 시간에 삼천 원으로 한다")
    (back,) = decode([encode(vector)], 64)
    assert float(vector @ back) > 0.999
    with pytest.raises(ValueError, match="not finite"), library.database.write() as session:
        store_vectors(session, "f", ["h"], np.array([[np.nan]], dtype=np.float32))


def test_the_text_that_is_embedded() -> None:
    assert (
        embed_text("주차장법", ["제1장", "제2조 (요금)"], "제2조 (요금)\n\n내용")
        == "주차장법 › 제1장\n제2조 (요금)\n\n내용"
    )
    assert embed_text("주차장법", ["제1장", "제2조 (요금)"], "② 내용") == "주차장법 › 제1장 › 제2조 (요금)\n② 내용"
    assert embed_hash("가") != embed_hash("나")
