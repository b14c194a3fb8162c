"""A shared conversation under the rights of whoever reads it: the matrix of readers, shelves and kinds of answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from worlds import ScriptedModel, World, hit

from assistant.accounts.access import Reader, set_readers
from assistant.accounts.identity import create_user, deactivate, load_principal, set_department
from assistant.answering.rights import WITHHELD
from assistant.db.models import AuditEvent, Role
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import verify
from assistant.library.collections import ensure_collection

QUESTION = "민원 처리기간은 어떻게 계산하나요?"
GOOD = "민원의 처리기간을 6일 이상으로 정한 경우에는 일 단위로 계산하고 첫날을 산입합니다 [1]."
RRN = "900101-1234568"
SECRET = "민원의 처리기간을"


@pytest.fixture
def office(world: World) -> World:
    """The demo city, with a colleague in the department of ``staff`` and a shelf that only ``staff`` may read."""
    with world.database.write() as session:
        create_user(
            session,
            username="colleague",
            display_name="나은 (직원)",
            department="110",
            roles={Role.STAFF},
            actor="system",
        )
        create_user(
            session, username="chief", display_name="실장", department="100", roles={Role.STAFF}, actor="system"
        )
        shelf = ensure_collection(session, name="own", grade="O", department="110", actor="operator")
        set_readers(session, shelf, [Reader("user", "staff")], "operator")
        session.flush()
        world.own = shelf.id  # type: ignore[attr-defined]
    return world


def _person(world: World, name: str):
    with world.database.read() as session:
        return load_principal(session, name)


def _opens(world: World, service, name: str, conversation_id: str) -> bool:
    try:
        service.sharing.read(_person(world, name), conversation_id)
    except Failure as failure:
        return failure.code is not ErrorCode.CONVERSATION_NOT_FOUND
    return True


async def test_who_may_open_a_shared_conversation(office: World) -> None:
    service = office.service()
    talk = (await service.answer(office.staff, QUESTION))["conversation_id"]
    people = ("staff", "colleague", "chief", "staff2", "steward", "governance", "admin", "operator")
    assert not any(_opens(office, service, name, talk) for name in people)
    service.sharing.share(office.staff, talk)
    assert [name for name in people if _opens(office, service, name, talk)] == ["staff", "colleague"]
    with office.database.read() as session:
        lists = {name: len(service.sharing.listed(session, load_principal(session, name))) for name in people}
        assert lists == dict.fromkeys(people, 0) | {"colleague": 1}
        with pytest.raises(Failure):  # reading it makes it nobody's own
            service.conversation(session, load_principal(session, "colleague"), talk)
    service.sharing.unshare(office.staff, talk)
    assert not _opens(office, service, "colleague", talk)


@pytest.mark.parametrize("act", ["moved owner", "closed owner", "moved reader"])
async def test_a_share_ends_with_the_department(office: World, act: str) -> None:
    service = office.service()
    talk = (await service.answer(office.staff, QUESTION))["conversation_id"]
    service.sharing.share(office.staff, talk)
    with office.database.write() as session:
        if act == "moved owner":
            set_department(session, "staff", "320", actor="operator")
        elif act == "closed owner":
            deactivate(session, "staff", actor="operator")
        else:
            set_department(session, "colleague", "320", actor="operator")
    assert not _opens(office, service, "colleague", talk)


@pytest.mark.parametrize("model", [None, GOOD])
@pytest.mark.parametrize(("shelf", "sees"), [("laws", True), ("own", False)])
async def test_a_reader_sees_what_they_could_have_found(
    office: World, model: str | None, shelf: str, *, sees: bool
) -> None:
    if shelf == "own":
        office.search.hits = (replace(hit(), collection_id=office.own),)  # type: ignore[attr-defined]
    service = office.service(ScriptedModel(model) if model else None)
    talk = (await service.answer(office.staff, QUESTION))["conversation_id"]
    service.sharing.share(office.staff, talk)
    (turn,) = service.sharing.read(_person(office, "colleague"), talk)["turns"]
    told = str(turn)
    assert (SECRET in told) is sees
    assert (turn["answer"] == WITHHELD) is not sees
    assert {source["document_id"] for source in turn["sources"]} == ({"document1"} if sees else {None})
    (own,) = service.sharing.read(office.staff, talk)["turns"]
    assert SECRET in str(own)


async def test_what_a_model_wrote_goes_with_any_source_it_was_given(office: World) -> None:
    open_, closed = office.search.hits[0], replace(hit(number=2), collection_id=office.own)  # type: ignore[attr-defined]
    office.search.hits = (open_, closed)
    service = office.service(ScriptedModel(GOOD))
    first = await service.answer(office.staff, QUESTION)
    assert [source["n"] for source in first["citations"]] == [1]
    talk = first["conversation_id"]
    office.search.hits = (open_,)
    await service.answer(office.staff, "그 조항 2항은?", conversation_id=talk)
    service.sharing.share(office.staff, talk)
    turns = service.sharing.read(_person(office, "colleague"), talk)["turns"]
    assert [turn["answer"] for turn in turns] == [WITHHELD, WITHHELD]  # the second one was told of the first


async def test_only_what_was_there_when_it_was_shared_and_no_personal_data(office: World) -> None:
    service = office.service()
    talk = (await service.answer(office.staff, f"주민등록번호 {RRN}인 민원인의 처리기간은 며칠인가요?"))[
        "conversation_id"
    ]
    service.sharing.share(office.staff, talk)
    await service.answer(office.staff, "그 조항 2항은?", conversation_id=talk)
    seen = service.sharing.read(_person(office, "colleague"), talk)
    assert [turn["question"] for turn in seen["turns"]] == [
        "주민등록번호 [주민등록번호_1]인 민원인의 처리기간은 며칠인가요?"
    ]
    assert RRN not in str(seen)
    service.sharing.share(office.staff, talk)
    assert len(service.sharing.read(_person(office, "colleague"), talk)["turns"]) == 2


async def test_the_audit_tells_who_shared_and_who_read(office: World) -> None:
    service = office.service()
    talk = (await service.answer(office.staff, QUESTION))["conversation_id"]
    service.sharing.share(office.staff, talk)
    service.sharing.read(_person(office, "colleague"), talk)
    service.sharing.read(office.staff, talk)  # one's own is no event
    service.sharing.unshare(office.staff, talk)
    service.sharing.unshare(office.staff, talk)
    with office.database.read() as session:
        events = session.execute(
            select(AuditEvent.actor, AuditEvent.action)
            .where(AuditEvent.subject == f"conversation:{talk}")
            .order_by(AuditEvent.seq)
        ).all()
        assert [tuple(one) for one in events] == [
            ("staff", "conversation.shared"),
            ("colleague", "conversation.read"),
            ("staff", "conversation.unshared"),
        ]
        assert verify(session).ok


async def test_another_persons_conversation_cannot_be_shared(office: World) -> None:
    service = office.service()
    talk = (await service.answer(office.staff, QUESTION))["conversation_id"]
    for act in (service.sharing.share, service.sharing.unshare):
        with pytest.raises(Failure) as caught:
            act(_person(office, "colleague"), talk)
        assert caught.value.code is ErrorCode.CONVERSATION_NOT_FOUND
