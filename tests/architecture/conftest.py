"""Makes ``tree`` importable by the tests beside it, which pytest finds by path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
