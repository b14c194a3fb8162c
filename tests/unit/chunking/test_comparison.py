"""The counting behind ``eval.chunking``."""

from __future__ import annotations

from eval.chunking.run import Tally, add
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind


def test_cuts_that_a_reader_minds_are_counted() -> None:
    builder = TextBuilder(Limits())
    builder.add(BlockKind.HEADING, "제1조(목적)", level=2)
    builder.add(BlockKind.PARAGRAPH, "이 조례는 시험을 정한다.")
    builder.add(BlockKind.HEADING, "제2조(정의)", level=2)
    builder.add_table([("구분", "금액"), ("가나다", "1,000")])
    document = builder.document(title="", filename="조례.md", media_type="text/markdown", loader="markdown/1")
    middle = document.text.index("나다")

    good, bad = Tally(), Tally()
    add(good, document, lambda _: [(block.start, block.end) for block in document.blocks], 500)
    add(bad, document, lambda _: [(0, middle), (middle, len(document.text) - 1)], 500)

    assert (good.articles, good.articles_whole) == (2, 0)  # heading and text apart
    assert (bad.articles, bad.articles_whole) == (2, 1)
    assert (good.tables_whole, good.rows_cut, good.words_cut, good.lost) == (1, 0, 0, 0)
    assert (bad.tables_whole, bad.rows_cut, bad.words_cut, bad.lost) == (0, 1, 1, 1)
