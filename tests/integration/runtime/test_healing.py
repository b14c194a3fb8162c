"""A whole installation, whose processes are killed one after the other: it heals by itself and loses nothing."""

from __future__ import annotations

import signal
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the suite imports by path, so helpers beside the tests are found here

import slow_model
from installation import Installation, wait_until

from assistant.processes.basics import FileLock
from assistant.processes.chroma import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUESTION = "사용허가가 취소되면 며칠 안에 원래 상태로 되돌려야 하나요?"
EXPECTED = "20일"
FILES = 30
ARTICLES = 4
CHUNKS = ARTICLES + 1  # the title stands for itself

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]


@pytest.fixture(scope="module")
def pen() -> Iterator[slow_model.Pen]:
    """The model that the installation writes with."""
    with slow_model.serve() as pen:
        pen.free.set()
        yield pen


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, pen: slow_model.Pen) -> Iterator[Installation]:
    """A running installation with the samples in it."""
    home = tmp_path_factory.mktemp("city") / "home"
    home.mkdir()
    model = {"ASSISTANT_LLM_BASE_URL": pen.base_url, "ASSISTANT_LLM_MODEL": "pen", "ASSISTANT_LLM_TIMEOUT_S": "300"}
    city = Installation(home, **model)
    try:
        city.start("--samples")
        wait_until("search by both sides", lambda: found_by_both(city))
        yield city
    finally:
        city.end()


