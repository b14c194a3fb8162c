"""Helpers of the loaders' tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # test helpers beside the tests; the import mode adds no path itself
