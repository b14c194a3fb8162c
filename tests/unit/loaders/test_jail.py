"""The fences of a parsing child, tried from below the interpreter: as code in a library would, not Python."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.errors import LoadError
from retrieval.loaders import sandbox
from retrieval.loaders.sandbox import ParserPool

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import sys; sys.path.insert(0, sys.argv[1])
import ctypes, errno, json, os
from retrieval.loaders import _child, registry
libc = ctypes.CDLL(None, use_errno=True)
def tried(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "done"
class Probe:
    def load(self, path, *, filename):
        secret, parent = filename.split("|")
        number = {name: int(value) for name, value in NUMBERS.items()}
        at = ctypes.c_int(-100)
        answers = {
            "read the document": tried(number["openat"], at, str(path).encode(), os.O_RDONLY),
            "write the document": tried(number["openat"], at, str(path).encode(), os.O_RDWR),
            "read another file": tried(number["openat"], at, secret.encode(), os.O_RDONLY),
            "read the passwords": tried(number["openat"], at, b"/etc/passwd", os.O_RDONLY),
            "write a file": tried(number["openat"], at, secret.encode(), os.O_WRONLY),
            "make a file": tried(number["openat"], at, (secret + ".new").encode(), os.O_WRONLY | os.O_CREAT, 0o600),
            "remove a file": tried(number["unlinkat"], at, secret.encode(), 0),
            "open a socket": tried(number["socket"], 2, 1, 0),
            "run a program": tried(number["execve"], b"/bin/true", None, None),
            "fork": tried(number["clone"], 17, None, None, None, None),
            "stop the parent": tried(number["kill"], int(parent), 0),
            "look at the parent": tried(number["ptrace"], 16, int(parent), None, None),
            "loosen the parent": tried(number["prlimit64"], int(parent), 0, None, None),
        }
        raise ValueError("|" + json.dumps(answers))
NUMBERS = {"openat": 257, "unlinkat": 263, "socket": 41, "execve": 59, "clone": 56, "kill": 62, "ptrace": 101,
    "prlimit64": 302}
registry.loader_for = lambda media_type, limits: Probe()
sys.exit(_child.main())
"""


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    if platform.machine() != "x86_64":
        pytest.skip("the numbers of system calls are those of x86-64")
    secret = tmp_path / "secret.txt"
    secret.write_text("made up", encoding="utf-8")
    document = tmp_path / "document.txt"
    document.write_text("글", encoding="utf-8")
    monkeypatch.setattr(sandbox, "_PROGRAM", PROBE)
    with ParserPool(size=1) as pool, pytest.raises(LoadError) as caught:
        pool.parse(document, f"{secret}|{os.getpid()}")
    assert secret.read_text(encoding="utf-8") == "made up"
    answers: dict[str, Any] = json.loads(caught.value.detail.partition("|")[2])
    assert answers.pop("read the document") == "done"
    return answers


def test_a_child_says_which_fences_stand() -> None:
    with ParserPool(size=1) as pool:
        fences = pool.fences()
        assert fences[-1] == "hook"
        assert pool.fences() == fences


def test_system_calls_that_no_parser_needs_fail(answers: dict[str, Any]) -> None:
    with ParserPool(size=1) as pool:
        fences = pool.fences()
    if "seccomp" not in fences:
        pytest.skip("no seccomp here")
    reading = {"read another file", "read the passwords"}
    assert {name: answer for name, answer in answers.items() if name not in reading} == dict.fromkeys(
        answers.keys() - reading, "EPERM"
    )
    if "landlock" in fences:
        assert [answers[name] for name in sorted(reading)] == ["EACCES", "EACCES"]
