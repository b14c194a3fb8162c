"""The great fire in small: a folder imported through the real processes, two of which are killed on the way."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]


def _program() -> Any:
    path = Path(__file__).parents[2] / "perf/import_under_fire.py"
    spec = importlib.util.spec_from_file_location("import_under_fire", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [3])  # the import command first, then the worker
def test_a_folder_is_whole_after_two_kills(tmp_path: Path, seed: int) -> None:
    program = _program()
    chosen = argparse.Namespace(files=40, kills=2, seed=seed, statutes=None, idle=1.0, nice=0, out=None)
    report = program.burn(tmp_path, chosen)
    assert report["problems"] == []
    assert len(report["kills"]) == 2
    assert report["documents_looked_at_while_importing"] > 0, "somebody read all the while"
    assert report["search"]["during the import"]["n"] > 0
