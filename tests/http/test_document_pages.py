"""The library's pages and their API: lists, search in the texts, histories, comparisons, what stewards do."""

from __future__ import annotations

import re
from html import unescape

import pytest
from scripted import LAW, QUOTE
from sqlalchemy import delete, select, update

from assistant.db.models import Document, DocumentVersion, VersionText, now
from assistant.library.legal import LegalState
from assistant.library.search import SearchHit, SearchResponse
from retrieval.types import Locator


@pytest.fixture
def amended(container) -> str:
    """The open law, amended: a word, an article more; the id of its new version."""
    text = LAW.replace("5년마다", "3년마다") + "\n\n제5조(위임) 필요한 사항은 규칙으로 정한다."
    with container.database.write() as session:
        first = session.get_one(DocumentVersion, container.version_id)
        outline = list(session.get_one(VersionText, first.id).outline)
        for label in ("제3조", "제4조", "제5조"):
            outline = [entry for entry in outline if not entry[1].startswith(label)]
            name = re.search(rf"{label}\([^)]*\)", text)
            assert name
            outline.append([2, name[0], name.start()])
        first.state, first.effective_on = "superseded", now().date().replace(year=2020)
        session.add(
            DocumentVersion(
                id="second", document_id=container.document_id, number=2, content_sha256=first.content_sha256,
                size=first.size, media_type="text/markdown", state="ready", title=first.title, kind="조례",
                legal_status="시행", effective_on=now().date().replace(year=2021), chunk_count=6, ready_at=now(),
                meta={"warnings": ["3쪽은 그림이라 글자를 읽지 못했습니다."]}, pii={"PHONE": 2},
            )
        )  # fmt: skip
        session.flush()
        session.add(
            VersionText(version_id="second", text=text, blocks=[["paragraph", 0, len(text), 0, 7]], outline=outline)
        )
        session.execute(update(Document).where(Document.id == container.document_id).values(active_version_id="second"))
    return "second"


async def test_facets_count_only_what_one_may_read(container, staff, governance) -> None:
    page = (await staff.get("/documents")).text
    assert "감사 자료" not in page
    assert "보행안전 조례" in page
    page = (await governance.get("/documents")).text
    link = re.search(r'<a href="([^"]*collection=audit-papers[^"]*)"><span class="label">감사 자료</span>', page)
    assert link
    chosen = (await governance.get(unescape(link[1]))).text
    assert 'aria-label="문서 모음 감사 자료 조건 지우기"' in chosen
    assert container.closed_id in chosen
    assert f'href="/documents/{container.document_id}"' not in chosen


async def test_what_is_chosen_stays_in_every_link_of_the_page(staff) -> None:
    page = (await staff.get("/documents?kind=조례&order=title&q=보행")).text
    links = [unescape(link) for link in re.findall(r'class="orders".*?</nav>', page, re.DOTALL)]
    assert all("kind=" in href and "q=" in href for href in re.findall(r'href="([^"]+)"', links[0]))
    assert '<input type="hidden" name="kind" value="조례">' in page


@pytest.mark.parametrize("query", ["page=0", "order=size", "mode=all"])
async def test_choices_that_are_none_are_refused(staff, query: str) -> None:
    assert (await staff.get(f"/documents?{query}")).json()["code"] == "input_invalid"


async def test_dates_that_are_none_choose_nothing(staff) -> None:
    assert "보행안전 조례" in (await staff.get("/documents?since=31.12.2026&until=")).text


async def test_nothing_found_says_so_and_offers_a_way_back(staff) -> None:
    page = (await staff.get("/documents?q=없는+문서")).text
    assert "조건에 맞는 문서가 없습니다." in page
    assert 'href="/documents">조건 모두 지우기' in page


