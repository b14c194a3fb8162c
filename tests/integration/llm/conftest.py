from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test helpers beside the tests; the import mode adds no path itself

from model_server import Script, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def script() -> Iterator[Script]:
    with serve() as running:
        yield running
