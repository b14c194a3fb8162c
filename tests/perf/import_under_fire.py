"""The proof: thousands of files imported through the real processes, which are killed with -9 at random moments.

::

    python -m tests.perf.import_under_fire --files 5000 --kills 10 --statutes PATH [--out FILE.json]

Beside the import a reader searches all the time. Whatever it finds must be whole; how long it waits is measured
before, during and after. At the end documents, texts, passages, indexes and jobs must be exactly what the files say.
Exit code 0 when they are.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "integration/runtime"))

import fire_checks
import fire_corpus
from installation import Installation, wait_until

from assistant.db.engine import Database

COLLECTION = "fire"
ROLES = (("worker",), ("ingest",), ("chroma-keeper", "chroma"), ("chroma",), ("everything",))
QUESTIONS = (
    "사용료는 얼마입니까", "신청 기한은 언제까지입니까", "허가가 취소되는 경우", "위원회의 구성", "과태료 부과 기준",
    "시장의 책무", "보조금을 신청하는 방법", "이 법에서 사용하는 용어의 뜻", "비용의 부담", "손실 보상",
)  # fmt: skip
PAUSE_S = 0.3  # a person's pace, so that the reader itself is no load


@dataclass
class Reader:
    """Somebody who searches all the time and looks closely at what is found."""

    city: Installation
    texts: dict[str, str]
    took: dict[str, list[float]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    phase: str = "idle before"
    looked: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._known = {text: name for name, text in self.texts.items()}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(120)

    def _read(self) -> None:
        turn = 0
        while not self._stop.wait(PAUSE_S):
            turn += 1
            phase = self.phase
            try:
                self._ask(phase, QUESTIONS[turn % len(QUESTIONS)])
            except httpx.HTTPError:
                self.refused[phase] = self.refused.get(phase, 0) + 1

    def _ask(self, phase: str, question: str) -> None:
        begun = time.perf_counter()
        answer = self.city.client.get("/api/v1/search", params={"q": question, "k": 10}, timeout=60)
        took = (time.perf_counter() - begun) * 1000
        if answer.status_code != 200:
            self.refused[phase] = self.refused.get(phase, 0) + 1
            return
        self.took.setdefault(phase, []).append(took)
        hits = [hit for hit in answer.json()["results"] if hit["collection"] == COLLECTION]
        if not hits:
            return
        hit = hits[self.looked % len(hits)]
        self.looked += 1
        view = self.city.client.get(f"/api/v1/documents/{hit['document_id']}", timeout=60)
        whole = view.json()["text"] if view.status_code == 200 else ""
        if whole not in self._known or hit["text"] not in whole:
            self.wrong.append(f"{hit['document_id']}: found, but not whole ({view.status_code})")

    def figures(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile in milliseconds by phase."""
        return {
            phase: {
                "n": len(took),
                "p50_ms": round(statistics.median(took), 1),
                "p95_ms": round(sorted(took)[int(len(took) * 0.95)], 1),
                "refused": self.refused.get(phase, 0),
            }
            for phase, took in self.took.items()
        }


