"""Pages as a browser without scripts uses them."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from html import unescape

import pytest
from scripted import QUOTE
from visiting import token

from assistant.http.web.pages import chat
from assistant.http.web.templating import by_date, day, moment


async def _ask(client, question: str = "점검은 몇 번 하나요?", **more: str):
    page = await client.get("/")
    return await client.post("/ask", data={"csrf": token(page.text), "question": question, **more})


async def test_a_question_by_form_ends_at_its_answer(staff) -> None:
    answer = await _ask(staff)
    assert answer.status_code == 303
    path, _, anchor = answer.headers["location"].partition("#")
    page = (await staff.get(path)).text
    assert f'id="{anchor}"' in page
    assert "점검은 몇 번 하나요?" in page
    assert QUOTE in page
    assert 'class="tag answered">답변<' in page
    assert "AI가 생성한 답변입니다. 근거를 확인하세요." in page
    assert "인용함" in page
    assert "찾았지만 쓰지 않음" in page
    assert "근거 확인이 필요한 문장 1곳" in page
    assert 'http-equiv="refresh"' not in page


async def test_what_people_and_models_write_is_escaped(staff) -> None:
    answer = await _ask(staff, '<script>alert(1)</script>"onload="x')
    page = (await staff.get(answer.headers["location"].partition("#")[0])).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>꾸밈" not in page
    assert '"onload=' not in page


async def test_a_slow_answer_shows_a_page_that_reloads_itself(container, staff, monkeypatch) -> None:
    monkeypatch.setattr(chat, "WAIT_S", 0.05)
    hold = asyncio.Event()
    usual = container.answers._run

    async def held(turn) -> None:
        await hold.wait()
        await usual(turn)

    container.answers._run = held
    answer = await _ask(staff)
    page = (await staff.get(answer.headers["location"].partition("#")[0])).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "작성 중" in page
    assert "중지" in page
    hold.set()
    await asyncio.gather(*container.answers.tasks)


async def test_links_of_an_answer_open_the_document_at_the_passage(staff) -> None:
    answer = await _ask(staff)
    page = (await staff.get(answer.headers["location"].partition("#")[0])).text
    links = [unescape(link) for link in re.findall(r'<a class="chip" href="([^"]+)"', page)]
    assert len(links) == 2
    shown = (await staff.get(links[0])).text
    assert f'<mark id="mark" tabindex="-1">{QUOTE}</mark>' in shown
    assert "위치를 찾지 못했습니다" not in shown


@pytest.mark.parametrize("span", ["start=5&end=99999", "start=9&end=4", "start=-4&end=9", "start=5", "start=11&end=13"])
async def test_a_span_that_does_not_fit_marks_nothing_and_says_so(container, staff, span: str) -> None:
    for more in ("", "&fragment=1"):
        page = (await staff.get(f"/documents/{container.document_id}?{span}{more}")).text
        assert "찾지 못했습니다" in page
        assert "<mark" not in page


async def test_a_version_that_is_not_there_opens_nothing(container, staff) -> None:
    answer = await staff.get(f"/documents/{container.document_id}?version=other&start=1&end=5")
    assert answer.json()["code"] == "document_not_found"


async def test_opinions_and_names_by_form(container, staff) -> None:
    answer = await _ask(staff)
    where, _, anchor = answer.headers["location"].partition("#")
    path = where.partition("?")[0]
    turn = anchor.removeprefix("turn-")
    csrf = {"csrf": staff.headers["X-CSRF-Token"]}
    done = await staff.post(f"/turns/{turn}/feedback", data={**csrf, "rating": "1", "comment": "좋음"})
    assert done.headers["location"] == answer.headers["location"]
    assert container.answers.life == ["feedback 1 좋음"]
    assert (await staff.post(f"/turns/{turn}/feedback", data={**csrf, "rating": "5"})).status_code == 422
    await staff.post(f"{path}/rename", data={**csrf, "title": "새 이름"})
    assert "새 이름" in (await staff.get(path)).text
    assert (await staff.post(f"{path}/delete", data=csrf)).headers["location"] == "/"
    assert (await staff.get(path)).status_code == 404


async def test_only_those_who_may_upload_see_the_form(staff, steward) -> None:
    assert 'type="file"' not in (await staff.get("/documents")).text
    page = (await steward.get("/documents")).text
    assert 'accept=".md' in page
    assert "가온시 조례 (공개)" in page
    assert "감사 자료" not in page


async def test_without_a_model_the_page_says_how_to_connect_one(staff) -> None:
    page = (await staff.get("/")).text
    assert "ASSISTANT_LLM_BASE_URL" in page
    assert "ASSISTANT_LLM_MODEL" in page


async def test_a_source_out_of_sight_keeps_its_number_but_no_link(container, staff) -> None:
    hidden = container.answers.sources[0]
    hidden.update(document_id=None, version_id=None, collection=None, title="볼 권한이 없는 문서", locator={}, quote="")
    answer = await _ask(staff)
    page = (await staff.get(answer.headers["location"].partition("#")[0])).text
    assert '<span class="chip" title="볼 권한이 없는 문서">1</span>' in page
    assert "/documents/None" not in page


def test_history_by_date() -> None:
    stamps = [
        "2026-11-21T00:30:00+00:00",
        "2026-11-20T14:59:00+00:00",
        "2026-11-16T00:00:00+00:00",
        "2026-10-02T00:00:00+00:00",
    ]
    groups = by_date([{"id": n, "updated_at": stamp} for n, stamp in enumerate(stamps)], date(2026, 11, 21))
    assert [(label, [one["id"] for one in items]) for label, items in groups] == [
        ("오늘", [0]), ("어제", [1]), ("지난 7일", [2]), ("2026년 10월", [3]),
    ]  # fmt: skip


def test_times_are_korean() -> None:
    assert moment("2026-04-05T15:05:00+00:00") == "2026. 4. 6. 00:05"
    assert day("2026-04-06") == "2026. 4. 6."
    assert moment(None) == day(None) == ""
