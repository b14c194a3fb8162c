"""The city in which every person is tried against every collection, and the oracle that knows what they may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from assistant.accounts.access import Reader, set_readers
from assistant.accounts.identity import create_department, create_user, deactivate
from assistant.db.models import Job, Role
from assistant.library.collections import ensure_collection
from assistant.library.private_vectors import PrivateVectors
from assistant.settings import Settings
from assistant.wiring import Container

if TYPE_CHECKING:
    from assistant.accounts.identity import Principal

TREE = {"c": None, "c1": "c", "c11": "c1", "c12": "c1", "c2": "c", "c21": "c2"}
PEOPLE: dict[str, tuple[str | None, set[str]]] = {
    "mayor": ("c", {"staff"}),
    "kim": ("c11", {"staff"}),
    "lee": ("c12", {"staff", "steward"}),
    "park": ("c2", {"staff"}),
    "choi": ("c21", {"staff", "governance"}),
    "jung": ("c1", {"staff", "admin"}),
    "visitor": (None, set()),
    "gone": ("c11", {"staff", "admin"}),
}
RULES: dict[str, list[tuple[str, str]]] = {
    "everyone": [("everyone", "*")],
    "root": [("department", "c")],
    "branch": [("department", "c1")],
    "leaf": [("department", "c11")],
    "other": [("department", "c2")],
    "stewards": [("role", "steward")],
    "governance": [("role", "governance")],
    "person": [("user", "visitor")],
    "closed": [("user", "gone")],
    "mixed": [("department", "c21"), ("role", "steward"), ("user", "kim")],
    "nobody": [],
}
GRADES = {"everyone": "O", "leaf": "C", "governance": "C"}
QUERY = "공영주차장 요금 한 시간"
QUESTION = "공영주차장의 요금은 한 시간에 얼마인가요?"
UNKNOWN = "0" * 32
SECRET = "the-proxy-and-nobody-else"


def may(who: str, key: str) -> bool:
    """The oracle: what the rules mean, in as few words as they can be said."""
    own, roles = PEOPLE[who]
    above = set()
    while own is not None:
        above.add(own)
        own = TREE[own]
    fits = {"everyone": {"*"}, "department": above, "role": roles, "user": {who}}
    return who != "gone" and any(value in fits[kind] for kind, value in RULES[key])


def readable(who: str) -> set[str]:
    return {key for key in RULES if may(who, key)}


def shelf_mark(key: str) -> str:
    return f"sm{key}sm"


def text_mark(key: str) -> str:
    return f"tm{key}tm"


def text(key: str, fee: int) -> str:
    mark = text_mark(key)
    return (
        f"# {mark} 주차 안내\n\n## {mark} 요금\n\n공영주차장의 요금은 한 시간에 {fee}원으로 한다. {mark}에서 정한다.\n"
    )


class Watched:
    """An index that notes the partitions it was asked for."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.searched: list[set[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def search(self, *args: Any, scopes: Any, **more: Any) -> Any:
        self.searched.append(set(scopes))
        return self._index.search(*args, scopes=scopes, **more)

    def search_asked(self, *args: Any, scopes: Any, **more: Any) -> Any:
        self.searched.append(set(scopes))
        return self._index.search_asked(*args, scopes=scopes, **more)


@dataclass
class World:
    """The city, and what lies on its shelves: document, version before, version now."""

    container: Container
    run: Any
    people: dict[str, Principal] = field(default_factory=dict)
    held: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    talk: str = ""

    @property
    def words(self) -> Watched:
        return self.container.built["lexical"]

    @property
    def near(self) -> Watched:
        return self.container.built["vector"]

    def work(self) -> None:
        """Run all waiting jobs until none is left."""
        handlers = self.container.handlers
        database = self.container.database
        while True:
            with database.read() as session:
                jobs = session.execute(select(Job.id, Job.kind, Job.payload).where(Job.state == "waiting")).all()
            if not jobs:
                return
            for job_id, kind, payload in jobs:
                handlers[kind](payload, self.run)
                with database.write() as session:
                    session.execute(update(Job).where(Job.id == job_id).values(state="done"))

    def add(self, key: str, shelf: str, folder: Any, fees: tuple[int, ...] = (1000, 2000)) -> None:
        versions = []
        for fee in fees:
            path = folder / f"{text_mark(key)}.md"
            path.write_text(text(key, fee), encoding="utf-8")
            taken = self.container.ingestion.submit_file(path, collection=shelf_mark(shelf), principal_name="lee")
            self.work()
            versions.append(taken.version_id)
        self.held[key] = (taken.document_id, versions[0], versions[-1])


def build(library: Any, tmp_path: Any) -> World:
    """Make the city over a library's database and its small stand-ins for vectors, queue and sandbox."""
    settings = Settings(
        home=tmp_path / "home", database_url=str(library.database.engine.url.render_as_string(hide_password=False)),
        auth="header", auth_secret=SECRET, _env_file=None,
    )  # fmt: skip
    container = Container(settings, lambda: pytest.fail("no Chroma is needed here"))
    container.built |= {
        "database": library.database,
        "queue": library.queue,
        "embedder": library.embedder,
        "parser": library.parser,
        "vector": Watched(PrivateVectors(library.near, library.database, library.embedder.fingerprint)),
    }
    container.built["lexical"] = Watched(container.lexical)
    made = World(container, type("Run", (), {"stopping": staticmethod(lambda: False)})())
    _people(made)
    _shelves(made, tmp_path)
    with library.database.write() as session:
        deactivate(session, "gone", actor="jung")
    return made


def _people(world: World) -> None:
    with world.container.database.write() as session:
        for code, parent in TREE.items():
            create_department(session, code=code, name=f"부서 {code}", parent=parent, actor="root")
        for who, (department, roles) in PEOPLE.items():
            world.people[who] = create_user(
                session, username=who, display_name=who, department=department,
                roles=[Role(role) for role in roles], actor="root",
            )  # fmt: skip


def _shelves(world: World, folder: Any) -> None:
    with world.container.database.write() as session:
        for key, rule in RULES.items():
            mark = shelf_mark(key)
            shelf = ensure_collection(session, name=mark, title=mark, grade=GRADES.get(key, "S"), actor="root")
            set_readers(session, shelf, [Reader(kind, value) for kind, value in rule], "root")
    for key in RULES:
        world.add(key, key, folder)
    for key in ("withdrawn", "deleted"):
        world.add(key, "everyone", folder)
    world.container.lifecycle.withdraw(world.held["withdrawn"][0], world.people["lee"])
    world.container.lifecycle.delete(world.held["deleted"][0], world.people["lee"])
    path = folder / f"{text_mark('private')}.md"
    path.write_text(text("private", 3000), encoding="utf-8")
    world.talk, file = world.container.files.attach(world.people["kim"], path, path.name)
    world.held["private"] = (file.document_id, file.version_id, file.version_id)
    world.work()
