"""Who may make, change, open and close collections; what each of them sees of it; what the audit tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from assistant.accounts.access import Reader
from assistant.accounts.identity import create_department, create_user
from assistant.db.models import AuditEvent, Collection, Role
from assistant.errors import ErrorCode, Failure
from assistant.library import collection_admin as admin

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYONE = [Reader("everyone", "*")]


@pytest.fixture
def city(library: Any) -> Any:
    """The city with a team below the steward's department."""
    with library.database.write() as session:
        create_department(session, code="team", name="기획팀", parent="plan", actor="root")
        library.people["member"] = create_user(
            session, username="member", display_name="팀원", department="team", roles=[Role.STAFF], actor="root"
        )
    return library


def act(library: Any, who: str, action: Callable[..., Any], *args: Any, **more: Any) -> Any:
    with library.database.write() as session:
        return action(session, library.people[who], *args, **more)


def refused(library: Any, who: str, action: Callable[..., Any], *args: Any, **more: Any) -> ErrorCode:
    with pytest.raises(Failure) as failure:
        act(library, who, action, *args, **more)
    return failure.value.code


def events(library: Any, action: str) -> list[Any]:
    with library.database.read() as session:
        rows = session.execute(
            select(AuditEvent.actor, AuditEvent.data).where(AuditEvent.action == action).order_by(AuditEvent.seq)
        )
        return [(actor, json.loads(data)) for actor, data in rows]


def test_a_steward_makes_one_for_the_own_department(city: Any) -> None:
    made = act(
        city, "steward", admin.create, name="plans", title="  기획  자료 ", description="계획과 보고", grade="S",
        pii_policy="refuse",
    )  # fmt: skip
    assert (made.title, made.department_name, made.grade, made.pii_policy) == ("기획 자료", "기획과", "S", "refuse")
    assert made.readers == (Reader("department", "plan"),)
    assert made.readers_in_words == ("기획과와 그 아래 1개 부서",)
    assert (made.readable, made.manageable, made.moving, made.documents) == (True, True, False, 0)
    seen = act(city, "member", admin.detail, "plans")
    assert (seen.readable, seen.manageable, seen.readers) == (True, False, ())


def test_made_for_a_team_below_its_maker_may_still_read_it(city: Any) -> None:
    made = act(city, "steward", admin.create, name="team", department="team", grade="C")
    assert set(made.readers) == {Reader("department", "team"), Reader("user", "steward")}


@pytest.mark.parametrize(
    ("who", "more", "code"),
    [
        ("mina", {}, ErrorCode.FORBIDDEN),
        ("guest", {}, ErrorCode.FORBIDDEN),
        ("steward", {"department": "tax"}, ErrorCode.FORBIDDEN),
        ("steward", {"department": "city"}, ErrorCode.FORBIDDEN),
        ("steward", {"readers": [Reader("department", "tax")]}, ErrorCode.READERS_EXCLUDE_YOU),
        ("steward", {"readers": []}, ErrorCode.READERS_EXCLUDE_YOU),
        ("steward", {"grade": "S", "readers": EVERYONE}, ErrorCode.GRADE_FORBIDS_EVERYONE),
        ("admin", {"grade": "C", "readers": EVERYONE}, ErrorCode.GRADE_FORBIDS_EVERYONE),
        ("admin", {"grade": "X"}, ErrorCode.INPUT_INVALID),
        ("admin", {"pii_policy": "sell"}, ErrorCode.INPUT_INVALID),
        ("admin", {"department": "none"}, ErrorCode.DEPARTMENT_NOT_FOUND),
        ("admin", {"readers": [Reader("user", "nobody-we-know")]}, ErrorCode.USER_NOT_FOUND),
        ("admin", {"readers": [Reader("planet", "mars")]}, ErrorCode.INPUT_INVALID),
        ("admin", {"name": "open"}, ErrorCode.NAME_TAKEN),
        ("admin", {"name": "conversation-1"}, ErrorCode.INPUT_INVALID),
        ("admin", {"title": "가" * 201}, ErrorCode.INPUT_INVALID),
    ],
)
def test_what_is_refused_leaves_nothing(city: Any, who: str, more: dict[str, Any], code: ErrorCode) -> None:
    assert refused(city, who, admin.create, **{"name": "new", **more}) is code
    with city.database.read() as session:
        assert set(session.scalars(select(Collection.name))) == {"open"}


