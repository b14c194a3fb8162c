"""The revisions make exactly the tables that the models describe, on both databases, once, forwards and back."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from assistant.db import migrate
from assistant.db.engine import Database
from assistant.db.models import Base, Collection, CollectionReader
from assistant.errors import ErrorCode, Failure


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    yield database
    database.dispose()


def _tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": migrate.in_models, "compare_server_default": True}
        )
        return compare_metadata(context, Base.metadata)


def test_models_and_migrations_agree(database: Database) -> None:
    migrate.upgrade(database)
    assert _differences(database) == []
    with database.engine.begin() as connection:
        # The comparison would be empty on a blind comparer too.
        connection.execute(sa.text("ALTER TABLE users ADD COLUMN surplus TEXT"))
    assert [difference[0] for difference in _differences(database)] == ["remove_column"]


def test_constraints_carry_the_names_of_the_convention(database: Database) -> None:
    migrate.upgrade(database)
    inspector = sa.inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        key = inspector.get_pk_constraint(table.name)
        assert key["name"] == f"pk_{table.name}"
        assert key["constrained_columns"] == [column.name for column in table.primary_key]
        made = {(item["name"], item["options"].get("ondelete")) for item in inspector.get_foreign_keys(table.name)}
        meant = {(str(item.name), item.ondelete) for item in table.foreign_key_constraints}
        assert made == meant
        unique = {item["name"] for item in inspector.get_unique_constraints(table.name)}
        assert unique == {str(item.name) for item in table.constraints if isinstance(item, sa.UniqueConstraint)}


def test_up_down_up(database: Database) -> None:
    assert migrate.current(database) is None
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.current(database) == migrate.head()
    assert migrate.is_current(database)
    migrate.downgrade(database)
    assert _tables(database) == {"alembic_version"}
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert set(Base.metadata.tables) < _tables(database)


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    with database.write() as session:
        session.add(Collection(id="c", name="n", title="t", scope="s"))
        session.flush()
        session.add(CollectionReader(collection_id="c", kind="everyone", value="*"))
    migrate.upgrade(database)
    with database.read() as session:
        assert session.get(CollectionReader, ("c", "everyone", "*")) is not None


def test_programs_that_start_together_take_turns(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(6)]
    start, problems = threading.Barrier(len(databases)), []

    def begin(database: Database) -> None:
        start.wait()
        try:
            migrate.upgrade(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall show it
            problems.append(error)

    threads = [threading.Thread(target=begin, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert migrate.is_current(databases[0])
    for database in databases:
        database.dispose()


def test_a_failing_migration_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op  # noqa: PLC0415 - patched below

    real = op.create_table

    def create_table(name: str, *columns: object, **options: object) -> object:
        if name == "turns":
            raise RuntimeError("power cut")
        return real(name, *columns, **options)

    monkeypatch.setattr(op, "create_table", create_table)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.upgrade(database)
    assert _tables(database) <= {"alembic_version"}
    assert migrate.current(database) is None
    monkeypatch.undo()
    migrate.upgrade(database)
    assert migrate.is_current(database)


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    migrate.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Failure) as raised:
        migrate.upgrade(database)
    assert raised.value.code is ErrorCode.DATABASE_OUTDATED
    assert not migrate.is_current(database)


def test_foreign_keys_hold_again_after_migrating(database: Database) -> None:
    migrate.upgrade(database)
    with pytest.raises(sa.exc.IntegrityError), database.write() as session:
        session.add(CollectionReader(collection_id="nowhere", kind="everyone", value="*"))


def test_tables_of_the_queue_are_no_difference(database: Database) -> None:
    migrate.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE huey_task (id INTEGER)"))
        connection.execute(sa.text("CREATE TABLE stranger (id INTEGER)"))
    assert [(item[0], item[1].name) for item in _differences(database)] == [("remove_table", "stranger")]
