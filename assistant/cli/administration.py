"""Commands of the administrator: ``doctor``, ``migrate``, ``audit``, ``user``, ``index``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson

if TYPE_CHECKING:
    from assistant.db.models import Role

audit = typer.Typer(help="감사 기록", no_args_is_help=True)
user = typer.Typer(help="사용자", no_args_is_help=True)
index = typer.Typer(help="검색 색인", no_args_is_help=True)

_ACTOR = "operator"


def doctor(*, as_json: AsJson = False) -> None:
    """무엇이 빠졌고 어떻게 고치는지 알려 줍니다."""
    from assistant.runtime.doctor import examine
    from assistant.settings import settings

    checks = examine(settings())
    healthy = all(check.ok for check in checks)
    if as_json:
        output.emit({"ok": healthy, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            mark = "정상" if check.ok else "확인"
            output.say(f"[{mark}] {check.name}: {check.detail}" + (f"\n       → {check.fix}" if check.fix else ""))
    raise typer.Exit(0 if healthy else 1)


def migrate() -> None:
    """데이터베이스 구조를 최신으로 바꿉니다."""
    container = output.open_container()
    container.close()
    output.say("데이터베이스가 최신입니다.")


@audit.command("verify")
def verify(*, as_json: AsJson = False) -> None:
    """감사 기록이 그대로인지 확인합니다."""
    from assistant.governance.audit import verify as verify_chain

    container = output.open_container()
    try:
        with container.database.read() as session:
            report = verify_chain(session)
    finally:
        container.close()
    if as_json:
        output.emit(
            {
                "ok": report.ok,
                "events": report.events,
                "first_broken": report.first_broken,
                "problem": report.problem.value if report.problem else None,
                "head": report.head,
            }
        )
    elif report.ok:
        output.say(f"감사 기록 {report.events}건이 모두 그대로입니다.")
    else:
        problem = report.problem.value if report.problem else ""
        output.say(f"감사 기록이 {report.first_broken}번째에서 끊어졌습니다 ({problem}).")
    raise typer.Exit(0 if report.ok else 1)


@user.command("add")
def add_user(
    *,
    username: Annotated[str, typer.Argument(help="사용자 이름 (통합 로그인의 이름)")],
    name: Annotated[str | None, typer.Option("--name", help="화면에 보일 이름")] = None,
    department: Annotated[str | None, typer.Option("--department", metavar="CODE", help="부서 코드")] = None,
    role: Annotated[list[str] | None, typer.Option("--role", help="역할: staff, complaints, steward, …")] = None,
) -> None:
    """사용자를 만듭니다."""
    from assistant.accounts.identity import create_user
    from assistant.db.models import Role

    roles = _roles(role or [Role.STAFF.value])
    container = output.open_container()
    try:
        with container.database.write() as session:
            create_user(
                session,
                username=username,
                display_name=name or username,
                department=department,
                roles=roles,
                actor=_ACTOR,
            )
    finally:
        container.close()
    output.say(f"사용자 {username}을(를) 만들었습니다.")


@user.command("list")
def list_users(*, as_json: AsJson = False) -> None:
    """사용자를 모두 보여 줍니다."""
    from assistant.accounts import identity

    container = output.open_container()
    try:
        with container.database.read() as session:
            users = identity.list_users(session)
    finally:
        container.close()
    if as_json:
        output.emit({"users": [{**asdict(one), "roles": [role.value for role in one.roles]} for one in users]})
        return
    for one in users:
        state = "" if one.active else " (닫힘)"
        roles = ",".join(role.value for role in one.roles)
        output.say(f"{one.username}\t{one.display_name}\t{one.department_name or '-'}\t{roles}{state}")


@user.command("role")
def change_roles(
    *,
    username: Annotated[str, typer.Argument(help="사용자 이름")],
    role: Annotated[list[str], typer.Option("--role", help="앞으로 가질 역할 (여러 번)")],
) -> None:
    """사용자의 역할을 바꿉니다."""
    from assistant.accounts.identity import set_roles

    roles = _roles(role)
    container = output.open_container()
    try:
        with container.database.write() as session:
            set_roles(session, username=username, roles=roles, actor=_ACTOR)
    finally:
        container.close()
    output.say(f"{username}: {', '.join(sorted(one.value for one in roles))}")


@user.command("disable")
def disable(*, username: Annotated[str, typer.Argument(help="사용자 이름")]) -> None:
    """사용자를 닫습니다."""
    from assistant.accounts.identity import deactivate

    container = output.open_container()
    try:
        with container.database.write() as session:
            deactivate(session, username=username, actor=_ACTOR)
    finally:
        container.close()
    output.say(f"사용자 {username}을(를) 닫았습니다.")


@user.command("department")
def add_department(
    *,
    code: Annotated[str, typer.Argument(help="부서 코드")],
    name: Annotated[str, typer.Argument(help="부서 이름")],
    parent: Annotated[str | None, typer.Option("--parent", metavar="CODE", help="상위 부서 코드")] = None,
) -> None:
    """부서를 만듭니다."""
    from assistant.accounts.identity import create_department

    container = output.open_container()
    try:
        with container.database.write() as session:
            create_department(session, code=code, name=name, parent=parent, actor=_ACTOR)
    finally:
        container.close()
    output.say(f"부서 {code} {name}을(를) 만들었습니다.")


@index.command("check")
def check_index(*, as_json: AsJson = False) -> None:
    """검색 색인을 데이터베이스와 비교합니다."""
    from assistant.library.index_check import check

    container = output.open_container()
    try:
        report = check(container.database, container.indexes)
    finally:
        container.close()
    if as_json:
        output.emit({"ok": report.ok, **asdict(report)})
    else:
        output.say("색인이 데이터베이스와 같습니다." if report.ok else "색인이 데이터베이스와 다릅니다.")
    raise typer.Exit(0 if report.ok else 1)


@index.command("rebuild")
def rebuild_index() -> None:
    """데이터베이스에서 검색 색인을 다시 만듭니다 (임베딩은 다시 계산하지 않습니다)."""
    from assistant.library.index_care import rebuild

    container = output.open_container()
    try:
        number = rebuild(
            container.database,
            container.indexes,
            actor=_ACTOR,
            progress=lambda done, total: output.progress(f"{done}/{total}"),
        )
    finally:
        output.progress_end()
        container.close()
    output.say(f"문서 {number}건의 색인을 다시 만들었습니다.")


def _roles(names: list[str]) -> frozenset[Role]:
    from assistant.db.models import Role

    unknown = [name for name in names if name not in set(Role)]
    if unknown:
        raise typer.BadParameter(f"없는 역할입니다: {', '.join(unknown)}", param_hint="--role")
    return frozenset(Role(name) for name in names)
