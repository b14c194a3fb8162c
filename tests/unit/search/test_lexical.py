from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace

import pytest

from retrieval import korean
from retrieval.asked import entry_digest, joined
from retrieval.errors import IndexUnavailable
from retrieval.indexes.lexical import TantivyIndex
from retrieval.types import ChunkKind, IndexEntry

ACT = "민원 처리에 관한 법률"


def entry(chunk, body, *, version="v1", scope="s1", title=ACT, heading="", kind=ChunkKind.BODY):
    return IndexEntry(chunk, version, "c1", scope, title, heading, body, kind)


@pytest.fixture
def index(tmp_path):
    return TantivyIndex(tmp_path / "words")


def ids(hits):
    return [hit.chunk_id for hit in hits]


def test_finds_by_word_forms_best_first(index):
    index.apply(upsert=[entry("a", "불법주차 차량은 과태료를 부과한다"), entry("b", "과태료"), entry("c", "청사 관리")])
    hits = index.search("불법으로 주차하면 과태료가 얼마죠?", scopes=["s1"], limit=5)
    assert ids(hits) == ["a", "b"]
    assert hits[0].score > hits[1].score > 0


def test_only_listed_scopes(index):
    index.apply(upsert=[entry("a", "과태료", scope="공개"), entry("b", "과태료", scope="부서/총무과")])
    assert ids(index.search("과태료", scopes=["부서/총무과"], limit=5)) == ["b"]
    assert set(ids(index.search("과태료", scopes=["공개", "부서/총무과", "x"], limit=5))) == {"a", "b"}
    assert index.search("과태료", scopes=[], limit=5) == []
    assert index.search("과태료", scopes=["부서"], limit=5) == []


def test_scope_does_not_change_the_score(index):
    index.apply(upsert=[entry("a", "과태료"), entry("b", "청사", scope="s2")])
    alone = index.search("과태료", scopes=["s1"], limit=5)[0].score
    assert index.search("과태료", scopes=["s1", "s2"], limit=5)[0].score == alone


def test_supplementary_provisions_count_half(index):
    index.apply(upsert=[entry("a", "과태료 부과"), entry("b", "과태료 부과", kind=ChunkKind.SUPPLEMENTARY)])
    body, extra = index.search("과태료", scopes=["s1"], limit=5)
    assert (body.chunk_id, extra.chunk_id) == ("a", "b")
    assert extra.score == pytest.approx(body.score / 2)
    assert ids(index.search("과태료", scopes=["s1"], limit=1)) == ["a"]


def test_named_articles_and_act_titles_lead(index):
    index.apply(
        upsert=[
            entry("민원23", "반복하여 제출한 경우", heading="제23조 (반복 민원)"),
            entry("민원36", "제23조에 따라 제23조의 방법으로", heading="제36조 (준용)"),
            entry("주차23", "반복하여 제출한 경우", heading="제23조 (과태료)", title="주차장법"),
        ]
    )
    assert ids(index.search("민원처리법 23조", scopes=["s1"], limit=3))[0] == "민원23"
    assert ids(index.search("주차장법 제23조", scopes=["s1"], limit=3))[0] == "주차23"


def test_questions_are_found_apart_from_the_passages_they_belong_to(index):
    asked = ("길바닥에 침 뱉으면 벌금 얼마인가요", "노상방뇨 신고")
    index.apply(upsert=[replace(entry("a", "범칙행위"), asked=asked), entry("b", "길바닥 침 벌금")])
    assert ids(index.search_asked("길에 침 뱉는 사람", scopes=["s1"], limit=5)) == ["a"]
    assert ids(index.search("길바닥에 침", scopes=["s1"], limit=5)) == ["b"]
    assert index.search_asked("길바닥", scopes=["s2"], limit=5) == []
    assert index.search_asked("", scopes=["s1"], limit=5) == []


def test_the_digest_of_questions_follows_every_change(index):
    a, b = entry("a", "가"), entry("b", "나", version="v2")
    index.apply(upsert=[replace(a, asked=("하나인가요", "둘인가요")), b])
    first = index.asked()
    assert first == {"v1": entry_digest(replace(a, asked=("둘인가요", "하나인가요")))}
    index.apply(upsert=[replace(a, asked=("하나인가요", "셋인가요"))])
    assert index.asked() != first
    index.apply(upsert=[replace(a, chunk_id="c", asked=("넷인가요",))])
    parts = [replace(a, asked=("하나인가요", "셋인가요")), replace(a, chunk_id="c", asked=("넷인가요",))]
    assert index.asked() == {"v1": joined(map(entry_digest, parts))}
    index.apply(delete_versions=["v1"])
    assert index.asked() == {}


def test_adding_again_replaces_and_deleting_is_exact(index):
    index.apply(upsert=[entry("a", "과태료", version="v1"), entry("b", "과태료", version="v10")])
    index.apply(upsert=[entry("a", "청사", version="v1")])
    assert ids(index.search("과태료", scopes=["s1"], limit=5)) == ["b"]
    assert index.counts() == {"v1": 1, "v10": 1}
    index.apply(delete_versions=["v1"])
    assert index.counts() == {"v10": 1}
    index.apply(upsert=[entry("c", "과태료", version="v10")], delete_versions=["v10"])
    assert index.counts() == {"v10": 1}
    assert ids(index.search("과태료", scopes=["s1"], limit=5)) == ["c"]


