"""The events of a running turn: kept first, shown after.

``emit`` never waits; a pump writes what has gathered to the database, a few events a transaction, and only then
wakes the readers. The same pump says that the turn is alive and hears that its owner wants it stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from assistant.answering import store
from assistant.answering.events import Event, EventType

if TYPE_CHECKING:
    from assistant.db.engine import Database


class LiveTurn:
    """A turn that runs in this process.

    Args:
        database: where its events go.
        turn_id: its id.
        owner: this process.
        seq: number of the last event already kept.
    """

    def __init__(self, database: Database, turn_id: str, owner: str, seq: int) -> None:
        self._database = database
        self.turn_id = turn_id
        self._owner = owner
        self._seq = seq
        self._pending: list[Event] = []
        self._wake = asyncio.Event()
        self._changed = asyncio.Condition()
        self._loop = asyncio.get_running_loop()
        self.work: asyncio.Task[None] | None = None
        self.stop_requested = False
        self._closing = False

    def emit(self, type_: str, data: dict[str, Any]) -> None:
        """Add an event; may be called from the event loop only."""
        self._seq += 1
        self._pending.append(Event(self._seq, EventType(type_), data))
        self._wake.set()

    def stopped(self) -> bool:
        """Whether the owner wants the turn stopped."""
        return self.stop_requested

    def request_stop(self) -> None:
        """Stop the turn's work wherever it waits."""
        self.stop_requested = True
        if self.work is not None:
            self.work.cancel()

    def stop_soon(self) -> None:
        """Like :meth:`request_stop`, from any thread."""
        self._loop.call_soon_threadsafe(self.request_stop)

    def close(self) -> None:
        """End the pump when it has kept what has gathered."""
        self._closing = True
        self._wake.set()

    def take(self) -> list[Event]:
        """Take the events that are not yet kept, to keep them in the caller's transaction."""
        events, self._pending = self._pending, []
        return events

    async def pump(self) -> None:
        """Keep events as they come, beat the heart, listen for a stop; runs until :meth:`close`."""
        beats_every = store.HEARTBEAT_S
        last_beat = self._loop.time()
        while not self._closing:
            timeout = max(0.0, beats_every - (self._loop.time() - last_beat))
            with contextlib.suppress(TimeoutError):
                # not wait_for(): in Python 3.11 it loses a cancellation that meets the end of what it waits for
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            self._wake.clear()
            await self._flush()
            if self._loop.time() - last_beat >= beats_every:
                last_beat = self._loop.time()
                if await asyncio.to_thread(self._beat):
                    self.request_stop()

    async def _flush(self) -> None:
        events = self.take()
        if events:
            await asyncio.to_thread(self._keep, events)
            await self.changed()

    async def changed(self) -> None:
        """Wake everyone who waits for events."""
        async with self._changed:
            self._changed.notify_all()

    async def wait(self, timeout_s: float) -> None:
        """Wait until there may be new events, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()

    def _keep(self, events: list[Event]) -> None:
        with self._database.write() as session:
            store.append(session, self.turn_id, events)

    def _beat(self) -> bool:
        with self._database.write() as session:
            return store.beat(session, self.turn_id, self._owner)
