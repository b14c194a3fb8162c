"""Answers and documents as HTML: nothing but our own tags, chips where sources are, marks where they belong."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from assistant.http.web import viewer
from assistant.http.web.render import answer_html, legal_label, place, source_url
from assistant.library.documents import ViewBlock

SOURCE = {
    "n": 1, "document_id": "d", "version_id": "v", "title": 'A "law" <i>', "start": 3, "end": 9,
    "locator": {"article": "제3조", "article_title": "정의"},
}  # fmt: skip


def _turn(answer: str, marks: tuple[tuple[int, int], ...] = (), sources: int = 1) -> dict[str, object]:
    found = [{**SOURCE, "n": n + 1} for n in range(sources)]
    return {"answer": answer, "sources": found, "marks": [{"start": a, "end": b, "rule": "x"} for a, b in marks]}


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_paragraphs_lists_and_bold() -> None:
    html = answer_html(_turn("첫 문단\n이어짐\n\n- 하나\n- **둘**\n3. 셋\n4) 넷\n\n# 머리\n끝"))
    assert html == (
        "<p>첫 문단<br>이어짐</p><ul><li>하나</li><li><strong>둘</strong></li></ul>"
        '<ol><li value="3">셋</li><li value="4">넷</li></ol><p class="head">머리</p><p>끝</p>'
    )


def test_chips_stand_only_where_a_source_stands() -> None:
    html = answer_html(_turn("그렇다 [1, 2]. 아니다 [3]. 배열 a[1]", sources=2))
    assert re.findall(r'data-n="(\d)"', html) == ["1", "2", "1"]
    assert "[3]" in html
    assert 'href="/documents/d?version=v&amp;start=3&amp;end=9#mark"' in html
    assert 'aria-label="근거 1: A &#34;law&#34; &lt;i&gt; 제3조(정의)"' in html


def test_unsupported_spans_are_marked_across_lines() -> None:
    answer = "맞는 말이다.\n틀린 말이다. 다음도\n- 그렇다"
    begin = answer.index("틀린")
    html = answer_html(_turn(answer, ((begin, len(answer)),)))
    assert re.findall(r'<span class="unsupported">(.*?)</span>', html) == ["틀린 말이다. 다음도", "그렇다"]


@given(st.text(alphabet="가나 <>&\"'[]12**-\n#/=", max_size=60), st.data())
def test_no_text_ever_becomes_a_tag(answer: str, data: st.DataObject) -> None:
    spans = st.tuples(st.integers(-3, 63), st.integers(-3, 63))
    html = str(answer_html(_turn(answer, tuple(data.draw(st.lists(spans, max_size=3))))))
    tags = set(re.findall(r"<(/?\w+)", html))
    ours = {"p", "ul", "ol", "li", "br", "a", "span", "strong"}
    assert tags <= ours | {f"/{name}" for name in ours}
    rest = re.sub(r"<a class=\"chip\"[^>]*>1</a>|<[a-z/][^<>]*>", "", html)
    assert "<" not in rest
    assert ">" not in rest


@given(
    st.text(alphabet="가나 <>&|\n", min_size=1, max_size=40), st.integers(-2, 45), st.integers(-2, 45), st.booleans()
)
def test_what_is_marked_is_what_was_cited(text: str, start: int, end: int, table: bool) -> None:  # noqa: FBT001
    middle = len(text) // 2
    kind = "table" if table else "paragraph"
    blocks = [ViewBlock(kind, 0, middle, 0, None), ViewBlock("paragraph", middle, len(text), 0, None)]
    body = viewer.render(text, [block for block in blocks if block.start < block.end], (start, end))
    marked = "".join(_plain(part) for part in re.findall(r"<mark.*?>(.*?)</mark>", str(body.html)))
    squeezed = re.sub(r" \| |\n", "", text[max(start, 0) : max(end, 0)])
    if body.marked:
        assert viewer.fits(text, (start, end))
        assert re.sub(r"[ |]", "", marked) == re.sub(r"[ |\n]", "", squeezed)
    else:
        assert marked == ""
        assert not viewer.fits(text, (start, end)) or not squeezed.strip(" |")


def test_the_panel_shows_the_surroundings_only() -> None:
    text = "\n".join(f"{n}번 문단" for n in range(100))
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    blocks = [
        ViewBlock("paragraph", a, b - 1, 0, None) for a, b in zip(starts, [*starts[1:], len(text) + 1], strict=True)
    ]
    begin = text.index("50번")
    body = viewer.render(text, blocks, (begin, begin + 3), around=2)
    assert re.findall(r"(\d+)번", _plain(str(body.html))) == ["48", "49", "50", "51", "52"]
    assert (body.before, body.after) == (True, True)
    whole = viewer.render(text, blocks, None)
    assert (whole.before, whole.after, whole.marked) == (False, False, False)


def test_tables_keep_their_cells_and_merged_rows() -> None:
    text = "표 제목\n구분 | 기준\n보도 | 2m\n남는 칸"
    html = str(
        viewer.render(text, [ViewBlock("table", 0, len(text), 0, 3)], (text.index("2m"), text.index("2m") + 2)).html
    )
    assert '<td colspan="2">표 제목</td>' in html
    assert "<td>구분</td><td>기준</td>" in html
    assert '<td><mark id="mark" tabindex="-1">2m</mark></td>' in html
    assert '<p class="page" id="page-3"><span>3쪽</span></p>' in html


def test_words_for_places_and_states() -> None:
    assert place({"article": "제12조의2", "article_title": None, "page": 3}) == "제12조의2 · 3쪽"
    assert place({"heading": ["제1장", "점검"]}) == "점검"
    assert place({}) == ""
    assert legal_label("future") == "시행 예정"
    assert legal_label("something new") == "확인 못 함"
    assert source_url({**SOURCE, "document_id": None}) == ""
