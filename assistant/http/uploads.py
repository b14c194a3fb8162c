"""From a multipart field to the ingestion service; used by the JSON endpoint and by the form."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.http.deps import may_upload
from assistant.ingestion import uploads
from assistant.ingestion.intake import clean_filename
from assistant.library.collections import find_collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import UploadFile

    from assistant.accounts.identity import Principal
    from assistant.http.deps import Container
    from assistant.ingestion.submissions import Submission

_PIECE: Final = 1024 * 1024
_LONGEST_FOLDER: Final = 1000


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


def take_in(
    container: Container, principal: Principal, upload: UploadFile, collection: str, *, folder: str = "", line: str = ""
) -> tuple[Submission, str]:
    """Hand an uploaded file to ingestion; return what became of it and the id of its line among the person's uploads.

    The same name again is a new version of the same document; a file of a folder is known by its path in that folder.
    ``line`` is an id that the page gave the file, 32 hexadecimal digits; the same id again is the same line.

    Raises:
        Failure: ``forbidden``, ``collection_not_found`` or what ingestion refuses, which has its line too.
    """
    check_right(principal)
    with container.database.read() as session:
        shelf_id = find_collection(session, principal, collection).id
        priority = uploads.priority_for(session, principal.username)
    name = clean_filename(upload.filename or "")
    note = partial(uploads.note, username=principal.username, filename=name, collection_id=shelf_id, line=line)
    try:
        with spooled(container, upload) as path:
            submission = container.ingestion.submit_file(
                path,
                collection=collection,
                principal_name=principal.username,
                source_key=f"upload:{clean_folder(folder)}{name}",
                filename=name,
                priority=priority,
            )
    except Failure as failure:
        with container.database.write() as session:
            note(session, reason=failure.code.value)
        raise
    with container.database.write() as session:
        return submission, note(session, submission=submission)


def clean_folder(path: str) -> str:
    """Return where a file lay in the folder that was dropped, as it stands in a source key: ``a/b/`` or nothing."""
    parts = (clean_filename(part) for part in path.replace("\\", "/").split("/") if part.strip() not in {"", ".", ".."})
    return "".join(f"{part}/" for part in parts)[-_LONGEST_FOLDER:]
