"""What the written pages promise exists: files, links, commands, settings, codes."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import tree

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(
    path
    for path in (*tree.ROOT.glob("*.md"), *(tree.ROOT / "docs").rglob("*.md"), *(tree.ROOT / "deploy").rglob("*.md"))
)
ADRS = sorted(path for path in PAGES if path.parent.name == "adr" and path.name != "README.md")
IDS = {"ids": lambda path: path.relative_to(tree.ROOT).as_posix()}


@cache
def _prose(page: Path) -> str:
    """The page's text without fenced code."""
    return re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))


@cache
def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ +(.+?) *$", _prose(page))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, **IDS)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"(?:https?|mailto):", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in _anchors(file)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("page", PAGES, **IDS)
def test_files_that_are_named_exist(page: Path) -> None:
    tops = "|".join([*tree.PACKAGES, "docs", "deploy", "tests", "requirements", r"\.ci"])
    named = re.findall(rf"`((?:{tops})/[\w./*-]+|Makefile|pyproject\.toml)`", _prose(page))
    missing = [name for name in named if not list(tree.ROOT.glob(name.rstrip("/")))]
    assert not missing


@pytest.mark.parametrize("page", PAGES, **IDS)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    makefile = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):.*## ", makefile))
    named = set(re.findall(r"(?m)(?:`|^)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8")))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, **IDS)
def test_settings_that_are_named_exist(page: Path) -> None:
    from assistant.settings import Settings  # noqa: PLC0415

    known = {f"ASSISTANT_{name.upper()}" for name in Settings.model_fields} | {"ASSISTANT_TEST_POSTGRES_URL"}
    named = set(re.findall(r"ASSISTANT_[A-Z][A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    assert named <= known


@pytest.mark.parametrize("page", ADRS, **IDS)
def test_a_decision_says_what_else_there_was(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(r"\d{4}-[a-z0-9-]+\.md$", page.name)
    assert text.startswith(f"# {page.name[:4]} ")
    for heading in ("Context", "Options", "Decision", "Consequences"):
        assert re.search(rf"(?m)^## {heading}", text), f"no section {heading}"
    assert re.search(r"(?m)^Status: (?:accepted|superseded by \d{4})", text)


def test_no_two_decisions_share_a_number() -> None:
    numbers = [page.name[:4] for page in ADRS]
    assert len(numbers) == len(set(numbers))


def test_every_decision_is_listed() -> None:
    listed = (tree.ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in ADRS if f"({page.name})" not in listed]
    assert not missing


def test_both_readmes_tell_the_same_commands() -> None:
    english, korean = ((tree.ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
    for pattern in (r"(?:`|(?m:^))make [a-z]+", r"[`/]assistant [a-z]+", r"ASSISTANT_[A-Z_]+"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, korean)), pattern


def test_lock_files_pin_everything_and_name_no_host() -> None:
    locks = sorted((tree.ROOT / "requirements").glob("*.lock"))
    assert {path.stem for path in locks} >= {"base", "dev", "bootstrap", "model-test"}
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"://|^--(?!hash)|^\s*-[ief] ", text, re.MULTILINE), path.name
        packages = re.split(r"(?m)^(?=[a-z0-9])", re.sub(r"(?m)^ *#.*\n", "", text))
        unpinned = [package.split()[0] for package in packages if package and not _is_pinned(package)]
        assert not unpinned, f"{path.name}: {unpinned}"


def _is_pinned(package: str) -> bool:
    return re.match(r"[a-z0-9.-]+==\S+", package) is not None and "--hash=sha256:" in package


# A gigabyte each, and neither where the product runs nor where it is tested unless somebody asks for it.
ON_REQUEST = {"local-model", "training"}


def test_the_locks_answer_to_the_project() -> None:
    import tomllib  # noqa: PLC0415

    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    _covers("base.lock", [*project["dependencies"], *extras["embed"]])
    locked = (line for extra, lines in extras.items() if extra not in ON_REQUEST for line in lines)
    _covers("dev.lock", [*project["dependencies"], *locked])


def _covers(lock: str, wanted: list[str]) -> None:
    text = (tree.ROOT / "requirements" / lock).read_text(encoding="utf-8")
    locked = dict(re.findall(r"(?m)^([a-z0-9.-]+)==([^\s;]+)", text))
    from packaging.requirements import Requirement  # noqa: PLC0415

    for line in wanted:
        requirement = Requirement(line)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in locked, f"{lock} lacks {name}: make lock"
        assert requirement.specifier.contains(locked[name], prereleases=True), f"{lock}: {name}: make lock"


def test_dev_lock_agrees_with_base_lock() -> None:
    pins = [
        dict(re.findall(r"(?m)^([a-z0-9.-]+)==([^\s;]+)", (tree.ROOT / "requirements" / name).read_text("utf-8")))
        for name in ("base.lock", "dev.lock")
    ]
    base, dev = pins
    assert base.items() <= dev.items()
