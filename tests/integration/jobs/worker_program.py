"""Real worker processes for the crash test: ``python worker_program.py DATABASE_URL HOME``.

Importing takes longer than a worker of the test lives. So this process imports once and forks a worker for each line it
reads, before it has any thread or connection; it writes the worker's process id, and when that ends, how.
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huey  # noqa: F401 - only to have it loaded
import psycopg  # noqa: F401 - as above
from sqlalchemy import text

from assistant.db.engine import Database
from assistant.jobs.queue import HueyJobQueue
from assistant.jobs.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.jobs.types import JobContext

STEPS = 3


def work(url: str, home: str) -> None:
    """Do jobs that write a row per step until killed or told to stop."""
    database = Database(url)

    def handle(payload: Mapping[str, Any], _context: JobContext) -> None:
        for step in range(STEPS):
            time.sleep(random.uniform(0.005, 0.04))  # noqa: S311 - no secret
            with database.write() as session:
                session.execute(
                    text("INSERT INTO deeds (number, step) VALUES (:number, :step) ON CONFLICT DO NOTHING"),
                    {"number": payload["number"], "step": step},
                )

    queue = HueyJobQueue(database, Path(home))
    # A short lease, as PostgreSQL has nothing else to tell a dead worker by; on SQLite the lock file tells at once.
    worker = Worker(
        database, queue, Path(home), {"deed": handle}, threads=2, lease_s=1.0, heartbeat_s=0.2, reconcile_s=0.2
    )
    worker.run()


def main(url: str, home: str) -> None:
    """Fork a worker for each line of standard input, one at a time."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                work(url, home)
            except BaseException:  # noqa: BLE001 - the child must not go on with its parent's loop
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)  # noqa: T201 - the protocol
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    main(*sys.argv[1:])