async def test_search_in_the_texts_leads_to_the_passage(container, staff) -> None:
    start = LAW.index(QUOTE)
    hit = SearchHit(
        "c1", container.document_id, container.version_id, "x", "ordinances", "O", "가온시 보행안전 조례",
        Locator("제3조", "시장의 책무"), QUOTE, start, start + len(QUOTE), 0.9, LegalState.IN_FORCE, None, 0.5, 0.5,
    )  # fmt: skip
    closed = SearchHit(**{**{n: getattr(hit, n) for n in SearchHit.__slots__}, "document_id": container.closed_id})

    class Search:
        def search(self, principal, query, *, k, collection):
            return SearchResponse((hit, closed), 1.0)

    container.search = Search()
    page = (await staff.get("/documents?mode=text&q=개선계획을")).text
    assert "제3조(시장의 책무)" in page
    assert "<mark>개선계획을</mark>" in page
    assert container.closed_id not in page, "the list looks every document up under the reader's rights"
    links = [unescape(link) for link in re.findall(r'class="passages">.*?href="([^"]+)"', page, re.DOTALL)]
    shown = (await staff.get(links[0])).text
    assert f'<mark id="mark" tabindex="-1">{QUOTE}</mark>' in shown


async def test_the_viewer_names_the_passage_and_tells_what_is_known(container, staff, steward, amended: str) -> None:
    start = LAW.index(QUOTE)
    address = (
        f"/documents/{container.document_id}?version={container.version_id}&start={start}&end={start + len(QUOTE)}"
    )
    page = (await staff.get(address)).text
    assert "「가온시 보행안전 조례」 제3조" in page
    assert "지금 쓰이는 판이 아닙니다" in page
    assert f"from={container.version_id}" in page
    current = (await staff.get(f"/documents/{container.document_id}")).text
    assert "3쪽은 그림이라 글자를 읽지 못했습니다." in current
    assert 'id="page-7"' in current
    assert re.search(r'<b class="anchor" id="p\d+">제4조\(점검\)</b>', current), "links of the outline lead somewhere"
    assert "SHA-256" not in current
    assert "개인정보</dt>" not in current
    trusted = (await steward.get(f"/documents/{container.document_id}")).text
    assert "SHA-256" in trusted
    assert re.search(r"<dt>개인정보</dt><dd>[^<]+ 2건", trusted)


async def test_history_tells_what_changed(container, staff, amended: str) -> None:
    page = (await staff.get(f"/documents/{container.document_id}/history")).text
    assert "변경 1" in page
    assert "신설 1" in page
    assert "처음 판" in page
    body = (await staff.get(f"/api/v1/documents/{container.document_id}/history")).json()
    assert [(line["version"]["number"], line["before"]) for line in body["lines"]] == [
        (2, container.version_id),
        (1, None),
    ]
    assert body["lines"][0]["changes"]["changed"] == 1


async def test_two_versions_side_by_side(container, staff, amended: str) -> None:
    page = (await staff.get(f"/documents/{container.document_id}/compare")).text
    assert "<del>5년마다</del>" in page
    assert "<ins>3년마다</ins>" in page
    assert "신·구조문대비표" in page
    assert "같은 부분" in page
    only = (await staff.get(f"/documents/{container.document_id}/compare?only=1")).text
    assert "같은 부분" not in only
    assert "<ins>3년마다</ins>" in only
    body = (await staff.get(f"/api/v1/documents/{container.document_id}/compare")).json()
    assert body["summary"]["changed"] == body["summary"]["added"] == 1
    assert (body["old"]["version"]["version_id"], body["new"]["version"]["version_id"]) == (
        container.version_id,
        amended,
    )
    table = await staff.get(f"/documents/{container.document_id}/compare?csv=1")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("\ufeff구분,개정 전,개정 후\r\n변경,")


async def test_a_version_out_of_sight_is_compared_with_nothing(container, staff, governance, amended: str) -> None:
    with container.database.read() as session:
        closed = session.get_one(Document, container.closed_id).active_version_id
    for path in ("/documents", "/api/v1/documents"):
        for query in (f"from={closed}", f"to={closed}", "from=unknown"):
            answer = await staff.get(f"{path}/{container.document_id}/compare?{query}")
            assert (answer.status_code, answer.json()["code"]) == (404, "document_not_found")
        for tail in ("compare", "history"):
            assert (await staff.get(f"{path}/{container.closed_id}/{tail}")).json()["code"] == "document_not_found"
    both = await governance.get(f"/documents/{container.document_id}/compare?from={closed}&to={amended}")
    assert both.status_code == 200
    assert "<ins>3년마다</ins>" in both.text


