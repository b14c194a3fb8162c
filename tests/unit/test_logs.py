from __future__ import annotations

import sys

from assistant.runtime.entry import PlacesOnly

RRN = "900101-1234568"


def test_a_logged_exception_names_types_and_places_and_never_values() -> None:
    try:
        try:
            int(RRN)
        except ValueError as error:
            raise RuntimeError(RRN) from error
    except RuntimeError:
        text = PlacesOnly().formatException(sys.exc_info())
    assert RRN not in text
    assert "RuntimeError <- ValueError" in text
    assert "test_logs.py" in text
