"""Counters in the Prometheus text format 0.0.4; few enough to need no library."""

from __future__ import annotations

import threading
from collections import Counter

BUCKETS = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What this process has served since it started. Labels are route templates, never paths that were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._seconds_sum: dict[str, float] = {}
        self._turns = 0
        self._streams = 0

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished request."""
        method = method if method in METHODS else "OTHER"
        with self._lock:
            self._requests[(method, route, status)] += 1
            self._seconds[route] += 1
            self._seconds_sum[route] = self._seconds_sum.get(route, 0.0) + seconds
            for bound in BUCKETS:
                if seconds <= bound:
                    self._buckets[(route, bound)] += 1

    def turn_started(self) -> None:
        """Count one question."""
        with self._lock:
            self._turns += 1

    def stream_opened(self) -> None:
        """Count a reader of events in."""
        with self._lock:
            self._streams += 1

    def stream_closed(self) -> None:
        """Count a reader of events out."""
        with self._lock:
            self._streams -= 1

    def text(self) -> str:
        """Return all counters in the exposition format."""
        with self._lock:
            name = "assistant_http_requests_total"
            lines = [f"# HELP {name} Finished requests.", f"# TYPE {name} counter"]
            for (method, route, status), count in sorted(self._requests.items()):
                labels = f'method="{_escape(method)}",route="{_escape(route)}",status="{status}"'
                lines.append(f"{name}{{{labels}}} {count}")
            name = "assistant_http_request_duration_seconds"
            lines += [f"# HELP {name} Time from request to end of response.", f"# TYPE {name} histogram"]
            for route in sorted(self._seconds):
                label = f'route="{_escape(route)}"'
                lines += [f'{name}_bucket{{{label},le="{b}"}} {self._buckets[(route, b)]}' for b in BUCKETS]
                lines.append(f'{name}_bucket{{{label},le="+Inf"}} {self._seconds[route]}')
                lines.append(f"{name}_sum{{{label}}} {self._seconds_sum[route]:.6f}")
                lines.append(f"{name}_count{{{label}}} {self._seconds[route]}")
            name = "assistant_turns_started_total"
            lines += [f"# HELP {name} Questions taken over the web.", f"# TYPE {name} counter", f"{name} {self._turns}"]
            name = "assistant_event_streams"
            lines += [f"# HELP {name} Open event streams.", f"# TYPE {name} gauge", f"{name} {self._streams}"]
        return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
