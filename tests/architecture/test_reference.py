"""The reference pages describe what the code has, all of it and nothing else."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
import tree

if TYPE_CHECKING:
    from pathlib import Path


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("docs_generate", tree.ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


GENERATOR = _generator()


@pytest.mark.parametrize("page", sorted(GENERATOR.PARTS))
def test_the_page_says_what_the_code_has(page: str) -> None:
    path = GENERATOR.PAGES / page
    assert GENERATOR.render(path) == path.read_text(encoding="utf-8"), f"{page} is out of date: make docs"


def test_every_setting_says_what_it_is_for() -> None:
    from assistant.settings import Settings  # noqa: PLC0415

    silent = [name for name, field in Settings.model_fields.items() if not (field.description or "").strip()]
    assert not silent


def test_every_error_has_a_status_and_two_texts() -> None:
    from assistant.errors import ErrorCode  # noqa: PLC0415
    from assistant.messages import ERRORS  # noqa: PLC0415

    assert set(ERRORS) == set(ErrorCode)
    for code, message in ERRORS.items():
        assert 400 <= message.status < 600, code
        assert message.ko.endswith((".", "요", "다")), code
        assert message.en, code


def test_every_ending_has_a_tag_and_a_known_class() -> None:
    from assistant.answering.turn import STATUS_TEXT, Status  # noqa: PLC0415

    assert set(STATUS_TEXT) == set(Status)
    assert {status.family for status in Status} <= {
        "answered",
        "clarify",
        "unanswerable",
        "refused",
        "blocked",
        "error",
    }
    # An ending without an answer of its own must bring a text, or the page would show nothing.
    mute = [status for status in Status if status.family != "answered" and not STATUS_TEXT[status].answer]
    assert not mute


def test_a_page_without_its_place_is_reported(tmp_path: Path) -> None:
    page = tmp_path / "errors.md"
    page.write_text("# Error codes\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place"):
        GENERATOR.render(page)


def test_every_table_stands_in_the_data_model() -> None:
    from assistant.db.models import Base  # noqa: PLC0415

    page = (tree.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = [name for name in Base.metadata.tables if f"`{name}`" not in page]
    assert not missing


def test_both_readmes_name_every_command() -> None:
    import typer  # noqa: PLC0415

    from assistant.cli.app import app  # noqa: PLC0415

    shown = [name for name, command in typer.main.get_command(app).commands.items() if not command.hidden]
    assert "ask" in shown
    for page in ("README.md", "README.ko.md"):
        text = (tree.ROOT / page).read_text(encoding="utf-8")
        assert not [name for name in shown if f"`assistant {name}`" not in text], page