class Fire:
    """The import and what befalls it."""

    def __init__(self, city: Installation, folder: Path, files: int, kills: int, seed: int) -> None:
        self.city, self.folder, self.files = city, folder, files
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        moments = sorted(chance.uniform(0.03, 0.97) for _ in range(kills))
        fates = [*ROLES, *(chance.choice(ROLES) for _ in range(kills - len(ROLES)))]  # each at least once
        chance.shuffle(fates)
        self.plan = [(round(moment * files), roles) for moment, roles in zip(moments, fates, strict=False)]
        self.done: list[str] = []
        self.command: subprocess.Popen[bytes] | None = None
        self.database = Database(f"sqlite:///{city.home / 'assistant.db'}")

    def ready(self) -> int:
        return fire_checks.ready(self.database, COLLECTION)

    def run(self, tell: Any) -> None:
        """Import to the end, killing at the planned moments and starting again what does not start by itself."""
        plan = list(self.plan)
        told = 0.0
        while True:
            if self.command is None or self.command.poll() not in {None, 0}:
                self._import()
            assert self.command is not None
            ready = self.ready()
            if time.monotonic() - told > 30:
                told = time.monotonic()
                tell(f"{ready}/{self.files} ready, {len(self.done)} kills")
            if plan and ready >= plan[0][0]:
                self._kill(plan.pop(0)[1], ready, tell)
            elif not plan and self.command.poll() == 0:
                return
            time.sleep(0.05)

    def _import(self) -> None:
        with (self.city.home.parent / "ingest.log").open("ab") as log:
            self.command = subprocess.Popen(
                self.city.command("ingest", str(self.folder), "--collection", COLLECTION, "--json"),
                env=self.city.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _kill(self, roles: tuple[str, ...], ready: int, tell: Any) -> None:
        tell(f"kill -9 {' + '.join(roles)} at {ready}")
        self.done.append(f"{' + '.join(roles)} at {ready}")
        assert self.command is not None
        if roles == ("ingest",):
            self._end_command()
        elif roles == ("everything",):
            family = self.city.family()
            for pid, _ in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._end_command()
            assert self.city.process is not None
            self.city.process.wait(30)
            self.city.start()
        else:
            self.city.kill(*roles)

    def _end_command(self) -> None:
        assert self.command is not None
        with suppress(ProcessLookupError):
            self.command.send_signal(signal.SIGKILL)
        self.command.wait(30)
        self.command = None


def overtaking(city: Installation) -> float:
    """Seconds from handing in one file until it can be found, while the import goes on."""
    begun = time.monotonic()
    answer = city.client.post(
        "/api/v1/documents",
        files={"file": ("급한 안내.md", "# 급한 안내\n\n오늘 바뀐 접수 창구는 3층이다.\n".encode())},
        data={"collection": "people"},
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    version = answer.json()["version_id"]
    wait_until("the upload", lambda: city.client.get(f"/api/v1/versions/{version}").json()["state"] == "ready")
    return round(time.monotonic() - begun, 1)


def main(arguments: list[str] | None = None) -> int:
    """Run the whole thing; 0 when everything is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--statutes", type=Path, default=None)
    parser.add_argument("--idle", type=float, default=30, help="seconds of measuring before and after")
    parser.add_argument(
        "--nice", type=int, default=None, help="niceness of the worker, where others use the machine too"
    )
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    with tempfile.TemporaryDirectory(prefix="fire-") as folder:
        report = burn(Path(folder), chosen)
    text = json.dumps(report, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")
    if chosen.out is not None:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    return 1 if report["problems"] else 0


def burn(base: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Do it in an empty folder and return the report."""
    paths = fire_corpus.make(base / "files", chosen.files, chosen.statutes)
    seed_corpus = fire_corpus.make(base / "people", 1, None)
    texts = fire_checks.expected_texts(paths)
    home = base / "home"
    home.mkdir()
    city = Installation(home)
    city.client.timeout = httpx.Timeout(60)
    city.environment["ASSISTANT_DISK_RESERVE_BYTES"] = "0"
    del city.environment["ASSISTANT_WORKER_NICE"]
    if chosen.nice is not None:
        city.environment["ASSISTANT_WORKER_NICE"] = str(chosen.nice)
    load: dict[str, float] = {"before": os.getloadavg()[0]}
    begun = time.monotonic()

    def tell(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:7.1f} s  load {os.getloadavg()[0]:.1f}  {line}\n")

    try:
        city.start()
        city.cli("ingest", str(seed_corpus[0]), "--collection", "people")
        wait_until("search by both sides", lambda: not city.search("사용료")["degraded"])
        fire = Fire(city, base / "files", chosen.files, chosen.kills, chosen.seed)
        with Reader(city, texts) as reader:
            time.sleep(chosen.idle)
            import_begun, reader.phase = time.monotonic(), "during the import"
            upload: list[float] = []
            rusher = threading.Timer(20, lambda: upload.append(overtaking(city)))
            rusher.start()
            fire.run(tell)
            took, reader.phase = time.monotonic() - import_begun, "after"
            load["during"] = os.getloadavg()[0]
            rusher.join(120)
            wait_until("all work to end", lambda: not fire_checks.problems(fire.database, COLLECTION, [], {})[1:])
            reader.phase = "idle after"
            time.sleep(chosen.idle)
            load["after"] = os.getloadavg()[0]
        wrong = [
            *reader.wrong,
            *(polite(city) if chosen.nice is None else ()),
            *fire_checks.problems(fire.database, COLLECTION, paths, texts),
            *sound(city),
        ]
        fire.database.dispose()
        return {
            "files": chosen.files,
            "kills": fire.done,
            "seconds": round(took, 1),
            "files_per_second": round(chosen.files / took, 2),
            "search": reader.figures(),
            "documents_looked_at_while_importing": reader.looked,
            "upload_ready_during_import_s": upload,
            "load": load,
            "problems": wrong[:50],
        }
    finally:
        city.end()


def polite(city: Installation) -> list[str]:
    """Whether the worker gives way to those who answer."""
    niceness = {}
    for role in ("worker", "web", "chroma"):
        pid = wait_until(role, lambda role=role: city.pid_of(role))
        niceness[role] = os.getpriority(os.PRIO_PROCESS, pid)
    return [] if niceness["worker"] > max(niceness["web"], niceness["chroma"]) else [f"niceness: {niceness}"]


def sound(city: Installation) -> list[str]:
    """What the product's own checks say: indexes against the database, the audit chain, the doctor."""
    wrong = []
    for command in (("index", "check"), ("audit", "verify"), ("doctor",)):
        said = city.cli(*command)
        if said["exit"] != 0:
            wrong.append(f"{' '.join(command)}: {json.dumps(said, ensure_ascii=False)[:500]}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
