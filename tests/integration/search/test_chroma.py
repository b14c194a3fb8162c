"""The vector index against a real Chroma server."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.asked import entry_digest
from retrieval.errors import IndexUnavailable
from retrieval.indexes.chroma import ChromaVectorIndex
from retrieval.types import IndexEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.heavy


def entry(chunk: str, *, version: str = "v1", scope: str = "s1") -> IndexEntry:
    return IndexEntry(chunk, version, "c1", scope, "제목", "", "본문")


def unit(*values: float) -> np.ndarray:
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@pytest.fixture
def index(chroma_address: tuple[str, int], request: pytest.FixtureRequest) -> Iterator[ChromaVectorIndex]:
    made = ChromaVectorIndex(*chroma_address, fingerprint=request.node.name)
    yield made
    for scope in made.scopes():
        made.drop(scope)
    made.close()


def test_returns_the_nearest_first_with_their_cosine(index):
    rows = np.stack([unit(1, 0), unit(1, 1), unit(0, 1)])
    index.upsert([entry("가"), entry("나"), entry("다")], rows)
    hits = index.search(unit(1, 0), scopes=["s1"], limit=2)
    assert [hit.chunk_id for hit in hits] == ["가", "나"]
    assert [hit.score for hit in hits] == pytest.approx([1.0, np.sqrt(0.5)], abs=1e-4)


def test_only_listed_scopes_are_searched_and_merged_best_first(index):
    entries = [entry("a", scope="부서/총무과"), entry("b", scope="공개"), entry("c", scope="비밀")]
    index.upsert(entries, np.stack([unit(1, 0.5), unit(1, 0.1), unit(1, 0)]))
    hits = index.search(unit(1, 0), scopes=["부서/총무과", "공개", "없는 범위"], limit=10)
    assert [hit.chunk_id for hit in hits] == ["b", "a"]
    assert index.search(unit(1, 0), scopes=[], limit=10) == []
    assert index.scopes() == sorted(["부서/총무과", "공개", "비밀"])


def test_questions_are_kept_apart_and_lead_to_their_chunk(index):
    index.upsert([entry("a"), entry("b")], np.stack([unit(1, 0), unit(0, 1)]))
    asking = [replace(entry("a"), asked=("하나", "둘")), replace(entry("b", version="v2"), asked=("셋",))]
    index.set_asked(["v1", "v2"], asking, np.stack([unit(0, 0, 1), unit(0, 1, 1), unit(1, 0)]), scope="s1")
    hits = index.search_asked(unit(0, 0, 1), scopes=["s1", "s2"], limit=5)
    assert [hit.chunk_id for hit in hits] == ["a", "b"]
    assert hits[0].score == pytest.approx(1.0, abs=1e-4)
    assert [hit.chunk_id for hit in index.search(unit(1, 0), scopes=["s1"], limit=1)] == ["a"]
    assert (index.count("s1"), index.versions("s1"), index.scopes()) == (2, {"v1": 2}, ["s1"])
    assert index.asked("s1") == {"v1": entry_digest(asking[0]), "v2": entry_digest(asking[1])}


def test_questions_are_replaced_and_go_with_their_version_and_their_scope(index):
    both = [replace(entry("a"), asked=("하나", "둘"))]
    index.set_asked(["v1"], both, np.stack([unit(1), unit(0, 1)]), scope="s1")
    other = [replace(entry("a"), asked=("둘", "셋"))]
    index.set_asked(["v1"], other, np.stack([unit(0, 1), unit(0, 0, 1)]), scope="s1")
    assert index.asked("s1") == {"v1": entry_digest(other[0])}
    index.set_asked(["v2"], [], np.empty((0, 8), dtype=np.float32), scope="s1")
    assert index.asked("s1") == {"v1": entry_digest(other[0])}
    with pytest.raises(ValueError, match="vector"):
        index.set_asked(["v1"], other, unit(1)[None], scope="s1")
    index.delete_versions(["v1"], scope="s1")
    assert index.asked("s1") == {}
    index.set_asked(["v1"], both, np.stack([unit(1), unit(0, 1)]), scope="s1")
    index.drop("s1")
    assert index.asked("s1") == {}
    assert index.search_asked(unit(1), scopes=["s1"], limit=3) == []


def test_writing_the_same_chunk_again_replaces_it(index):
    index.upsert([entry("a")], unit(1, 0)[None])
    index.upsert([entry("a")], unit(0, 1)[None])
    assert index.count("s1") == 1
    assert index.search(unit(0, 1), scopes=["s1"], limit=1)[0].score == pytest.approx(1.0, abs=1e-4)


def test_deletes_exactly_the_named_versions_of_one_scope(index):
    entries = [entry("a", version="v1"), entry("b", version="v2"), entry("c", version="v1", scope="s2")]
    index.upsert(entries, np.stack([unit(1)] * 3))
    index.delete_versions(["v1", "v9"], scope="s1")
    assert (index.count("s1"), index.count("s2")) == (1, 1)
    index.delete_versions(["v1"], scope="없는 범위")


def test_more_rows_than_one_batch(index):
    rows = np.random.default_rng(1).normal(size=(230, 8)).astype(np.float32)
    index.upsert([entry(f"n{number}") for number in range(230)], rows)
    assert index.count("s1") == 230
    hits = index.search(rows[229] / np.linalg.norm(rows[229]), scopes=["s1"], limit=1)
    assert hits[0].chunk_id == "n229"


def test_models_do_not_see_each_other(index, chroma_address):
    with closing(ChromaVectorIndex(*chroma_address, fingerprint="another model")) as other:
        index.upsert([entry("a")], unit(1)[None])
        assert other.count("s1") == 0
        assert other.search(unit(1), scopes=["s1"], limit=1) == []
        assert other.scopes() == []


def test_a_scope_dropped_by_another_process_is_found_empty_and_made_again(index, chroma_address, request):
    index.upsert([entry("a")], unit(1)[None])
    with closing(ChromaVectorIndex(*chroma_address, fingerprint=request.node.name)) as other:
        other.drop("s1")
    assert index.search(unit(1), scopes=["s1"], limit=1) == []
    index.upsert([entry("b")], unit(1)[None])
    assert [hit.chunk_id for hit in index.search(unit(1), scopes=["s1"], limit=5)] == ["b"]
    index.drop("s1")
    index.drop("s1")
    assert index.count("s1") == 0


def test_refuses_vectors_that_do_not_fit(index):
    with pytest.raises(ValueError, match="one finite vector"):
        index.upsert([entry("a"), entry("b")], unit(1)[None])
    with pytest.raises(ValueError, match="one finite vector"):
        index.upsert([entry("a")], np.full((1, 8), np.nan, dtype=np.float32))


def test_ping(index):
    index.ping()


def test_a_closed_port_is_unavailable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    index = ChromaVectorIndex("127.0.0.1", port, "m")
    with pytest.raises(IndexUnavailable):
        index.ping()
    with pytest.raises(IndexUnavailable):
        index.search(unit(1), scopes=["s1"], limit=1)


def test_a_server_that_never_answers_is_unavailable():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        index = ChromaVectorIndex("127.0.0.1", silent.getsockname()[1], "m", connect_timeout=0.2)
        with pytest.raises(IndexUnavailable, match="Timeout"):
            index.count("s1")


def test_threads_share_one_index(index):
    rows = np.stack([unit(1, number) for number in range(8)])
    index.upsert([entry(f"n{number}") for number in range(8)], rows)
    found: list[str] = []

    def ask(number: int) -> None:
        found.append(index.search(rows[number], scopes=["s1"], limit=1)[0].chunk_id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"n{number}" for number in range(8)]


def test_survives_a_server_that_comes_back(tmp_path):
    """The address answers only later: the first call fails, a later one connects anew."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        index = ChromaVectorIndex("127.0.0.1", listener.getsockname()[1], "m", connect_timeout=0.5)
        with pytest.raises(IndexUnavailable):
            index.ping()
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        index.ping()
        thread.join()
