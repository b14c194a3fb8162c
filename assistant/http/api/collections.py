"""Collections: which there are, and for those who look after them, making and changing them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select

from assistant.accounts.access import Reader
from assistant.db.models import User
from assistant.errors import ErrorCode, Failure
from assistant.http.deps import ApiPrincipal, ContainerDep, PrincipalDep
from assistant.library import collection_admin as admin
from assistant.settings import Grade

router = APIRouter(prefix="/api/v1", tags=["문서 모음"])

MOST_PEOPLE = 20
PiiPolicyName = Literal["keep", "pseudonymise", "refuse"]


class ReaderLine(BaseModel):
    """One line of a rule: ``everyone``/``*``, ``department``/code, ``role``/name or ``user``/username."""

    kind: Literal["everyone", "department", "role", "user"]
    value: str = Field(default="*", max_length=200)


class Rule(BaseModel):
    """Who may read; an empty list is nobody."""

    readers: list[ReaderLine] = Field(max_length=1000)

    def lines(self) -> list[Reader]:
        """Return the lines as the rule takes them."""
        return [Reader(line.kind, line.value) for line in self.readers]


class NewCollection(BaseModel):
    """A collection to make; without ``readers`` they follow from the grade."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(max_length=64)
    title: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=2000)
    department: str | None = None
    grade: Grade = "O"
    pii_policy: PiiPolicyName = "keep"
    readers: list[ReaderLine] | None = Field(default=None, max_length=1000)


class Changes(BaseModel):
    """What is to change; a field that is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(default=None, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    department: str | None = None
    grade: Grade | None = None
    pii_policy: PiiPolicyName | None = None


@router.get("/collections", summary="문서 모음 목록")
def read_all(container: ContainerDep, principal: PrincipalDep, *, administered: bool = False) -> dict[str, Any]:
    """Return the collections that this person may read; with ``administered`` also those they only look after."""
    with container.database.read() as session:
        found = admin.overview(session, principal)
    return {"items": jsonable_encoder([one for one in found if one.readable or administered])}


@router.post("/collections", status_code=201, summary="문서 모음 만들기")
def create(container: ContainerDep, principal: ApiPrincipal, response: Response, body: NewCollection) -> dict[str, Any]:
    """Make a collection."""
    fields = body.model_dump(exclude={"readers"})
    readers = None if body.readers is None else Rule(readers=body.readers).lines()
    with container.database.write() as session:
        made = admin.create(session, principal, **fields, readers=readers)
    response.headers["Location"] = f"/api/v1/collections/{made.name}"
    return encoded(made)


@router.get("/people", summary="볼 사람 찾기")
def people(
    container: ContainerDep, principal: PrincipalDep, q: Annotated[str, Query(min_length=1, max_length=100)]
) -> dict[str, Any]:
    """Return users whose name contains the query, for those who may make collections."""
    if not admin.may_create(principal):
        raise Failure(ErrorCode.FORBIDDEN)
    fits = or_(User.username.icontains(q, autoescape=True), User.display_name.icontains(q, autoescape=True))
    with container.database.read() as session:
        rows = session.execute(
            select(User.username, User.display_name)
            .where(User.active.is_(True), fits)
            .order_by(User.display_name, User.username)
            .limit(MOST_PEOPLE)
        )
        return {"items": [{"username": username, "name": name} for username, name in rows]}


@router.get("/collections/{name}", summary="문서 모음 보기")
def read(container: ContainerDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Return a collection with its readers."""
    with container.database.read() as session:
        return encoded(admin.detail(session, principal, name))


@router.patch("/collections/{name}", summary="문서 모음 바꾸기")
def change(container: ContainerDep, principal: ApiPrincipal, name: str, body: Changes) -> dict[str, Any]:
    """Change title, description, owner, grade or policy for personal data."""
    with container.database.write() as session:
        return encoded(admin.change(session, principal, name, body.model_dump(exclude_unset=True)))


@router.put("/collections/{name}/readers", summary="볼 사람 정하기")
def change_readers(container: ContainerDep, principal: ApiPrincipal, name: str, body: Rule) -> dict[str, Any]:
    """Say anew who may read a collection."""
    with container.database.write() as session:
        return encoded(admin.change_rule(session, principal, name, body.lines(), queue=container.queue))


def encoded(found: admin.CollectionDetail) -> dict[str, Any]:
    """Return a collection as JSON takes it."""
    body: dict[str, Any] = jsonable_encoder(found)
    return body