def test_who_may_administer_what(city: Any) -> None:
    city.shelf("plans", grade="S", department="plan")
    city.shelf("team", grade="S", department="team")
    city.shelf("team-for-stewards", department="team", grade="S", readers=[Reader("role", "steward")])
    city.shelf("taxes", grade="S", department="tax")
    city.shelf("city-wide", department="city")
    codes = {}
    for who in ("steward", "mina", "admin"):
        for name in ("plans", "team", "team-for-stewards", "taxes", "city-wide", "open", "unknown"):
            try:
                act(city, who, admin.change, name, {"description": f"{who} was here"})
                codes[who, name] = "ok"
            except Failure as failure:
                codes[who, name] = failure.code.value
    missing, forbidden = "collection_not_found", "forbidden"
    assert codes == {
        ("steward", "plans"): "ok",
        ("steward", "team"): missing,  # owned below, but closed to the steward
        ("steward", "team-for-stewards"): "ok",
        ("steward", "taxes"): missing,
        ("steward", "city-wide"): forbidden,
        ("steward", "open"): forbidden,
        ("steward", "unknown"): missing,
        ("mina", "plans"): forbidden,
        ("mina", "team"): missing,
        ("mina", "team-for-stewards"): missing,
        ("mina", "taxes"): missing,
        ("mina", "city-wide"): forbidden,
        ("mina", "open"): forbidden,
        ("mina", "unknown"): missing,
        **{("admin", name): "ok" for name in ("plans", "team", "team-for-stewards", "taxes", "city-wide", "open")},
        ("admin", "unknown"): missing,
    }


def test_an_administrator_sees_the_shell_and_not_the_content(city: Any, law: Callable[..., str]) -> None:
    city.shelf("taxes", title="세무 자료", grade="S", department="tax")
    city.add("tax.md", law(), "taxes")
    seen = {one.name: one for one in act(city, "admin", admin.overview)}["taxes"]
    assert (seen.readable, seen.manageable, seen.documents, seen.chunks) == (False, True, None, None)
    assert seen.readers == (Reader("department", "tax"),)
    assert "taxes" not in {one.name for one in act(city, "mina", admin.overview)}
    assert refused(city, "mina", admin.detail, "taxes") is ErrorCode.COLLECTION_NOT_FOUND
    assert refused(city, "mina", admin.detail, "unknown") is ErrorCode.COLLECTION_NOT_FOUND


def test_the_grade_is_not_raised_over_an_open_door(city: Any) -> None:
    assert refused(city, "admin", admin.change, "open", {"grade": "S"}) is ErrorCode.GRADE_FORBIDS_EVERYONE
    with city.database.read() as session:
        assert session.scalars(select(Collection.grade)).one() == "O"
    act(city, "admin", admin.change_rule, "open", [Reader("department", "city")], queue=city.queue)
    assert act(city, "admin", admin.change, "open", {"grade": "C"}).grade == "C"
    assert (
        refused(city, "admin", admin.change_rule, "open", EVERYONE, queue=city.queue)
        is ErrorCode.GRADE_FORBIDS_EVERYONE
    )
    assert ("admin", {"fields": ["grade"], "before": {"grade": "O"}, "after": {"grade": "C"}}) in events(
        city, "collection.changed"
    )


def test_what_is_written_freely_is_not_repeated_in_the_audit(city: Any) -> None:
    act(city, "admin", admin.change, "open", {"title": "새 제목", "description": "새 설명"})
    act(city, "admin", admin.change, "open", {"title": "새 제목"})
    assert events(city, "collection.changed") == [
        ("admin", {"fields": ["description", "title"], "before": {}, "after": {}})
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"grade": None},
        {"title": ""},
        {"name": "other"},
        {"scope": "x"},
        {"pii_policy": ""},
        {"description": "가" * 2001},
    ],
)
def test_changes_that_do_not_fit(city: Any, fields: dict[str, Any]) -> None:
    assert refused(city, "admin", admin.change, "open", fields) is ErrorCode.INPUT_INVALID


def test_an_owner_is_changed_within_ones_reach(city: Any) -> None:
    city.shelf("plans", department="plan", grade="O")
    assert refused(city, "steward", admin.change, "plans", {"department": "tax"}) is ErrorCode.FORBIDDEN
    assert refused(city, "steward", admin.change, "plans", {"department": None}) is ErrorCode.FORBIDDEN
    assert act(city, "steward", admin.change, "plans", {"department": "team"}).department_code == "team"
    assert act(city, "admin", admin.change, "plans", {"department": ""}).department_code is None


def test_new_readers_are_on_their_way_until_the_job_is_done(city: Any, law: Callable[..., str]) -> None:
    city.shelf("plans", department="plan", grade="S")
    city.add("plan.md", law(), "plans")
    rule = [Reader("department", "plan"), Reader("user", "taeho")]
    changed = act(city, "steward", admin.change_rule, "plans", rule, queue=city.queue)
    assert changed.moving
    assert changed.readers_in_words == ("기획과와 그 아래 1개 부서", "사용자 taeho")
    city.work()
    assert not act(city, "steward", admin.detail, "plans").moving
    assert {hit.collection for hit in city.find("taeho", "공영주차장 요금")} == {"plans"}
    assert refused(city, "steward", admin.change_rule, "plans", [], queue=city.queue) is ErrorCode.READERS_EXCLUDE_YOU
    closed = act(city, "admin", admin.change_rule, "plans", [], queue=city.queue)
    assert closed.readers_in_words == ("아무도 볼 수 없음",)
    assert city.find("taeho", "공영주차장 요금") == []
