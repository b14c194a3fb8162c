"""The command line of ``eval.retrieval.compare``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from eval.retrieval.compare import Options, compare, names, table
from eval.retrieval.run import DATASET

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.retrieval compare", description="The product's search beside what others would install."
    )
    parser.add_argument("statutes", type=Path, help="folder of statutes as Markdown, the one that was ingested")
    parser.add_argument("--minilm", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "eval-retrieval")
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--split", choices=["tuning", "test"])
    parser.add_argument("--collection")
    parser.add_argument("--system", action="append", help="only these (see the table for names)")
    parser.add_argument(
        "--everything", action="store_true", help="give MiniLM all files (hours), not those with answers"
    )
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    options = Options(
        chosen.statutes, chosen.minilm, chosen.cache, chosen.dataset, chosen.split, chosen.collection, chosen.everything
    )
    unknown = set(chosen.system or ()) - set(names(options))
    if unknown:
        parser.error(f"unknown or without --minilm: {', '.join(sorted(unknown))}")
    rows = compare(options, chosen.system or names(options))
    sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n" if chosen.json else table(rows))


if __name__ == "__main__":
    main()
