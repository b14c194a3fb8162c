"""``assistant collection``: shelves of documents, who owns them, who may read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.library.collection_admin import CollectionDetail
    from assistant.wiring import Container

collection = typer.Typer(help="문서 모음", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="문서 모음 이름")]
As = Annotated[str | None, typer.Option("--as", metavar="USER", help="이 사용자로서")]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", help="볼 사람: everyone, department:CODE, role:NAME, user:NAME (여러 번)")
]
Nobody = Annotated[bool, typer.Option("--nobody", help="아무도 볼 수 없게 합니다")]
Title = Annotated[str | None, typer.Option("--title", help="사람이 읽는 이름")]
Description = Annotated[str | None, typer.Option("--description", help="무엇을 모은 것인지")]
Department = Annotated[str | None, typer.Option("--department", metavar="CODE", help="소유 부서 코드")]
GradeName = Annotated[str | None, typer.Option("--grade", metavar="O|S|C", help="자료 등급")]
PiiName = Annotated[
    str | None, typer.Option("--pii", metavar="keep|pseudonymise|refuse", help="문서 속 개인정보: 두기, 가명처리, 거절")
]


@collection.command("list")
def list_shelves(
    *,
    everything: Annotated[bool, typer.Option("--all", help="볼 수는 없고 관리만 하는 것도")] = False,
    as_json: AsJson = False,
    as_user: As = None,
) -> None:
    """볼 수 있는 문서 모음을 보여 줍니다."""
    from assistant.library.collection_admin import overview

    found = _reading(as_user, overview)
    shown = [one for one in found if one.readable or everything]
    if as_json:
        output.emit({"collections": [asdict(one) for one in shown]})
        return
    for one in shown:
        count = "-" if one.documents is None else f"{one.documents}건"
        output.say(f"{one.name}\t{one.title}\t{one.grade}\t{count}\t{', '.join(one.readers_in_words)}")


@collection.command("show")
def show(*, name: Name, as_json: AsJson = False, as_user: As = None) -> None:
    """문서 모음 하나를 자세히 보여 줍니다."""
    from assistant.library.collection_admin import detail

    _print(_reading(as_user, lambda session, principal: detail(session, principal, name)), as_json=as_json)


@collection.command("create")
def create(
    *,
    name: Name,
    title: Title = None,
    description: Description = None,
    department: Department = None,
    grade: GradeName = None,
    pii: PiiName = None,
    allow: Allow = None,
    as_json: AsJson = False,
    as_user: As = None,
) -> None:
    """문서 모음을 만듭니다. 볼 사람을 적지 않으면 등급에 따라 정해집니다."""
    from assistant.library import collection_admin as admin

    def make(session: Session, principal: Principal, _container: Container) -> CollectionDetail:
        return admin.create(
            session,
            principal,
            name=name,
            title=title or "",
            description=description or "",
            department=department,
            grade=grade or "O",
            pii_policy=pii,
            readers=admin.parse_readers(allow) if allow else None,
        )

    _print(_writing(as_user, make), as_json=as_json)


@collection.command("set")
def change(
    *,
    name: Name,
    title: Title = None,
    description: Description = None,
    department: Department = None,
    grade: GradeName = None,
    pii: PiiName = None,
    as_json: AsJson = False,
    as_user: As = None,
) -> None:
    """문서 모음의 제목, 설명, 소유 부서, 등급, 개인정보 정책을 바꿉니다."""
    from assistant.library import collection_admin as admin

    given: dict[str, str | None] = {
        "title": title,
        "description": description,
        "department": department,
        "grade": grade,
        "pii_policy": pii,
    }
    fields = {key: value for key, value in given.items() if value is not None}
    if not fields:
        raise typer.BadParameter("바꿀 것을 하나 이상 적어 주세요")
    _print(
        _writing(as_user, lambda session, principal, _: admin.change(session, principal, name, fields)), as_json=as_json
    )


@collection.command("readers")
def readers(
    *, name: Name, allow: Allow = None, nobody: Nobody = False, as_json: AsJson = False, as_user: As = None
) -> None:
    """문서 모음을 볼 수 있는 사람을 정합니다 (적은 것만 남습니다). 아무것도 적지 않으면 지금 볼 사람을 보여 줍니다."""
    from assistant.library import collection_admin as admin

    if allow and nobody:
        raise typer.BadParameter("--allow 와 --nobody 가운데 하나만 적어 주세요")
    if not allow and not nobody:
        show(name=name, as_json=as_json, as_user=as_user)
        return
    rule = admin.parse_readers(allow or [])

    def put(session: Session, principal: Principal, container: Container) -> CollectionDetail:
        return admin.change_rule(session, principal, name, rule, queue=container.queue)

    _print(_writing(as_user, put), as_json=as_json)


def _reading(as_user: str | None, look: Callable[[Session, Principal], Any]) -> Any:  # noqa: ANN401 - what look returns
    container = output.open_container()
    try:
        principal = output.acting(container, as_user)
        with container.database.read() as session:
            return look(session, principal)
    finally:
        container.close()


def _writing(as_user: str | None, act: Callable[[Session, Principal, Container], CollectionDetail]) -> CollectionDetail:
    container = output.open_container()
    try:
        principal = output.acting(container, as_user)
        with container.database.write() as session:
            return act(session, principal, container)
    finally:
        container.close()


def _print(found: CollectionDetail, *, as_json: bool) -> None:
    if as_json:
        output.emit(asdict(found))
        return
    counts = "-" if found.documents is None else f"문서 {found.documents}건, {found.chunks}조각"
    lines = [
        f"{found.name}\t{found.title}",
        f"등급\t{found.grade}",
        f"소유 부서\t{found.department_name or '-'}",
        f"개인정보\t{found.pii_policy}",
        f"볼 사람\t{', '.join(found.readers_in_words)}" + (" (반영 중)" if found.moving else ""),
        f"문서\t{counts}",
    ]
    for line in [*lines, *([found.description] if found.description else [])]:
        output.say(line)
