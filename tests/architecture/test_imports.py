"""Importing a module does nothing, and the command line answers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import tree

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WATCH = """
import importlib, json, os, sys
deeds, name = [], ""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
DEEDS = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.", "os.mkdir", "os.remove", "os.rename",
         "os.fork", "os.posix_spawn", "shutil.", "sqlite3.connect", "_thread.start_new")
def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & WRITING and str(path) != "/dev/null":
            deeds.append(f"{event} {path} <- {name}")
    elif event.startswith(DEEDS):
        deeds.append(f"{event} {arguments[:1]} <- {name}")
sys.addaudithook(watch)
for name in NAMES:
    importlib.import_module(name)
print(json.dumps({"deeds": deeds, "modules": sorted(sys.modules)}))
"""

SLOW = (*tree.HEAVY, "alembic", "fastapi", "numpy", "sqlalchemy", "uvicorn")


def _import(names: list[str], home: Path) -> dict[str, list[str]]:
    """Import the modules in a fresh interpreter; return what was done meanwhile, and all modules that came in."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", f"NAMES = {names!r}\n{WATCH}"],
        cwd=tree.ROOT,
        env={"ASSISTANT_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_importing_any_module_does_nothing(home: Path) -> None:
    names = [
        tree.module(path)
        for path in tree.sources()
        if not tree.is_script(path) and path.stem != "__main__"
        if not tree.ON_REQUEST & set(tree.top_imports(tree.syntax(path)))
    ]
    seen = _import(names, home)
    assert seen["deeds"] == []
    assert list(home.iterdir()) == []
    early = [package for package in tree.HEAVY if package in seen["modules"]]
    assert not early, f"imported although nobody asked for it yet: {early}"


def test_the_watch_sees_what_it_should(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test above would pass on a blind watch too.
    culprit = "import pathlib, socket; pathlib.Path('made').write_text('x'); socket.socket().bind(('127.0.0.1', 0))"
    (tmp_path / "culprit.py").write_text(culprit, encoding="utf-8")
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    deeds = _import(["culprit"], home)["deeds"]
    assert [deed.split()[0] for deed in deeds] == ["open", "socket.bind"]


def test_help_imports_no_heavy_library(home: Path) -> None:
    """``assistant --help`` is what a newcomer types first; it must not wait for a database or a model library."""
    script = (
        "import sys, json\n"
        "sys.argv = ['assistant', '--help']\n"
        "from assistant.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    code = end.code or 0\n"
        "else:\n    code = 0\n"
        "print(json.dumps({'code': code, 'modules': sorted(sys.modules)}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=tree.ROOT,
        env={"ASSISTANT_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["code"] == 0
    assert "ingest" in done.stdout
    slow = [name for name in SLOW if name in seen["modules"]]
    assert not slow, f"`assistant --help` imports {slow}"
    assert list(home.iterdir()) == []
