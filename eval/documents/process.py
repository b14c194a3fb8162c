"""What the parsing child has cost, file by file, as Linux counts it: processor time and peak memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_RESET_PEAK: Final = "5"  # proc(5), /proc/[pid]/clear_refs: sets the peak to what is held now


def children() -> list[int]:
    """Process ids of this process's children."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(word) for one in lists for word in one.read_text().split()]


def reset_peaks() -> None:
    """Forget how much the children once held; where that is not permitted, peaks stay those of their whole lives."""
    for process in children():
        try:
            Path(f"/proc/{process}/clear_refs").write_text(_RESET_PEAK)
        except OSError:
            continue


def cpu_seconds() -> float:
    """Processor time of the living children together, in user and kernel mode."""
    return sum(map(_ticks, children())) / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])  # proc(5): utime and stime, counted from behind the name


def peak_mib() -> float | None:
    """The largest peak among the children; ``None`` when there is none left (the file has ended it)."""
    peaks = [peak for process in children() if (peak := _peak_kib(process)) is not None]
    return max(peaks) / 1024 if peaks else None


def _peak_kib(process: int) -> int | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
