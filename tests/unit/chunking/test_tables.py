"""A table with its caption, its notes and what heads its columns."""

from __future__ import annotations

from retrieval.chunking import chunk
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, Chunk, ChunkKind

HEADER = ("구분", "담당 부서", "예산(백만원)")
TEXT = "시는 해마다 사업의 성과를 평가하고 그 결과를 다음 해의 계획에 반영하여야 한다. " * 4


def rows(count: int) -> list[tuple[str, ...]]:
    return [HEADER, *((f"사업 {number}", f"담당 부서 {number}", f"{number * 100:,}") for number in range(1, count + 1))]


def cut(*pieces: str | list[tuple[str, ...]], max_chars: int = 500, max_table_chars: int = 700) -> list[Chunk]:
    builder = TextBuilder(Limits())
    builder.add(BlockKind.HEADING, "추진계획", level=1)
    builder.add(BlockKind.HEADING, "예산", level=2)
    for piece in pieces:
        if isinstance(piece, str):
            builder.add(BlockKind.PARAGRAPH, piece)
        else:
            builder.add_table(piece)
    document = builder.document(title="", filename="계획.hwpx", media_type="application/hwp+zip", loader="hwpx/1")
    return chunk(document, max_chars=max_chars, max_table_chars=max_table_chars)


def with_(chunks: list[Chunk], words: str) -> Chunk:
    [found] = [piece for piece in chunks if words in piece.text]
    return found


def test_caption_and_notes_stay_with_the_table() -> None:
    chunks = cut(TEXT, "<표 3> 사업별 예산", "(단위: 백만원)", rows(15), "※ 자료: 예산담당관", TEXT)

    table = with_(chunks, "사업 7 |")
    assert table.kind is ChunkKind.TABLE
    assert table.text.startswith("<표 3> 사업별 예산")
    assert table.text.endswith("※ 자료: 예산담당관")
    assert len(chunks) == 3


def test_a_sentence_above_is_no_caption() -> None:
    chunks = cut(TEXT, "표 3에서 보는 바와 같이 예산은 해마다 늘어난다.", rows(15))

    assert with_(chunks, "사업 7 |").text.startswith("구분 | 담당 부서")


def test_a_long_table_is_cut_between_rows_and_each_part_knows_its_columns() -> None:
    chunks = cut(TEXT, "[표 1] 전체 사업", rows(80))

    parts = [piece for piece in chunks if piece.kind is ChunkKind.TABLE]
    assert len(parts) > 2
    assert parts[0].text.startswith("[표 1] 전체 사업\n\n구분 | 담당 부서")
    assert parts[0].locator.heading == ("예산",)
    assert {piece.locator.heading for piece in parts[1:]} == {("예산", "구분 | 담당 부서 | 예산(백만원)")}
    for part in parts:
        assert all(line.count(" | ") == 2 for line in part.text.split("\n") if line and not line.startswith("["))


def test_a_first_row_of_figures_heads_nothing() -> None:
    figures = [tuple(str(row * column) for column in range(1, 5)) for row in range(1, 200)]

    parts = [piece for piece in cut(TEXT, figures) if piece.kind is ChunkKind.TABLE]

    assert len(parts) > 1
    assert {piece.locator.heading for piece in parts} == {("예산",)}


def test_a_small_table_in_long_text_is_not_cut_and_keeps_its_caption() -> None:
    for before in range(20):  # wherever the limit falls
        chunks = cut(TEXT + "가나다라 " * before, "<표 1> 담당", rows(5), TEXT)

        piece = with_(chunks, "<표 1> 담당")
        assert "사업 5 | 담당 부서 5 | 500" in piece.text
