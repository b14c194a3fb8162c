"""Runs the command line in this process, as the console script does, with byte streams of its own."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest import mock

from assistant.cli import main
from assistant.settings import settings


@dataclass(frozen=True)
class Result:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def jsonl(self) -> list[dict[str, Any]]:
        """The objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def one_line(self, code: str) -> str:
        """The reason on standard error, which must be one Korean line with its code, and exit code 1."""
        assert self.code == 1, self
        assert not self.out
        (line,) = self.err.splitlines()
        assert line.endswith(f"[{code}]"), line
        assert any("가" <= letter <= "힣" for letter in line)
        return line


def assistant(*arguments: str, stdin: bytes = b"", encoding: str = "utf-8") -> Result:
    """Run one command to its end."""
    streams = {"stdout": io.BytesIO(), "stderr": io.BytesIO()}
    texts = {name: io.TextIOWrapper(stream, encoding=encoding) for name, stream in streams.items()}
    source = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    settings.cache_clear()
    code: object = 0
    with mock.patch.multiple(sys, argv=["assistant", *arguments], stdin=source, **texts):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            settings.cache_clear()
    for text in texts.values():
        text.flush()
    out, err = (stream.getvalue().decode("utf-8") for stream in streams.values())
    assert isinstance(code, int)
    return Result(code, out, err)


def lines(*items: object) -> bytes:
    """A batch: objects one a line, text as it stands."""
    texts = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
    return "\n".join([*texts, ""]).encode()
