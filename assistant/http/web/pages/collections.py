"""Collections for people: which there are, who reads them, and the forms of those who look after them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant.accounts.access import EVERYONE, PUBLIC, Reader, ReaderKind
from assistant.accounts.departments import DepartmentTree
from assistant.accounts.identity import Principal
from assistant.accounts.wording import display_names
from assistant.db.models import Role
from assistant.errors import Failure
from assistant.http.deps import Container, ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web.templating import page
from assistant.library import collection_admin as admin
from assistant.messages import ERRORS, reason_text

router = APIRouter()

PII_NAMES = {
    "keep": "그대로 둠 (볼 수 있는 사람에게만)",
    "pseudonymise": "가명으로 바꿔 넣음",
    "refuse": "개인정보가 있으면 받지 않음",
}
Text = Annotated[str, Form()]
Texts = Annotated[list[str], Form(default_factory=list)]


@router.get("/collections")
def read_all(request: Request, container: ContainerDep, principal: PrincipalDep) -> Response:
    """List the collections that this person may read or administer."""
    return _all(request, container, principal)


@router.post("/collections")
def create(
    *,
    request: Request,
    container: ContainerDep,
    principal: FormPrincipal,
    name: Text = "",
    title: Text = "",
    description: Text = "",
    department: Text = "",
    grade: Text = PUBLIC,
    pii_policy: Text = "keep",
) -> Response:
    """Make a collection; who may read follows from the grade and is changed on its own page."""
    given = {"name": name, "title": title, "description": description, "department": department}
    given |= {"grade": grade, "pii_policy": pii_policy}
    try:
        with container.database.write() as session:
            made = admin.create(
                session,
                principal,
                name=name,
                title=title,
                description=description,
                department=department or None,
                grade=grade,
                pii_policy=pii_policy,
            )
    except Failure as failure:
        return _all(request, container, principal, failure=failure, given=given)
    return RedirectResponse(_address(made.name), 303)


@router.get("/collections/{name}")
def read(request: Request, container: ContainerDep, principal: PrincipalDep, name: str, saved: str = "") -> Response:
    """Show one collection with its readers."""
    return _one(request, container, principal, name, saved=bool(saved))


@router.post("/collections/{name}")
def change(
    *,
    request: Request,
    container: ContainerDep,
    principal: FormPrincipal,
    name: str,
    title: Text = "",
    description: Text = "",
    department: Text = "",
    grade: Text = "",
    pii_policy: Text = "",
) -> Response:
    """Change what a collection is called, whose it is, its grade and its policy for personal data."""
    fields = {"title": title, "description": description, "department": department}
    fields |= {"grade": grade, "pii_policy": pii_policy}
    try:
        with container.database.write() as session:
            admin.change(session, principal, name, fields)
    except Failure as failure:
        return _one(request, container, principal, name, failure=failure)
    return RedirectResponse(f"{_address(name)}?saved=1", 303)


@router.post("/collections/{name}/readers")
def change_readers(
    *,
    request: Request,
    container: ContainerDep,
    principal: FormPrincipal,
    name: str,
    department: Texts,
    role: Texts,
    user: Texts,
    who: Text = "some",
    users: Text = "",
) -> Response:
    """Say anew who may read a collection."""
    rule = {Reader(ReaderKind.DEPARTMENT.value, code) for code in department}
    rule |= {Reader(ReaderKind.ROLE.value, one) for one in role}
    rule |= {Reader(ReaderKind.USER.value, one) for one in [*user, *users.replace(",", " ").split()]}
    try:
        with container.database.write() as session:
            admin.change_rule(
                session, principal, name, {EVERYONE} if who == "everyone" else rule, queue=container.queue
            )
    except Failure as failure:
        return _one(request, container, principal, name, failure=failure, rule=rule)
    return RedirectResponse(f"{_address(name)}?saved=1", 303)


def _all(
    request: Request,
    container: Container,
    principal: Principal,
    *,
    failure: Failure | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with container.database.read() as session:
        found = admin.overview(session, principal)
        tree = DepartmentTree.load(session)
    return page(
        request,
        "collections.html",
        principal,
        status=ERRORS[failure.code].status if failure else 200,
        found=found,
        creator=admin.may_create(principal),
        units=_own_units(principal, tree),
        needs_owner=not principal.has(Role.ADMIN),
        given=given or {"name": "", "title": "", "description": "", "department": principal.department_code or ""},
        pii_names=PII_NAMES,
        error=reason_text(failure.code.value) if failure else "",
    )


def _one(
    request: Request,
    container: Container,
    principal: Principal,
    name: str,
    *,
    saved: bool = False,
    failure: Failure | None = None,
    rule: set[Reader] | None = None,
) -> Response:
    """Render a collection's page; after a refusal with what was chosen, so that it can be put right."""
    with container.database.read() as session:
        shelf = admin.detail(session, principal, name)
        tree = DepartmentTree.load(session)
        lines = set(shelf.readers) if rule is None else rule
        people = display_names(session, [lines])
    return page(
        request,
        "collection.html",
        principal,
        status=ERRORS[failure.code].status if failure else 200,
        shelf=shelf,
        units=tree.units,
        own_units=_own_units(principal, tree),
        needs_owner=not principal.has(Role.ADMIN),
        chosen={kind.value: {line.value for line in lines if line.kind == kind} for kind in ReaderKind},
        people=people,
        roles=list(Role),
        pii_names=PII_NAMES,
        saved=saved,
        error=reason_text(failure.code.value) if failure else "",
    )


def _own_units(principal: Principal, tree: DepartmentTree) -> list[tuple[str, str]]:
    """Return code and indented name of the departments that this person may make owners."""
    reach = tree.under(principal.department_code)
    everything = principal.has(Role.ADMIN)
    return [(unit.code, "\u2003" * unit.depth + unit.name) for unit in tree.units if everything or unit.code in reach]


def _address(name: str) -> str:
    return f"/collections/{quote(name, safe='')}"
