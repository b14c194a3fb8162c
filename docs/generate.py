"""Writes the tables of docs/reference from the code, between markers; the text around them is written by hand.

    python docs/generate.py            writes them
    python docs/generate.py --check    changes nothing, exits 1 when a page is out of date

``make docs`` does the first, the architecture tests do the second: what the code has, the pages describe.
"""

from __future__ import annotations

import inspect
import re
import sys
import tokenize
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from enum import StrEnum

PAGES = Path(__file__).parent / "reference"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; bars inside cells are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def settings_table() -> str:
    """Every setting: the variable, its type and bounds, its default, what it is for."""
    from pydantic import SecretStr  # noqa: PLC0415 - each table imports only what it describes

    from assistant.settings import Settings  # noqa: PLC0415

    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, Path):
            default = f"./{default}"
        shown = "" if default in (None, "") else f"`{default}`"
        rows.append(
            (f"`ASSISTANT_{name.upper()}`", _kind(field.annotation, field.metadata), shown, field.description or "")
        )
    return table(("setting", "value", "default", "what for"), rows)


def _kind(annotation: object, bounds: list[object]) -> str:
    text = re.sub(r"typing\.|pathlib\.|pydantic\.types\.", "", str(getattr(annotation, "__name__", annotation)))
    if text.startswith("Literal") or "Literal" in str(annotation):
        return " or ".join(f"`{value}`" for value in re.findall(r"'([^']*)'", str(annotation)))
    plain = {
        "int": "whole number",
        "float": "number",
        "str": "text",
        "Path": "path",
        "SecretStr": "secret",
        "bool": "yes or no",
    }
    kind = next((plain[word] for word in re.split(r"\W+", text) if word in plain), text)
    limits = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [
        f"{sign} {getattr(bound, word)}" for bound in bounds for word, sign in limits.items() if hasattr(bound, word)
    ]
    return ", ".join([kind, *found])


def errors_table() -> str:
    """Every error code with its HTTP status and both texts."""
    from assistant.errors import ErrorCode  # noqa: PLC0415
    from assistant.messages import ERRORS  # noqa: PLC0415

    rows = ((f"`{code}`", str(ERRORS[code].status), ERRORS[code].ko, ERRORS[code].en) for code in ErrorCode)
    return table(("code", "HTTP", "what people read", "in English"), rows)


def events_table() -> str:
    """Every event of a turn, with what its data holds."""
    from assistant.answering.events import EventType  # noqa: PLC0415

    said = _comments(EventType)
    return table(("event", "data, and when"), ((f"`{member}`", said[member.name]) for member in EventType))


def statuses_table() -> str:
    """Every ending of a turn, with its tag and the canned text it brings."""
    from assistant.answering.turn import STATUS_TEXT, Status  # noqa: PLC0415

    rows = (
        (f"`{status}`", STATUS_TEXT[status].tag, STATUS_TEXT[status].tag_en, STATUS_TEXT[status].answer)
        for status in Status
    )
    return table(("status", "tag", "in English", "text, where the status brings its own"), rows)


def audit_table() -> str:
    """Every action that the audit chain records."""
    from assistant.governance.audit import AuditAction  # noqa: PLC0415

    return table(("action", "name in code"), ((f"`{member}`", f"`{member.name}`") for member in AuditAction))


def commands_table() -> str:
    """Every command with its arguments and options, as `--help` words them."""
    import typer  # noqa: PLC0415

    from assistant.cli.app import app  # noqa: PLC0415

    return "\n\n".join(_commands(typer.main.get_command(app), "assistant"))


def _commands(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - Typer's own command types are not public
    for name, child in getattr(command, "commands", {}).items():
        if child.hidden:
            continue
        if getattr(child, "commands", None):
            yield from _commands(child, f"{path} {name}")
            continue
        arguments = "".join(f" {_written(p)}" for p in child.params if not p.opts[0].startswith("-"))
        yield f"### `{path} {name}{arguments}`\n\n{child.help}"
        if child.params:
            yield table(("", "", "default"), ((f"`{_written(p)}`", p.help or "", _default(p)) for p in child.params))


def _written(parameter: Any) -> str:  # noqa: ANN401
    """The parameter as one would type it; what may be left out stands in brackets."""
    if parameter.opts[0].startswith("-"):
        value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
        return f"{parameter.opts[0]}{value}"
    word = parameter.metavar or parameter.name.upper()
    return word if parameter.required else f"[{word.strip('[]')}]"


def _default(parameter: Any) -> str:  # noqa: ANN401
    if parameter.required:
        return "required"
    return "" if parameter.default in (None, False) else f"`{parameter.default}`"


def _comments(members: type[StrEnum]) -> dict[str, str]:
    """The comment behind each member of an enumeration, by the member's name."""
    found: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(StringIO(inspect.getsource(members)).readline):
        if token.type == tokenize.NAME and token.string in members.__members__:
            name = token.string
        elif token.type == tokenize.COMMENT and name:
            found[name] = token.string.lstrip("# ")
    return found


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "settings.md": {"settings": settings_table},
    "errors.md": {"errors": errors_table},
    "cli.md": {"commands": commands_table},
    "events.md": {"events": events_table, "statuses": statuses_table, "audit": audit_table},
}


def render(page: Path) -> str:
    """Return the page's text with every table between its markers made anew.

    Raises:
        ValueError: a marker is missing from the page.
    """
    text = page.read_text(encoding="utf-8")
    for name, make in PARTS[page.name].items():
        pattern = re.compile(rf"(<!-- {name}: made by docs/generate\.py -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            msg = f"{page.name} has no place for {name}"
            raise ValueError(msg)
        made = make()
        text = pattern.sub(lambda match, made=made: f"{match[1]}{made}\n{match[2]}", text)
    return text


def main(*, check: bool) -> int:
    """Write or check all pages; return the exit code."""
    sys.path.insert(0, str(PAGES.parents[1]))
    stale = [page for name in PARTS if render(page := PAGES / name) != page.read_text(encoding="utf-8")]
    for page in stale:
        if check:
            sys.stderr.write(f"docs/reference/{page.name} is out of date: make docs\n")
        else:
            page.write_text(render(page), encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
