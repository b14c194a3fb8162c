"""Whatever is done to the trail afterwards shows, and writers at the same time keep one chain."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from assistant.db.engine import Database
from assistant.db.models import AuditEvent, AuditHead, Base
from assistant.errors import ErrorCode, Failure
from assistant.governance import audit
from assistant.governance.audit import AuditAction, AuditProblem

ROOT = Path(__file__).parents[3]


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def chain(database):
    """Give a database with ten events."""
    for number in range(10):
        with database.write() as session:
            audit.record(
                session, actor="kim", action=AuditAction.TURN_ASKED, subject=f"turn:{number}", data={"n": number}
            )
    return database


def _verify(database, **options):
    with database.read() as session:
        return audit.verify(session, **options)


def _columns(database, seq: int) -> audit.Columns:
    with database.read() as session:
        event = session.get(AuditEvent, seq)
        return audit.Columns(**{name: getattr(event, name) for name in audit.Columns._fields})


def test_an_untouched_chain_holds(chain) -> None:
    report = _verify(chain)
    assert (report.ok, report.events, report.first_broken, report.problem) == (True, 10, None, None)
    with chain.read() as session:
        events = session.execute(select(AuditEvent).order_by(AuditEvent.seq)).scalars().all()
    assert [event.seq for event in events] == list(range(1, 11))
    assert events[0].prev_hash == audit.GENESIS
    assert report.head == events[-1].hash
    assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(events))


def test_the_walk_in_batches_sees_the_same(chain) -> None:
    reports = {_verify(chain, batch=batch) for batch in (1, 3, 10, 11, 1000)}
    assert [(report.ok, report.events) for report in reports] == [(True, 10)]


def test_an_empty_trail_holds(database) -> None:
    assert _verify(database) == audit.AuditReport(ok=True, events=0)


def _edited(column: str, value: str):
    def tamper(session, _columns) -> None:
        session.execute(update(AuditEvent).where(AuditEvent.seq == 4).values({column: value}))

    return tamper


def _forged(seq: int):
    """Edit an event and give it the hash that goes with the edit."""

    def tamper(session, columns) -> None:
        forged = columns[seq]._replace(actor="lee")
        values = {"actor": "lee", "hash": audit.link_hash(forged)}
        session.execute(update(AuditEvent).where(AuditEvent.seq == seq).values(values))

    return tamper


def _removed(condition):
    return lambda session, _columns: session.execute(delete(AuditEvent).where(condition))


def _swapped(session, columns) -> None:
    for seq, other in ((3, columns[4]), (4, columns[3])):
        values = {**other._asdict(), "hash": audit.link_hash(other)}
        del values["seq"]
        session.execute(update(AuditEvent).where(AuditEvent.seq == seq).values(values))


def _renumbered(session, _columns) -> None:
    """Remove one and close the gap behind it."""
    session.execute(delete(AuditEvent).where(AuditEvent.seq == 5))
    for seq in range(6, 11):
        session.execute(update(AuditEvent).where(AuditEvent.seq == seq).values(seq=seq - 1))
    session.execute(update(AuditHead).values(seq=9))


def _slipped_in(session, columns) -> None:
    last = columns[10]
    forged = last._replace(seq=11, prev_hash=audit.link_hash(last), subject="turn:forged")
    session.execute(insert(AuditEvent).values(**forged._asdict(), hash=audit.link_hash(forged)))


def _head(**values: object):
    return lambda session, _columns: session.execute(update(AuditHead).values(values))


TAMPERINGS = {
    "time edited": (_edited("at", "2026-01-01T00:00:00.000000+00:00"), 3, 4, AuditProblem.EDITED),
    "actor edited": (_edited("actor", "lee"), 3, 4, AuditProblem.EDITED),
    "action edited": (_edited("action", "turn.answered"), 3, 4, AuditProblem.EDITED),
    "subject edited": (_edited("subject", "turn:99"), 3, 4, AuditProblem.EDITED),
    "data edited": (_edited("data", '{"n":5}'), 3, 4, AuditProblem.EDITED),
    "hash edited": (_edited("hash", "f" * 64), 3, 4, AuditProblem.EDITED),
    "link edited": (_edited("prev_hash", "f" * 64), 3, 4, AuditProblem.UNLINKED),
    "edited, hash renewed": (_forged(4), 4, 5, AuditProblem.UNLINKED),
    "last one edited, hash renewed": (_forged(10), 10, 10, AuditProblem.HEAD_MISMATCH),
    "first one removed": (_removed(AuditEvent.seq == 1), 0, 1, AuditProblem.MISSING),
    "one removed": (_removed(AuditEvent.seq == 6), 5, 6, AuditProblem.MISSING),
    "tail cut": (_removed(AuditEvent.seq > 8), 8, 9, AuditProblem.TAIL_MISSING),
    "emptied": (_removed(AuditEvent.seq > 0), 0, 1, AuditProblem.TAIL_MISSING),
    "two swapped": (_swapped, 2, 3, AuditProblem.UNLINKED),
    "one removed, rest renumbered": (_renumbered, 4, 5, AuditProblem.UNLINKED),
    "one slipped in at the end": (_slipped_in, 11, 11, AuditProblem.HEAD_MISMATCH),
    "head's hash edited": (_head(hash="0" * 64), 10, 10, AuditProblem.HEAD_MISMATCH),
    "head set back": (_head(seq=9), 10, 10, AuditProblem.HEAD_MISMATCH),
    "head set forward": (_head(seq=12), 10, 11, AuditProblem.TAIL_MISSING),
}


def test_every_tampering_shows(chain) -> None:
    columns = {seq: _columns(chain, seq) for seq in range(1, 11)}
    seen = {}
    for name, (tamper, *_) in TAMPERINGS.items():
        for batch in (2, 1000):
            with chain.write() as session:
                tamper(session, columns)
                report = audit.verify(session, batch=batch)
                session.rollback()
            seen[name, batch] = [report.ok, report.events, report.first_broken, report.problem]
    meant = {(name, batch): [False, *rest] for name, (_, *rest) in TAMPERINGS.items() for batch in (2, 1000)}
    assert seen == meant
    assert _verify(chain).ok  # all of it was rolled back


def test_without_its_head_the_trail_shows_it_and_takes_no_more(chain) -> None:
    with chain.write() as session:
        session.execute(delete(AuditHead))
    assert _verify(chain).problem is AuditProblem.HEAD_MISSING
    with pytest.raises(Failure) as raised, chain.write() as session:
        audit.record(session, actor="kim", action=AuditAction.SIGN_IN, subject="user:1")
    assert raised.value.code is ErrorCode.AUDIT_BROKEN


def test_an_event_lives_and_dies_with_its_transaction(chain) -> None:
    def record_and_fail() -> None:
        with chain.write() as session:
            audit.record(session, actor="kim", action=AuditAction.SIGN_IN, subject="user:1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert _verify(chain).events == 10
    with chain.write() as session:
        for _ in range(3):
            audit.record(session, actor="kim", action=AuditAction.SIGN_OUT, subject="user:1")
    assert (_verify(chain).ok, _verify(chain).events) == (True, 13)


def test_odd_texts_keep_the_chain(database) -> None:
    odd = "널\x00 외톨이\ud800 줄\n바꿈 \U0001f600 ﷺ"
    with database.write() as session:
        audit.record(session, actor=odd, action=AuditAction.TURN_ASKED, subject=odd, data={odd: [odd, {"x": 1.5}]})
    assert _verify(database).ok


def test_what_json_cannot_hold_is_refused(database) -> None:
    for value in (float("nan"), object()):
        with pytest.raises((TypeError, ValueError)), database.write() as session:
            audit.record(session, actor="kim", action=AuditAction.SIGN_IN, subject="user:1", data={"x": value})
    assert _verify(database).events == 0


def test_texts_pass_the_last_net(database) -> None:
    with database.write() as session:
        audit.record(
            session,
            actor="kim",
            action=AuditAction.TURN_ASKED,
            subject="turn:1",
            data={"question": "주민번호 900101-1234567", "more": [{"tel": "010-1234-5678"}], "n": 3},
        )
    with database.read() as session:
        data = json.loads(session.execute(select(AuditEvent.data)).scalar_one())
    assert data == {"question": "주민번호 [주민등록번호]", "more": [{"tel": "[전화번호]"}], "n": 3}


def test_another_net_can_be_put_in_place(database) -> None:
    audit.configure_scrub(lambda text: text.replace("비밀", "○○"))
    try:
        with database.write() as session:
            audit.record(session, actor="a", action=AuditAction.TURN_ASKED, subject="t", data={"q": "비밀 번호"})
    finally:
        audit.configure_scrub(audit.scrub_numbers)
    with database.read() as session:
        assert session.execute(select(AuditEvent.data)).scalar_one() == '{"q":"○○ 번호"}'


def test_eight_writers_keep_one_chain(database) -> None:
    each, problems = 15, []

    def write(name: int) -> None:
        try:
            for number in range(each):
                with database.write() as session:
                    audit.record(session, actor=f"w{name}", action=AuditAction.TURN_ASKED, subject=f"turn:{number}")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall show it
            problems.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    assert _verify(database, batch=5).ok  # while they write
    for thread in threads:
        thread.join()
    assert problems == []
    report = _verify(database)
    assert (report.ok, report.events) == (True, 8 * each)


def test_writers_in_several_processes_keep_one_chain(database, database_url: str) -> None:
    script = (
        "import sys\n"
        "from assistant.db.engine import Database\n"
        "from assistant.governance.audit import AuditAction, record\n"
        "database = Database(sys.argv[1])\n"
        "sys.stdin.readline()\n"
        "for number in range(20):\n"
        "    with database.write() as session:\n"
        "        record(session, actor='p', action=AuditAction.TURN_ASKED, subject=f'turn:{number}', data={})\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, database_url],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for writer in writers:
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    report = _verify(database)
    assert (report.ok, report.events) == (True, 40)
