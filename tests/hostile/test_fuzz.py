"""A small, seeded slice of what ``tests.perf.fuzz_loaders`` does at length, over files made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hostile_kinds import BODY, archive
from hostile_office import cell, hwpx, hwpx_text, paragraph, sheet, slide, word
from hostile_ole import hwpml
from hostile_pdf import page, stream
from hostile_text import html, mail
from whole_office import Office

from retrieval.errors import LoadReason
from retrieval.loaders import load
from retrieval.loaders.limits import Limits
from retrieval.loaders.sandbox import ParserPool
from tests.perf.fuzz_ingest import take_in_damaged
from tests.perf.fuzz_loaders import Originals, report, run

if TYPE_CHECKING:
    from pathlib import Path

MUTATIONS = 150
LIMITS = Limits(ocr=False)


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    """One sound file of each kind."""
    from hostile_ole import long_hwp  # noqa: PLC0415 - beside the others it would look hostile

    folder = tmp_path / "originals"
    folder.mkdir()
    shape = f"<p:sp><p:txBody><a:p><a:r><a:t>{BODY}</a:t></a:r></a:p></p:txBody></p:sp>"
    text = b"BT /F1 12 Tf 72 700 Td (The purpose of this ordinance is to govern parking.) Tj ET"
    files = {
        "a.md": f"---\n제목: 조례\n---\n\n# 조례\n\n{BODY}\n\n| 가 | 나 |\n|---|---|\n| 1 | 2 |\n".encode(),
        "a.txt": f"{BODY}\n".encode("cp949") * 20,
        "a.csv": '번호,내용\n1,"가"\n2,나\n'.encode(),
        "a.html": html(f"<h1>조례</h1><p>{BODY}</p><table><tr><td rowspan=2>가<td>나<tr><td>다</table>"),
        "a.docx": word(paragraph(BODY) * 20),
        "a.xlsx": sheet("".join(f'<row r="{n}">{cell(f"A{n}") + cell(f"B{n}")}</row>' for n in range(1, 20))),
        "a.pptx": slide(shape * 5),
        "a.hwpx": hwpx(hwpx_text(f"<hp:t>{BODY}</hp:t>") * 20),
        "a.hwp": long_hwp(),
        "a.hml": hwpml(f"<P><TEXT><CHAR>{BODY}</CHAR></TEXT></P>" * 20),
        "a.pdf": page(stream(text * 20)),
        "a.eml": mail(BODY.encode(), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
        "a.zip": archive({"a.txt": BODY, "b/c.md": f"# 가\n\n{BODY}"}),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        assert load(folder / name).text
    return folder


def test_damaged_files_end_in_a_document_or_a_reason(originals: Path) -> None:
    outcomes, faults = run(originals, range(MUTATIONS), seed=20261121, threads=2, limits=LIMITS)

    assert faults == []
    assert len(outcomes) == MUTATIONS
    ends = {one.end for one in outcomes}
    assert ends <= {"document", *(reason.value for reason in LoadReason)}
    assert "document" in ends
    assert LoadReason.DAMAGED.value in ends
    assert [one for one in outcomes if one.end == LoadReason.CRASHED.value] == []
    assert f"{MUTATIONS} damaged files" in report(outcomes, faults, 1.0)


def test_the_same_seed_makes_the_same_damage(originals: Path) -> None:
    first, again, other = (Originals(originals).damaged(seed, 7) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.heavy
def test_damaged_files_leave_no_job_stuck_and_no_document_half_seen(
    originals: Path, home: Path, database_url: str, tmp_path: Path
) -> None:
    with ParserPool(LIMITS, size=2) as pool:
        office = Office(home, database_url, pool)
        ends, kept = take_in_damaged(office, originals, tmp_path, range(60), seed=20261121)
        office.close()

    assert sum(ends.values()) == 60
    assert kept["ready"] > 0
    assert sum(kept.values()) > kept["ready"]
