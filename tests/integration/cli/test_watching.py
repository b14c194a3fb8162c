"""``assistant watch`` over a real home: it ends when folder and collection agree; one watches a folder at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from commanding import assistant

from assistant.cli.watching import _locks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.heavy]


def test_a_folder_is_brought_in_step(city: Path) -> None:
    folder = city / "share"
    folder.mkdir()
    (folder / "당직.md").write_text("# 당직 안내\n\n당직실은 별관 2층에 있다.\n", encoding="utf-8")
    first = assistant("watch", str(folder), "--collection", "watched", "--once", "--interval", "1")
    assert (first.code, first.out.splitlines()) == (0, ["새 문서 1건"])
    found = assistant("search", "당직실이 어디에 있나요", "--collection", "watched", "-k", "1", "--json").json
    assert "별관 2층" in found["results"][0]["text"]
    (folder / "당직.md").rename(folder / "당직 안내.md")
    (folder / "새 글.txt").write_text("구내식당은 지하 1층에 있다.", encoding="utf-8")
    again = assistant(
        "watch", str(folder), "--collection", "watched", "--once", "--interval", "1", "--withdraw-missing"
    )
    assert again.code == 0
    assert "내린 문서" not in again.out, "a renamed file is the same document"
    found = assistant("search", "당직실이 어디에 있나요", "--collection", "watched", "-k", "1", "--json").json
    assert "별관 2층" in found["results"][0]["text"]


@pytest.mark.usefixtures("city")
def test_one_watches_a_folder_at_a_time(city: Path, furnished: Path) -> None:
    folder = city / "share"
    folder.mkdir()
    (lock,) = _locks(furnished, [folder], "watched")
    try:
        assistant("watch", str(folder), "--collection", "watched", "--once").one_line("watch_running")
        other = list(_locks(furnished, [folder], "another shelf"))
        other[0].close()
    finally:
        lock.close()
    assert assistant("watch", str(city / "nowhere"), "--once").code == 2
