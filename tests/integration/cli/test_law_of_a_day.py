"""``--as-of`` in searches, questions and batches, and ``assistant documents`` from end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from commanding import assistant, lines

if TYPE_CHECKING:
    from pathlib import Path

LAW = """---
제목: 반딧불이공원 이용에 관한 조례
자치법규ID: '777001'
자치법규종류: 조례
지자체기관명: 가온시
시행일자: {since}
---

# 반딧불이공원 이용에 관한 조례

##### 제1조 (입장료)

반딧불이공원의 입장료는 어른 한 사람에 {fee}으로 한다.
"""
QUERY = "반딧불이공원 입장료 어른"


@pytest.fixture(scope="module")
def parks(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three texts of one ordinance in two files, the oldest handed in last."""
    folder = tmp_path_factory.mktemp("parks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSISTANT_HOME", str(furnished))
        patch.chdir(folder)
        for name, since, fee in (
            ("park.md", "2024-01-01", "이천 원"),
            ("park.md", "2031-01-01", "만 원"),
            ("old.md", "2020-01-01", "천 원"),
        ):
            (folder / name).write_text(LAW.format(since=since, fee=fee), encoding="utf-8")
            assert assistant("ingest", str(folder / name), "--collection", "parks").code == 0
    return folder


def fee(found: dict) -> list[tuple[str, str]]:
    return [
        (hit["text"].rsplit("에 ", 1)[1].split("으로")[0], hit["legal_state"])
        for hit in found["results"]
        if "어른 한 사람에" in hit["text"]
    ]


def test_search_and_its_batches(city: Path, parks: Path) -> None:
    del city, parks
    assert fee(assistant("search", QUERY, "--json").json) == [("이천 원", "unknown")]
    assert fee(assistant("search", QUERY, "--json", "--as-of", "2022-05-05").json) == [("천 원", "unknown")]
    batch = lines(
        {"id": 1, "query": QUERY}, {"id": 2, "query": QUERY, "as_of": "2031-01-01"}, {"id": 3, "query": QUERY}
    )
    found = assistant("search", "--batch", "-", "--jsonl", "--as-of", "2021-01-01", stdin=batch).jsonl
    assert [fee(one) for one in found] == [[("천 원", "unknown")], [("만 원", "unknown")], [("천 원", "unknown")]]


def test_a_question_says_for_which_day_it_was_answered(city: Path, parks: Path) -> None:
    del city, parks
    answer = assistant("ask", "반딧불이공원의 어른 입장료는 얼마입니까?", "--json", "--as-of", "2022-05-05").json
    assert "천 원" in answer["answer"]
    assert "이천 원" not in answer["answer"]
    assert "2022-05-05 기준 법령으로 답했습니다." in [notice["text"] for notice in answer["notices"]]
    assert {citation["effective_on"] for citation in answer["citations"]} == {"2020-01-01"}


@pytest.mark.parametrize("wrong", ["2024-02-30", "어제", "20240101x"])
def test_a_day_that_is_none(city: Path, wrong: str) -> None:
    del city
    refused = assistant("search", QUERY, "--json", "--as-of", wrong)
    assert (refused.code, "--as-of" in refused.err, refused.out) == (2, True, "")
    (line,) = assistant(
        "search", "--batch", "-", "--jsonl", stdin=lines({"id": 1, "query": QUERY, "as_of": wrong})
    ).jsonl
    assert line["error"]["code"] == "input_invalid"


def test_documents_are_listed_withdrawn_restored_deleted_and_purged(city: Path, parks: Path) -> None:
    del city, parks
    listed = assistant("documents", "list", "--collection", "parks", "--json").json
    assert listed["total"] == 2
    current = next(one["document_id"] for one in listed["documents"] if one["filename"] == "park.md")
    states = {one["filename"]: one["legal_state"] for one in listed["documents"]}
    assert states == {"park.md": "unknown", "old.md": "superseded"}
    assert assistant("documents", "withdraw", current, "--json").json["documents"][0]["ok"]
    assert fee(assistant("search", QUERY, "--json").json) == [("천 원", "unknown")]  # the older text is what is left
    again = assistant("documents", "withdraw", current, "--json")
    assert (again.code, again.json["documents"][0]["reason"]) == (1, "document_not_found")
    assert assistant("documents", "list", "--collection", "parks", "--bin", "--json").json["total"] == 1
    assert assistant("documents", "restore", current).code == 0
    assert fee(assistant("search", QUERY, "--json").json) == [("이천 원", "unknown")]
    assert assistant("documents", "delete", current, "--json").json["documents"][0]["ok"]
    assert fee(assistant("search", QUERY, "--json").json) == [("천 원", "unknown")]
    assert assistant("documents", "purge", "--json").json == {"purged": 0}  # its retention has not passed
    assert assistant("documents", "restore", current).code == 0
