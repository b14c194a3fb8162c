"""Collections over API and forms: made, changed and opened by those who may; the rest is not there for anybody else."""

from __future__ import annotations

import pytest
from visiting import sign_in, token

NEW = {"name": "plans", "title": "계획", "grade": "S", "pii_policy": "refuse"}


async def test_a_steward_makes_changes_and_opens(steward, staff) -> None:
    made = await steward.post("/api/v1/collections", json=NEW)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/collections/plans"
    body = made.json()
    assert (body["department_code"], body["grade"], body["pii_policy"]) == ("120", "S", "refuse")
    assert body["readers"] == [{"kind": "department", "value": "120"}]
    assert body["readers_in_words"] == ["데이터정책과"]

    changed = await steward.patch("/api/v1/collections/plans", json={"title": "시행계획", "description": "연도별"})
    assert (changed.json()["title"], changed.json()["grade"]) == ("시행계획", "S")

    hidden = await staff.get("/api/v1/collections/plans")
    missing = await staff.get("/api/v1/collections/unknown")
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content) == (404, hidden.content)

    rule = {"readers": [{"kind": "department", "value": "100"}, {"kind": "user", "value": "staff2"}]}
    opened = await steward.put("/api/v1/collections/plans/readers", json=rule)
    assert opened.json()["moving"]
    assert opened.json()["readers_in_words"] == ["기획조정실과 그 아래 3개 부서", "사용자 오세찬 (직원) [staff2]"]
    seen = (await staff.get("/api/v1/collections/plans")).json()
    assert (seen["readers"], seen["manageable"]) == ([], False)
    assert seen["readers_in_words"] == ["기획조정실과 그 아래 3개 부서", "사용자 1명"]


@pytest.mark.parametrize(
    ("who", "request_", "body", "code"),
    [
        ("staff", "POST ", NEW, "forbidden"),
        ("staff", "PATCH /ordinances", {"title": "x"}, "forbidden"),
        ("staff", "PUT /ordinances/readers", {"readers": []}, "forbidden"),
        ("staff", "PATCH /audit-papers", {"title": "x"}, "collection_not_found"),
        ("staff", "PUT /audit-papers/readers", {"readers": []}, "collection_not_found"),
        ("steward", "POST ", {**NEW, "department": "210"}, "forbidden"),
        ("steward", "POST ", {**NEW, "readers": []}, "readers_exclude_you"),
        ("steward", "POST ", {**NEW, "readers": [{"kind": "everyone"}]}, "grade_forbids_everyone"),
        ("steward", "POST ", {**NEW, "grade": "X"}, "input_invalid"),
        ("steward", "POST ", {**NEW, "readers": [{"kind": "planet", "value": "mars"}]}, "input_invalid"),
        ("admin", "PATCH /ordinances", {"grade": "C"}, "grade_forbids_everyone"),
        ("admin", "PATCH /ordinances", {"scope": "0"}, "input_invalid"),
        ("admin", "PUT /audit-papers/readers", {"readers": [{"kind": "everyone"}]}, "grade_forbids_everyone"),
        ("admin", "PUT /unknown/readers", {"readers": []}, "collection_not_found"),
        ("admin", "POST ", {**NEW, "name": "ordinances"}, "name_taken"),
    ],
)
async def test_what_is_refused(connect, who, request_, body, code) -> None:
    method, _, path = request_.partition(" ")
    async with connect() as client:
        await sign_in(client, who)
        answer = await client.request(method, f"/api/v1/collections{path}", json=body)
        assert answer.json()["code"] == code


async def test_administrators_see_names_and_readers_of_what_they_may_not_read(connect) -> None:
    async with connect() as client:
        await sign_in(client, "admin")
        plain = {one["name"] for one in (await client.get("/api/v1/collections")).json()["items"]}
        assert plain == {"ordinances"}
        every = (await client.get("/api/v1/collections", params={"administered": True})).json()["items"]
        papers = {one["name"]: one for one in every}["audit-papers"]
        assert (papers["documents"], papers["chunks"], papers["readable"]) == (None, None, False)
        assert papers["readers"] == [{"kind": "role", "value": "governance"}]
        assert (await client.get("/api/v1/documents", params={"collection": "audit-papers"})).status_code == 404


async def test_people_are_found_by_those_who_look_after_collections(steward, staff) -> None:
    found = (await steward.get("/api/v1/people", params={"q": "하늘"})).json()["items"]
    assert found == [{"username": "staff", "name": "김하늘 (직원)"}]
    assert (await staff.get("/api/v1/people", params={"q": "하늘"})).json()["code"] == "forbidden"


async def test_the_pages_show_what_one_may_see(staff, connect) -> None:
    page = (await staff.get("/collections")).text
    assert "가온시 조례" in page
    assert "감사 자료" not in page
    assert "새 모음 만들기" not in page
    assert "볼 사람 바꾸기" not in (await staff.get("/collections/ordinances")).text
    html = {"Accept": "text/html"}
    assert (await staff.get("/collections/audit-papers", headers=html)).text == (
        await staff.get("/collections/unknown", headers=html)
    ).text
    async with connect() as client:
        await sign_in(client, "admin")
        assert "내용은 볼 수 없음" in (await client.get("/collections/audit-papers")).text


async def test_the_forms_do_the_same(steward) -> None:
    csrf = token((await steward.get("/collections")).text)
    form = {"csrf": csrf, "name": "plans", "title": "계획", "department": "120", "grade": "S", "pii_policy": "keep"}
    assert (await steward.post("/collections", data=form)).headers["location"] == "/collections/plans"
    again = await steward.post("/collections", data=form)
    assert again.status_code == 409
    assert "이미 쓰고 있는 이름입니다." in again.text
    assert 'value="plans"' in again.text, "what was typed is still there"
    rule = {
        "csrf": csrf,
        "who": "some",
        "department": ["100", "200"],
        "role": "governance",
        "users": "staff2, complaints2",
    }
    saved = await steward.post("/collections/plans/readers", data=rule)
    assert saved.headers["location"] == "/collections/plans?saved=1"
    page = (await steward.get("/collections/plans")).text
    for phrase in (
        "기획조정실과 그 아래 3개 부서",
        "시민안전국과 그 아래 1개 부서",
        "역할 거버넌스",
        "사용자 오세찬",
        "반영 중",
    ):
        assert phrase in page
    shut = await steward.post("/collections/plans/readers", data={"csrf": csrf, "who": "some", "department": ["200"]})
    assert shut.status_code == 409
    assert "본인이 이 문서 모음을 볼 수 없게 됩니다" in shut.text
    fields = {
        "csrf": csrf,
        "title": "새 제목",
        "description": "",
        "department": "120",
        "grade": "C",
        "pii_policy": "keep",
    }
    await steward.post("/collections/plans", data=fields)
    page = (await steward.get("/collections/plans")).text
    assert "새 제목" in page
    assert "기밀(C)" in page
    assert (await steward.post("/collections/plans", data={**fields, "csrf": "0" * 64})).json()["code"] == "csrf_failed"