@pytest.fixture
def heals(record_property: Callable[[str, object], None]) -> Callable[[str], Any]:
    """Time how long something takes to be well again; shown with ``--junitxml`` or ``-s``."""

    @contextmanager
    def heals(what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        record_property(what, round(time.monotonic() - begun, 1))
        sys.stdout.write(f"[{what}: {time.monotonic() - begun:.1f} s]\n")

    return heals


def found_by_both(city: Installation) -> bool:
    answer = city.client.get("/api/v1/search", params={"q": QUESTION}, timeout=60)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return not found["degraded"] and any(EXPECTED in hit["text"] for hit in found["results"])


def bylaw(edition: str, number: int) -> str:
    head = (
        f"---\n제목: {edition} 시설 {number}호 조례\n시행일자: 2024-01-01\n---\n\n# {edition} 시설 {number}호 조례\n\n"
    )
    return head + "".join(
        f"##### 제{n}조 (항목{n})\n\n"
        f"{edition} {number}호 시설의 {n}번째 사용료는 {number * 100 + n}원으로 정하여 징수한다.\n\n"
        for n in range(1, ARTICLES + 1)
    )


def upload(city: Installation, edition: str) -> list[str]:
    """Hand in a set of documents; return the ids of their versions."""
    versions = []
    for number in range(FILES):
        name = f"{edition}-{number}.md"
        answer = city.client.post(
            "/api/v1/documents",
            files={"file": (name, bylaw(edition, number).encode())},
            data={"collection": "manuals"},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        versions.append(answer.json()["version_id"])
    assert len(set(versions)) == FILES
    return versions


def states(city: Installation, versions: list[str]) -> list[str]:
    return [city.client.get(f"/api/v1/versions/{one}", timeout=60).json()["state"] for one in versions]


def in_the_middle(city: Installation, versions: list[str]) -> None:
    """Return when some of the documents are done and others are not."""
    done = wait_until("the first documents", lambda: states(city, versions).count("ready"))
    assert done < FILES


def all_ready_and_whole(city: Installation, versions: list[str], edition: str) -> None:
    wait_until("all are ready", lambda: states(city, versions) == ["ready"] * FILES)
    for one in versions:
        assert city.client.get(f"/api/v1/versions/{one}").json()["chunks"] == CHUNKS
    listed = city.client.get("/api/v1/documents", params={"q": f"{edition} 시설", "limit": 100}).json()
    titles = [item["title"] for item in listed["items"]]
    assert sorted(titles) == sorted(f"{edition} 시설 {number}호 조례" for number in range(FILES))
    hits = city.search(f"{edition} 7호 시설의 3번째 사용료", k=100)["results"]
    assert len({hit["chunk_id"] for hit in hits}) == len(hits)
    assert f"{edition} 7호 시설의 3번째 사용료는 703원" in hits[0]["text"]


def test_a_question_about_the_samples_is_answered_with_its_source(city: Installation) -> None:
    events = list(city.events(city.ask(QUESTION)))
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    kind, turn = events[-1][1], events[-1][2]["turn"]
    assert kind == "done"
    assert turn["status"].startswith("answered"), turn
    assert EXPECTED in turn["answer"]
    assert "공유재산" in turn["citations"][0]["title"]
    assert turn["citations"][0]["locator"]["article"] == "제12조의2"
    assert city.client.get("/readyz").json()["checks"] == {"database": "ok", "index": "ok", "worker": "ok"}


def test_the_web_process_dies_in_the_middle_of_an_answer(
    city: Installation, pen: slow_model.Pen, heals: Callable[[str], Any]
) -> None:
    pen.free.clear()
    pen.begun.clear()
    turn = city.ask(QUESTION)
    seen: list[tuple[int, str]] = []
    broken: Exception | None = None
    try:
        for number, kind, _ in city.events(turn):
            seen.append((number, kind))
            if kind == "delta":
                assert pen.begun.is_set()
                city.kill("web")
    except Exception as error:  # noqa: BLE001 - however the connection breaks
        broken = error
    assert broken is not None
    assert "done" not in dict(seen).values()
    assert "delta" in [kind for _, kind in seen]
    pen.free.set()
    with heals("web killed, answer whole"):
        rest = wait_until("the end of the answer", lambda: tail(city, turn, seen[-1][0]))
    numbers = [number for number, _, _ in rest]
    assert numbers[0] > seen[-1][0]
    assert numbers == sorted(set(numbers))
    assert "restart" in [kind for _, kind, _ in rest]  # what was shown of the first attempt is void
    end = rest[-1][2]["turn"]
    assert end["status"].startswith("answered")
    assert EXPECTED in end["answer"]
    assert end["citations"]


def tail(city: Installation, turn: str, after: int) -> list[tuple[int, str, dict[str, Any]]]:
    """The events behind the last one seen, if the stream reaches its end."""
    events = list(city.events(turn, after))
    return events if events and events[-1][1] == "done" else []


def test_the_worker_dies_in_the_middle_of_an_ingest(city: Installation, heals: Callable[[str], Any]) -> None:
    versions = upload(city, "구판")
    in_the_middle(city, versions)
    city.kill("worker")
    with heals("worker killed, all documents ready"):
        all_ready_and_whole(city, versions, "구판")


def test_chroma_and_its_keeper_die_in_the_middle_of_an_ingest(city: Installation, heals: Callable[[str], Any]) -> None:
    versions = upload(city, "신판")
    in_the_middle(city, versions)
    with no_chroma(city):
        found = city.search(QUESTION)
        assert found["degraded"] == ["dense"]
        assert any(EXPECTED in hit["text"] for hit in found["results"])
        answer = list(city.events(city.ask(QUESTION)))[-1][2]["turn"]
        assert "search_degraded_dense" in [notice["code"] for notice in answer["notices"]]
        assert EXPECTED in answer["answer"]
        assert city.client.get("/readyz").status_code == 503
    with heals("chroma killed, search by both sides"):
        wait_until("search by both sides", lambda: found_by_both(city))
    with heals("chroma killed, all documents ready"):
        all_ready_and_whole(city, versions, "신판")


@contextmanager
def no_chroma(city: Installation) -> Iterator[None]:
    """Kill server and keeper, and keep them from coming back for the length of the block."""
    lock = FileLock(city.home / "run" / "chroma.lock")
    try:
        for _ in range(20):
            city.kill("chroma-keeper", "chroma")
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                if lock.try_exclusive():
                    yield
                    return
                time.sleep(0.005)  # the old server holds it to its end; a new keeper may have been faster
        pytest.fail("a new keeper was faster every time")
    finally:
        lock.close()


def test_only_chroma_dies_and_its_keeper_starts_it_again(city: Installation, heals: Callable[[str], Any]) -> None:
    before = city.pid_of("chroma")
    city.kill("chroma")
    with heals("chroma alone killed, search by both sides"):
        wait_until("another server", lambda: (pid := city.pid_of("chroma")) and pid != before)
        wait_until("search by both sides", lambda: found_by_both(city))


def test_another_program_takes_the_port_of_chroma_while_it_is_down(
    city: Installation, heals: Callable[[str], Any]
) -> None:
    before, web = read_address(city.home), city.pid_of("web")
    assert before is not None
    with socket.socket() as other:
        with no_chroma(city):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((before.host, before.port))
            other.listen()
        with heals("port of chroma taken, search by both sides"):
            wait_until("a web process that knows the new port", lambda: city.pid_of("web") not in {None, web})
            wait_until("search by both sides", lambda: found_by_both(city))
    assert read_address(city.home) not in {None, before}


def test_in_the_end_indexes_and_audit_are_whole(city: Installation) -> None:
    wait_until("nothing is left to mend", lambda: city.cli("index", "check")["ok"])
    audit = city.cli("audit", "verify")
    assert audit["ok"]
    assert audit["exit"] == 0
    assert audit["events"] > 9


def test_told_to_stop_it_leaves_nothing_behind_and_knows_everything_when_it_is_back(
    city: Installation, heals: Callable[[str], Any]
) -> None:
    turn = city.ask(QUESTION)
    assert list(city.events(turn))[-1][1] == "done"
    with heals("SIGTERM, all gone"):
        assert city.signal(signal.SIGTERM) == 0
        wait_until("nothing is left", lambda: not city.left_over(), 30)
    with heals("second start, page answers"):
        city.start("--samples")
    assert EXPECTED in city.client.get(f"/api/v1/turns/{turn}").json()["answer"]
    wait_until("search by both sides", lambda: found_by_both(city))


def test_the_supervisor_is_killed_and_leaves_nothing_behind(city: Installation, heals: Callable[[str], Any]) -> None:
    assert city.pid_of("web")
    wait_until("worker and chroma", lambda: city.pid_of("worker") and city.pid_of("chroma"))
    with heals("supervisor killed, all gone"):
        assert city.signal(signal.SIGKILL) == -signal.SIGKILL
        wait_until("nothing is left", lambda: not city.left_over(), 60)
    with heals("start after a kill, page answers"):
        city.start()
    wait_until("search by both sides", lambda: found_by_both(city))
    assert city.signal(signal.SIGINT) == 0
    wait_until("nothing is left", lambda: not city.left_over(), 30)
