"""Assets, with long caching where the address carries the content's hash."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    import os

    from starlette.responses import Response
    from starlette.types import Scope

FOLDER: Final = Path(__file__).with_name("static")


class _Assets(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with the file; ``?v=hash`` never changes, everything else is asked for again (it has an ETag)."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return response


def files() -> StaticFiles:
    """Return the application that serves the assets."""
    return _Assets(directory=FOLDER)


@lru_cache(maxsize=64)
def address(name: str) -> str:
    """Return the address of an asset with its content's hash."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
