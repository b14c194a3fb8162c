"""The commands that look at documents, over the samples: what they print is what scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from commanding import assistant, lines

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = "사용허가가 취소되면 며칠 안에 원래 상태로 되돌려야 하나요?"
EXPECTED = "20일"
TITLE = "가온시 공유재산 사용허가 조례"

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("city")]


def test_search_gives_title_article_and_text() -> None:
    found = assistant("search", QUESTION, "-k", "3", "--json").json
    assert {"id", "query", "took_ms", "results"} <= set(found)
    assert found["id"] is None
    assert found["query"] == QUESTION
    assert found["degraded"] == []
    assert found["took_ms"] > 0
    assert len(found["results"]) == 3
    for hit in found["results"]:
        assert {"document_id", "title", "collection", "locator", "text", "score"} <= set(hit)
        assert set(hit["locator"]) == {"article", "page", "heading"}
        assert 0 <= hit["score"] <= 1
    best = found["results"][0]
    assert (best["title"], best["collection"]) == (TITLE, "ordinances")
    assert best["locator"]["article"] == "제12조의2"
    assert EXPECTED in best["text"]
    keys = [(hit["document_id"], hit["locator"]["article"] or hit["text"]) for hit in found["results"]]
    assert len(set(keys)) == len(keys)


def test_search_keeps_to_rights_and_to_the_collection() -> None:
    query = "비상근무 당직"
    for_all = assistant("search", query, "--as", "staff", "--json").json["results"]
    inside = assistant("search", query, "--as", "complaints", "--json").json["results"]
    assert "duty" not in {hit["collection"] for hit in for_all}
    assert inside[0]["collection"] == "duty"
    only = assistant("search", QUESTION, "--collection", "manuals", "--json").json["results"]
    assert {hit["collection"] for hit in only} == {"manuals"}
    assistant("search", query, "--as", "staff", "--collection", "duty", "--json").one_line("collection_not_found")
    assistant("search", query, "--as", "nobody", "--json").one_line("user_not_found")


def test_search_in_a_batch_answers_good_lines_and_tells_bad_ones(city: Path) -> None:
    batch = city / "queries.jsonl"
    batch.write_bytes(lines({"id": 7, "query": QUESTION, "lang": "ko"}, {"id": 8, "query": " "}, {"id": "x"}, "{"))
    done = assistant("search", "--batch", str(batch), "-k", "2", "--jsonl")
    assert done.code == 1
    first, *bad = done.jsonl
    assert (first["id"], first["query"]) == (7, QUESTION)
    assert first["results"][0]["locator"]["article"] == "제12조의2"
    assert [(one["id"], one["error"]["code"]) for one in bad] == [
        (8, "question_empty"),
        ("x", "input_invalid"),
        (None, "input_not_json"),
    ]


def test_ask_answers_with_citations_that_can_be_checked() -> None:
    answer = assistant("ask", QUESTION, "--as", "staff", "--json").json
    assert {"id", "status", "answer", "citations", "findings", "model", "took_ms"} <= set(answer)
    assert answer["status"].startswith("answered")
    assert EXPECTED in answer["answer"]
    assert answer["model"] == "extractive"
    assert [notice["code"] for notice in answer["notices"]] == ["no_model"]
    cited = answer["citations"][0]
    assert {"n", "document_id", "title", "locator", "quote"} <= set(cited)
    assert f"[{cited['n']}]" in answer["answer"]
    shown = assistant("search", QUESTION, "-k", "1", "--json").json["results"][0]
    assert cited["document_id"] == shown["document_id"]
    assert cited["quote"] in shown["text"]


def test_ask_in_a_batch_keeps_ids_and_says_so_where_there_is_no_source() -> None:
    questions = lines(
        {"id": "q1", "question": QUESTION},
        {"id": 2, "question": "화성의 위성은 몇 개이고 이름은 무엇인가요?"},
        {"id": 3, "question": ""},
        {"id": 4, "text": "다른 칸"},
    )
    done = assistant("ask", "--batch", "-", "--jsonl", stdin=questions)
    assert done.code == 1
    assert [one["id"] for one in done.jsonl] == ["q1", 2, 3, 4]
    good, nothing, empty, other = done.jsonl
    assert EXPECTED in good["answer"]
    assert nothing["status"] == "unanswerable_no_source"
    assert nothing["answer"]
    assert nothing["citations"] == []
    assert (empty["error"]["code"], other["error"]["code"]) == ("question_empty", "input_invalid")


def test_ingest_waits_and_tells_of_every_file(city: Path) -> None:
    folder = city / "자료"
    folder.mkdir()
    (folder / "가로등.md").write_text("# 가로등 고장 신고\n\n가로등 고장은 3일 이내에 고칩니다.\n", encoding="utf-8")
    (folder / "옛글.txt").write_bytes("현수막 게시 기간은 15일입니다.".encode("cp949"))
    (folder / "빈.txt").write_bytes(b"")
    done = assistant("ingest", str(folder), "--collection", "roads", "--department", "310", "--grade", "O", "--json")
    assert done.code == 1  # one file has failed
    assert done.err.splitlines() == ["1건을 넣지 못했습니다. 빈 파일입니다. [file_empty]"]
    documents = {one["path"].rpartition("/")[2]: one for one in done.json["documents"]}
    for one in documents.values():
        assert {"path", "document_id", "state", "pages", "chunks", "reason"} <= set(one)
    assert [documents[name]["state"] for name in ("가로등.md", "옛글.txt", "빈.txt")] == ["ready", "ready", "failed"]
    assert documents["가로등.md"]["chunks"] > 0
    assert documents["빈.txt"]["reason"] == "file_empty"
    (found,) = assistant("search", "현수막 게시 기간", "-k", "1", "--collection", "roads", "--json").json["results"]
    assert found["document_id"] == documents["옛글.txt"]["document_id"]
    assert found["title"] == "옛글"
    again = assistant("ingest", str(folder / "가로등.md"), "--collection", "roads", "--json")
    assert again.code == 0
    assert again.json["documents"][0]["document_id"] == documents["가로등.md"]["document_id"]
    missing = assistant("ingest", str(city / "none"), "--json")
    assert (missing.code, missing.json["documents"][0]["reason"]) == (1, "path_not_found")


def test_indexes_are_checked_and_made_anew() -> None:
    checked = assistant("index", "check", "--json")
    assert checked.code == 0, checked
    assert checked.json["ok"]
    rebuilt = assistant("index", "rebuild")
    assert rebuilt.code == 0, rebuilt
    assert assistant("index", "check", "--json").json["ok"]
    found = assistant("search", QUESTION, "-k", "1", "--json").json
    assert found["degraded"] == []
    assert found["results"][0]["locator"]["article"] == "제12조의2"


def test_rebuilding_without_the_server_empties_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("ASSISTANT_CHROMA_HOST", "127.0.0.1")
        patched.setenv("ASSISTANT_CHROMA_PORT", "1")
        assistant("index", "rebuild").one_line("index_unavailable")
        found = assistant("search", QUESTION, "--json").json
        assert found["degraded"] == ["dense"]
        assert found["results"]
    assert assistant("index", "check", "--json").json["ok"]


def test_doctor_finds_nothing_wrong() -> None:
    done = assistant("doctor", "--json")
    assert done.code == 0, done.out
    assert done.json["ok"]
    checks = {check["name"]: check for check in done.json["checks"]}
    assert {"python", "modules", "home", "database", "audit", "embedder", "chroma", "indexes", "policy"} <= set(checks)
    assert all(check["ok"] and check["detail"] for check in checks.values())


def test_people_and_shelves_can_be_managed() -> None:
    assert assistant("user", "department", "330", "공원녹지과", "--parent", "300").code == 0
    assert assistant("user", "add", "park", "--name", "한그루", "--department", "330", "--role", "steward").code == 0
    assistant("user", "add", "park").one_line("name_taken")
    people = {one["username"]: one for one in assistant("user", "list", "--json").json["users"]}
    assert people["park"]["roles"] == ["steward"]
    assert people["park"]["department_name"] == "공원녹지과"
    assert assistant("user", "role", "park", "--role", "staff", "--role", "complaints").code == 0
    before = {one["name"] for one in assistant("collection", "list", "--as", "park", "--json").json["collections"]}
    assert "duty" not in before
    assert assistant("collection", "readers", "duty", "--allow", "department:200", "--allow", "user:park").code == 0
    after = {one["name"] for one in assistant("collection", "list", "--as", "park", "--json").json["collections"]}
    assert after == before | {"duty"}
    assert assistant("user", "disable", "park").code == 0
    assert not next(u for u in assistant("user", "list", "--json").json["users"] if u["username"] == "park")["active"]
    assistant("search", "당직", "--as", "park", "--json").one_line("user_not_found")
    assistant("collection", "readers", "nothing", "--allow", "everyone").one_line("collection_not_found")


def test_the_audit_chain_is_verified() -> None:
    found = assistant("audit", "verify", "--json")
    assert found.code == 0
    assert {"ok", "events", "first_broken"} <= set(found.json)
    assert found.json["ok"]
    assert found.json["first_broken"] is None
    assert found.json["events"] > 9
