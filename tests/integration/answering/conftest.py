from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test helpers beside the tests; the import mode adds no path itself

from worlds import ScriptedSearch, World, hit

from assistant.accounts.demo import ensure_base, ensure_demo
from assistant.accounts.identity import load_principal
from assistant.db.migrate import upgrade
from assistant.library.collections import ensure_collection
from assistant.settings import settings
from assistant.wiring import Container

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    del home
    monkeypatch.setenv("ASSISTANT_DATABASE_URL", database_url)
    settings.cache_clear()
    container = Container(settings(), lambda: pytest.fail("these tests need no Chroma"))
    database = container.database
    upgrade(database)
    with database.write() as session:
        ensure_base(session)
        ensure_demo(session)
        shelf = ensure_collection(session, name="laws", actor="operator")
        session.flush()
        staff, other = load_principal(session, "staff"), load_principal(session, "staff2")
        search = ScriptedSearch([hit(collection_id=shelf.id)])
    yield World(container, database, search, staff, other)
    container.close()
    settings.cache_clear()
