"""The command line. ``main`` is the console script ``assistant``."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; every expected failure is one line on standard error and an exit code."""
    from assistant.errors import ErrorCode, Failure
    from assistant.messages import explain
    from retrieval.errors import RetrievalError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the locale says
    try:
        from assistant.cli.app import app

        app(prog_name="assistant")
    except Failure as failure:
        sys.stderr.write(f"{explain(failure)} [{failure.code.value}]\n")
        sys.exit(1)
    except RetrievalError as error:
        down = Failure(ErrorCode.INDEX_UNAVAILABLE, detail=type(error).__name__)
        sys.stderr.write(f"{explain(down)} [{down.code.value}]\n")
        sys.exit(1)
    except ModuleNotFoundError as error:
        missing = Failure(ErrorCode.MODULE_MISSING, detail=error.name or "")
        sys.stderr.write(f"{explain(missing)} [{missing.code.value}]\n")
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has seen enough (``| head``)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
