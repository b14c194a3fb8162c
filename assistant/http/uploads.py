"""From a multipart field to the ingestion service; used by the JSON endpoint and by the form."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.http.deps import may_upload
from assistant.ingestion.intake import clean_filename
from assistant.library.collections import find_collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import UploadFile

    from assistant.accounts.identity import Principal
    from assistant.http.deps import Container
    from assistant.ingestion.submissions import Submission

_PIECE: Final = 1024 * 1024
_PRIORITY: Final = 10  # somebody waits for an upload; nobody waits for a folder of thousands


def check_right(principal: Principal) -> None:
    """Let stewards and administrators pass.

    Raises:
        Failure: ``forbidden``.
    """
    if not may_upload(principal):
        raise Failure(ErrorCode.FORBIDDEN)


@contextmanager
def spooled(container: Container, upload: UploadFile) -> Iterator[Path]:
    """Give an uploaded file a path in the home for as long as the block lasts."""
    parent = container.settings.home / "uploads"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=parent) as target:
        shutil.copyfileobj(upload.file, target, _PIECE)
        target.flush()
        yield Path(target.name)


def take_in(container: Container, principal: Principal, upload: UploadFile, collection: str) -> Submission:
    """Hand an uploaded file to ingestion. The same name again is a new version of the same document.

    Raises:
        Failure: ``forbidden``, ``collection_not_found`` or what ingestion refuses.
    """
    check_right(principal)
    with container.database.read() as session:
        find_collection(session, principal, collection)
    name = clean_filename(upload.filename or "")
    with spooled(container, upload) as path:
        return container.ingestion.submit_file(
            path,
            collection=collection,
            principal_name=principal.username,
            source_key=f"upload:{name}",
            filename=name,
            priority=_PRIORITY,
        )
