"""A process that gives way does so for itself and for what it starts, inside its session and beside other sessions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, subprocess, sys
from assistant.processes.basics import give_way
before = os.nice(0)
give_way(7)
give_way(3)
child = int(subprocess.check_output([sys.executable, "-c", "import os; print(os.nice(0))"]))
try:
    # Empty where the session has no group of its own, as in some containers.
    group = open("/proc/self/autogroup").read().split()[-1:]
except OSError:
    group = []
print(before, os.nice(0), child, *group)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="niceness as Linux knows it")
@pytest.mark.parametrize("leads", [True, False])
def test_it_is_nicer_and_never_less_nice(*, leads: bool) -> None:
    said = subprocess.check_output([sys.executable, "-c", PROGRAM], start_new_session=leads, text=True).split()
    before, after, child = (int(number) for number in said[:3])
    assert after == child == max(before, 7)
    if Path("/proc/self/autogroup").exists() and leads and len(said) > 3:
        assert said[3] in {"3", "7"}, "the session as well"
