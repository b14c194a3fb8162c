"""Reading batches and writing results: JSON on standard output, progress on a terminal's standard error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ErrorCode, Failure
from assistant.messages import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container

_ENCODINGS = ("utf-8-sig", "cp949")


def emit(data: object) -> None:
    """Write one JSON object on one line and flush, so that a pipe sees it at once."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(text: str = "") -> None:
    """Write a line for people on standard output."""
    sys.stdout.write(text + "\n")


def progress(text: str) -> None:
    """Overwrite the progress line, when standard error is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def progress_end() -> None:
    """Clear the progress line."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def read_text(source: str) -> str:
    """Return the text of a file, or of standard input for ``-``; UTF-8 or CP949.

    Raises:
        Failure: ``path_not_found``, ``file_encoding``.
    """
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise Failure(ErrorCode.PATH_NOT_FOUND, detail=f"{source}: {error.strerror}") from error
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Failure(ErrorCode.FILE_ENCODING, detail=source)


def batch(source: str, field: str, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Run ``handle`` over the lines of a JSONL file, one result line each; a bad line becomes an error line.

    Args:
        source: path of the file, ``-`` for standard input.
        field: the field that every line must hold as text.
        handle: gets the line's object and returns the result without its id.

    Returns:
        The exit code: 0 when every line was processed, 1 otherwise.
    """
    failed = 0
    lines = [line for line in read_text(source).split("\n") if line.strip()]
    for number, line in enumerate(lines, start=1):
        progress(f"{number}/{len(lines)}")
        item: dict[str, Any] = {}
        try:
            item = _parse(line, field)
            result = handle(item)
            emit({**result, "id": item["id"]} if "id" in item else {"id": None, **result})
        except Failure as failure:
            failed += 1
            error = {"code": failure.code.value, "title": explain(failure)}
            emit({"id": item.get("id") or _id_of(line), "error": error})
    progress_end()
    return 1 if failed else 0


def _parse(line: str, field: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except ValueError as error:
        raise Failure(ErrorCode.INPUT_NOT_JSON) from error
    if not isinstance(item, dict) or not isinstance(item.get(field), str):
        raise Failure(ErrorCode.INPUT_INVALID, detail=field)
    return item


def _id_of(line: str) -> object:
    """Return the id of a line that could not be processed, if it can be read at all."""
    try:
        item = json.loads(line)
    except ValueError:
        return None
    return item.get("id") if isinstance(item, dict) else None


def only_one(*choices: object) -> None:
    """Insist on exactly one of several ways to say what is meant.

    Raises:
        typer.BadParameter: none or several were given (exit code 2).
    """
    if sum(choice is not None for choice in choices) != 1:
        import typer

        raise typer.BadParameter("입력은 하나만 지정해 주세요 (질문 또는 파일 또는 --batch)")


def open_container() -> Container:
    """Return the container of this command, with the database brought up to date."""
    from assistant.runtime.setup import prepare
    from assistant.settings import settings
    from assistant.wiring import build_container

    container = build_container(settings())
    prepare(container, progress)
    progress_end()
    return container


def acting(container: Container, username: str | None) -> Principal:
    """Return the person for whom the command acts.

    Raises:
        Failure: ``user_not_found``.
    """
    from assistant.accounts.identity import load_principal

    with container.database.read() as session:
        return load_principal(session, username or container.settings.cli_user)