async def test_what_is_not_complete_is_not_compared(container, staff, amended: str) -> None:
    with container.database.write() as session:
        session.execute(update(DocumentVersion).where(DocumentVersion.id == amended).values(ready_at=None))
    answer = await staff.get(f"/documents/{container.document_id}/compare?to={amended}")
    assert answer.json()["code"] == "document_not_found"
    assert "3년마다" not in (await staff.get(f"/documents/{container.document_id}?version={amended}")).text


async def test_a_compared_text_is_escaped(container, staff, amended: str) -> None:
    with container.database.write() as session:
        content = session.get_one(VersionText, amended)
        content.text = content.text.replace("3년마다", "<img src=x onerror=alert(1)>")
    page = (await staff.get(f"/documents/{container.document_id}/compare")).text
    assert "<img src=x" not in page
    table = (await staff.get(f"/documents/{container.document_id}/compare?csv=1")).text
    assert not re.search(r'(?m)^[^,]*,"?[=+@-]', table)


async def test_stewards_withdraw_and_bring_back(container, staff, steward) -> None:
    page = (await steward.get(f"/documents/{container.document_id}")).text
    assert f'action="/documents/{container.document_id}/withdraw"' in page
    assert "휴지통에서 되돌릴 수 있습니다" in page
    assert "/withdraw" not in (await staff.get(f"/documents/{container.document_id}")).text
    csrf = {"csrf": steward.headers["X-CSRF-Token"]}
    refused = await staff.post(
        f"/documents/{container.document_id}/withdraw", data={"csrf": staff.headers["X-CSRF-Token"]}
    )
    assert refused.json()["code"] == "forbidden"
    done = await steward.post(f"/documents/{container.document_id}/withdraw", data=csrf)
    assert done.headers["location"] == "/documents"
    assert "보행안전" not in (await staff.get("/documents")).text
    assert (await staff.get("/documents?bin=1")).json()["code"] == "forbidden"
    assert "내림 " in (await steward.get("/documents?bin=1")).text
    await steward.post(f"/documents/{container.document_id}/restore", data=csrf)
    assert "보행안전" in (await staff.get("/documents")).text
    await steward.post(f"/documents/{container.document_id}/delete", data=csrf)
    assert "보행안전" not in (await staff.get("/documents")).text
    assert (await steward.post(f"/documents/{container.document_id}/delete", data={"csrf": "x"})).status_code == 403


async def test_files_of_an_archive_and_the_way_back(container, staff) -> None:
    with container.database.write() as session:
        law = session.get_one(Document, container.document_id)
        session.add(
            Document(
                id="zip", collection_id=law.collection_id, source_key="zip", filename="묶음.zip", title="자료 묶음",
                active_version_id="zip-1", family="zip",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            DocumentVersion(
                id="zip-1", document_id="zip", number=1, content_sha256="0" * 64, size=9, state="ready",
                media_type="application/zip", title="자료 묶음", ready_at=now(),
            )
        )  # fmt: skip
        law.parent_id = "zip"
    page = (await staff.get("/documents")).text
    assert "묶음 안의 파일 1건" in page
    assert "보행안전 조례" in (await staff.get("/documents/zip")).text
    assert "자료 묶음" in (await staff.get(f"/documents/{container.document_id}")).text
    assert "들어 있던 묶음" in (await staff.get("/documents?q=보행")).text
    with container.database.write() as session:
        session.execute(delete(VersionText).where(VersionText.version_id == container.version_id))
        assert session.scalar(select(Document.parent_id).where(Document.id == container.document_id)) == "zip"
    assert (await staff.get(f"/documents/{container.document_id}")).status_code == 200
