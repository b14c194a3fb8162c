"""The small local model's server on loopback, for installations that ask for it (``ASSISTANT_LLM_LOCAL``).

One server serves all processes of a home: a *keeper* process holds an exclusive lock and runs the model inside
itself; whoever uses it holds a shared lock. Once nobody does, the keeper ends and gives its two gigabytes back. If it
is killed, whoever asks next starts another. The address and a key made for this run stand in a file that only the
owner can read.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import ErrorCode, Failure
from assistant.processes.basics import FileLock, module_command
from assistant.settings import child_environment

if TYPE_CHECKING:
    from pathlib import Path

HOST: Final = "127.0.0.1"
CONTEXT: Final = 4096
_UP_WITHIN_S: Final = 60.0
_IDLE_S: Final = 20.0
_TICK_S: Final = 0.25
_LOCK_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Where the local model answers, and the key it wants."""

    port: int
    key: str

    @property
    def base_url(self) -> str:
        """The address for OpenAI's dialect."""
        return f"http://{HOST}:{self.port}/v1"

    def alive(self) -> bool:
        """Whether it answers now."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/health", timeout=2) as response:
                return bool(response.status == 200)  # noqa: PLR2004 - HTTP's own number
        except (OSError, urllib.error.URLError):
            return False


def _file(home: Path) -> Path:
    return home / "run" / "model.json"


def _read(home: Path) -> ModelAddress | None:
    try:
        data = json.loads(_file(home).read_text(encoding="utf-8"))
        return ModelAddress(int(data["port"]), str(data["key"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class ModelUse:
    """The right to use the home's local model, held until closed or until the process ends.

    Args:
        home: the product's home.
        file: the model.
    """

    def __init__(self, home: Path, file: Path) -> None:
        self._home = home
        self._model = file
        self._starting = threading.Lock()
        self._users = FileLock(home / "run" / "model.users")
        self._users.share()

    def ensure(self) -> ModelAddress:
        """Return the server's address once it answers, starting a keeper when there is none.

        Raises:
            Failure: ``model_unavailable`` when it does not come up in time; its log is ``logs/model.log``.
        """
        with self._starting:
            deadline = time.monotonic() + _UP_WITHIN_S
            not_before = 0.0
            while time.monotonic() < deadline:
                address = _read(self._home)
                if address is not None and address.alive():
                    return address
                if time.monotonic() > not_before and not _keeper_alive(self._home):
                    self._start()
                    not_before = time.monotonic() + 5.0  # time to take the lock
                time.sleep(0.1)
        raise Failure(ErrorCode.MODEL_UNAVAILABLE, detail="logs/model.log")

    def _start(self) -> None:
        with (self._home / "logs" / "model.log").open("ab") as log:
            keeper = subprocess.Popen(
                module_command("model-keeper", str(self._model)),
                env=child_environment(ASSISTANT_HOME=str(self._home)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in somebody's terminal is not meant for it
            )
        threading.Thread(target=keeper.wait, name="model keeper's end", daemon=True).start()

    def close(self) -> None:
        """Give the right back."""
        self._users.close()


def _keeper_alive(home: Path) -> bool:
    lock = FileLock(home / "run" / "model.lock")
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()


def keep(home: Path, file: Path) -> int:
    """Run the model while it is used: the whole life of the keeper process; returns the exit code.

    Raises:
        Failure: ``module_missing`` without the runtime.
    """
    lock, users = FileLock(home / "run" / "model.lock"), FileLock(home / "run" / "model.users")
    if not _taken(lock):
        return 0  # another keeper is at it
    key = secrets.token_urlsafe(24)
    server = _serve(file, key)
    _write(home, int(str(server.listening_address).rpartition(":")[2]), key)
    idle_since = time.monotonic()
    while True:
        time.sleep(_TICK_S)
        if not users.try_exclusive():
            idle_since = time.monotonic()
            continue
        idle = time.monotonic() - idle_since > _IDLE_S
        if idle:  # taken away while nobody can come
            _file(home).unlink(missing_ok=True)
        users.release()
        if idle:
            break
    sys.stdout.flush()
    os._exit(0)  # the runtime's threads hold nothing that has to be put away


def _taken(lock: FileLock) -> bool:
    """Try for a moment: whoever asks whether a keeper is alive holds the lock for an instant."""
    for _ in range(_LOCK_TRIES):
        if lock.try_exclusive():
            return True
        time.sleep(0.05)
    return False


def _serve(file: Path, key: str) -> Any:  # noqa: ANN401 - a vendor without types
    try:
        import xllamacpp  # noqa: PLC0415 - an optional part, needed by this process alone
    except ModuleNotFoundError as error:
        raise Failure(ErrorCode.MODULE_MISSING, detail="xllamacpp") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames, params.port = [HOST], 0
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.api_keys = [key]
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.poll = 0  # waiting threads sleep: on a busy machine those that spin starve the one that works
    return xllamacpp.Server(params)


def _write(home: Path, port: int, key: str) -> None:
    temporary = _file(home).with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"port": port, "key": key, "pid": os.getpid()}, file)
    temporary.replace(_file(home))
