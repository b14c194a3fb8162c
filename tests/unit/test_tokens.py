from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.llm.tokens import TiktokenCounter, install_vocabulary
from assistant.settings import quiet_libraries, token_cache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_counts_offline_with_the_vocabulary_tiktoken_pins(name: str, home: Path) -> None:
    quiet_libraries(home)
    counter = TiktokenCounter(name, token_cache(home))
    assert counter.count("") == 0
    assert counter.count("hello world") == 2
    assert counter.count("민원 처리기간") > 2
    assert counter.count("<|endoftext|>") > 1  # ordinary text, not a control token


def test_cuts_on_whole_characters(home: Path) -> None:
    quiet_libraries(home)
    counter = TiktokenCounter("o200k_base", token_cache(home))
    text = "개인정보처리자는 정보주체의 동의를 받아야 한다. 🏛️" * 5
    for limit in range(40):
        kept = counter.cut(text, limit)
        assert text.startswith(kept)
        assert counter.count(kept) <= limit
    assert counter.cut(text, 10_000) == text


def test_a_damaged_vocabulary_is_replaced(home: Path) -> None:
    target = install_vocabulary("o200k_base", token_cache(home))
    target.write_bytes(b"damaged")
    assert install_vocabulary("o200k_base", token_cache(home)).stat().st_size > 1_000_000