def test_nothing_is_written_when_an_entry_fails(index):
    index.apply(upsert=[entry("a", "과태료")])

    def broken():
        yield entry("b", "과태료")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        index.apply(upsert=broken(), delete_versions=["v1"])
    assert ids(index.search("과태료", scopes=["s1"], limit=5)) == ["a"]
    index.apply(upsert=[entry("c", "과태료")])  # the writer was given back


def test_an_index_that_does_not_exist_yet_is_empty(index, tmp_path):
    assert index.search("과태료", scopes=["s1"], limit=5) == []
    assert index.counts() == {}
    assert index.is_current
    assert not (tmp_path / "words").exists()


def test_a_reader_sees_what_another_commits_and_clears(index, tmp_path):
    reader = TantivyIndex(tmp_path / "words")
    assert reader.search("과태료", scopes=["s1"], limit=5) == []
    index.apply(upsert=[entry("a", "과태료")])
    assert ids(reader.search("과태료", scopes=["s1"], limit=5)) == ["a"]
    index.apply(upsert=[entry("b", "과태료 과태료")])
    assert ids(reader.search("과태료", scopes=["s1"], limit=5)) == ["b", "a"]
    index.clear()
    assert reader.search("과태료", scopes=["s1"], limit=5) == []
    index.apply(upsert=[entry("c", "과태료")])
    assert ids(reader.search("과태료", scopes=["s1"], limit=5)) == ["c"]


def test_writers_wait_for_each_other(tmp_path):
    failures = []

    def write(number):
        try:
            TantivyIndex(tmp_path / "words").apply(upsert=[entry(f"n{number}", "과태료", version=f"v{number}")])
        except IndexUnavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert TantivyIndex(tmp_path / "words").counts() == {f"v{number}": 1 for number in range(5)}


def test_a_writer_that_waits_too_long_says_so(tmp_path):
    first = TantivyIndex(tmp_path / "words")
    second = TantivyIndex(tmp_path / "words", lock_timeout=0.1)

    with first._writer(), pytest.raises(IndexUnavailable):
        second.apply(upsert=[entry("b", "청사")])
    first.apply(upsert=[entry("a", "청사")])
    assert ids(first.search("청사", scopes=["s1"], limit=5)) == ["a"]


def test_others_may_write_while_words_are_made(tmp_path):
    first = TantivyIndex(tmp_path / "words")
    second = TantivyIndex(tmp_path / "words", lock_timeout=0.1)

    def entries():
        second.apply(upsert=[entry("b", "청사")])
        yield entry("a", "청사")

    first.apply(upsert=entries())
    assert set(ids(first.search("청사", scopes=["s1"], limit=5))) == {"a", "b"}


def _write_in_child(folder, number):
    TantivyIndex(folder).apply(upsert=[entry(f"n{number}", "과태료", version=f"v{number}")])


def test_two_processes_write_one_index(index, tmp_path):
    index.apply(upsert=[entry("a", "청사", version="v0")])
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=_write_in_child, args=(tmp_path / "words", 1))
    child.start()
    index.apply(upsert=[entry("b", "청사", version="v2")])
    child.join(60)
    assert child.exitcode == 0
    assert index.counts() == {"v0": 1, "v1": 1, "v2": 1}


@pytest.mark.parametrize("damage", ["meta", "no meta", "segments"])
def test_damaged_files_are_unavailable_until_cleared(index, tmp_path, damage):
    index.apply(upsert=[entry("a", "과태료")])
    if damage == "meta":
        (tmp_path / "words" / "meta.json").write_text("{")
    elif damage == "no meta":
        (tmp_path / "words" / "meta.json").unlink()
    else:
        for path in (tmp_path / "words").iterdir():
            if path.suffix not in {".json", ".lock"}:
                path.unlink()
    fresh = TantivyIndex(tmp_path / "words")
    with pytest.raises(IndexUnavailable):
        fresh.search("과태료", scopes=["s1"], limit=5)
    with pytest.raises(IndexUnavailable):
        fresh.counts()
    fresh.clear()
    assert fresh.counts() == {}
    fresh.apply(upsert=[entry("b", "과태료")])
    assert ids(fresh.search("과태료", scopes=["s1"], limit=5)) == ["b"]


def test_says_when_its_tokens_are_of_another_time(index, monkeypatch):
    index.apply(upsert=[entry("a", "과태료")])
    assert index.is_current
    monkeypatch.setattr(korean, "REVISION", korean.REVISION + 1)
    assert not index.is_current
    index.clear()
    assert index.is_current


def test_very_long_and_wordless_questions(index):
    index.apply(upsert=[entry("a", "과태료"), entry("b", "청사"), entry("c", "도로")])
    long = "그러므로 " * 3000 + "과태료"
    assert ids(index.search(long, scopes=["s1"], limit=5)) == ["a"]
    assert index.search("??", scopes=["s1"], limit=5) == []
    assert index.search("과태료", scopes=["s1"], limit=0) == []
