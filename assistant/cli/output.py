"""Reading batches and writing results: JSON on standard output, progress on a terminal's standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import date
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from assistant.errors import ErrorCode, Failure
from assistant.messages import explain, title

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container

log = logging.getLogger(__name__)

_ENCODINGS = ("utf-8-sig", "cp949")


def emit(data: object) -> None:
    """Write one JSON object on one line and flush, so that a pipe sees it at once."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair that came in as an escape goes out as one
        text = json.dumps(data)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str = "") -> None:
    """Write a line for people on standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Write the reason for exit code 1 on standard error."""
    sys.stderr.write(text + "\n")


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


def day(text: object) -> date | None:
    """Return the day that somebody wrote as ``2024-01-01``; nothing written is ``None``.

    Raises:
        Failure: ``input_invalid``.
    """
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Failure(ErrorCode.INPUT_INVALID, detail="as_of YYYY-MM-DD")
    return found


def day_option(text: str | None) -> date | None:
    """Return the day given to ``--as-of``.

    Raises:
        typer.BadParameter: it is none (exit code 2).
    """
    import typer

    try:
        return day(text)
    except Failure as failure:
        raise typer.BadParameter("날짜는 YYYY-MM-DD 로 적어 주세요", param_hint="--as-of") from failure


def read_text(source: str) -> str:
    """Return the text of a file, or of standard input for ``-``; UTF-8 or CP949.

    Raises:
        Failure: ``path_not_found``, ``file_encoding``.
    """
    text = _decoded(_read(source))
    if text is None:
        raise Failure(ErrorCode.FILE_ENCODING, detail=source)
    return text


def _read(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise Failure(ErrorCode.PATH_NOT_FOUND, detail=f"{source}: {error.strerror}") from error


def _decoded(data: bytes) -> str | None:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _lines(source: str) -> list[str | None]:
    """Return the lines of a batch that hold anything; ``None`` for one whose bytes are in no encoding we know."""
    data = _read(source)
    whole = _decoded(data)  # one encoding for all where that goes: a short line may read as either
    lines = [_decoded(line) for line in data.split(b"\n")] if whole is None else whole.split("\n")
    return [line for line in lines if line is None or line.strip()]


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
    lines = _lines(source)
    for number, line in enumerate(lines, start=1):
        progress(f"{number}/{len(lines)}")
        item: object = None
        try:
            item = _parse(line)
            result = handle(_checked(item, field))
        except Failure as failure:
            failed += 1
            result = {"error": {"code": failure.code.value, "title": explain(failure)}}
        except ModuleNotFoundError:
            raise  # no line will fare better
        except Exception as error:  # noqa: BLE001 - whatever one line sets off, the others still want their answers
            failed += 1
            where = extract_tb(error.__traceback__)[-1]  # its message may hold what the line says, which no log may
            log.error("batch line %d: %s at %s:%s", number, type(error).__name__, where.filename, where.lineno)  # noqa: TRY400
            result = {"error": {"code": ErrorCode.INTERNAL.value, "title": title(ErrorCode.INTERNAL)}}
        known = item.get("id") if isinstance(item, dict) else None
        emit({"id": None, **result} | {"id": known})
    progress_end()
    if failed:
        complain(f"{len(lines)}줄 가운데 {failed}줄을 처리하지 못했습니다.")
    return 1 if failed else 0


def _parse(line: str | None) -> object:
    if line is None:
        raise Failure(ErrorCode.FILE_ENCODING)
    try:
        item: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Failure(ErrorCode.INPUT_NOT_JSON) from error
    return item


def _checked(item: object, field: str) -> dict[str, Any]:
    if not isinstance(item, dict) or not isinstance(item.get(field), str):
        raise Failure(ErrorCode.INPUT_INVALID, detail=field)
    return item


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
