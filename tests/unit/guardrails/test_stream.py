import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.stream import SentenceGate

TEXT = (
    "처리기한은 14일입니다. [1] 다만, 2026. 4. 6. 시행된 규정은 3.5%를 정합니다 [2]. 참고하세요! "
    '"그렇습니다."라고 했습니다.[3][1]\n1. 첫째 항목입니다 [1]\n가. 둘째 항목은 korea.kr에서 '
    "봅니다.\n\n- 목록 줄 [2]\n끝입니다."
)
SENTENCES = [
    "처리기한은 14일입니다. [1] ",
    "다만, 2026. 4. 6. 시행된 규정은 3.5%를 정합니다 [2]. ",
    "참고하세요! ",
    '"그렇습니다."라고 했습니다.[3][1]\n',
    "1. 첫째 항목입니다 [1]\n",
    "가. 둘째 항목은 korea.kr에서 봅니다.\n",
    "\n- 목록 줄 [2]\n",
    "끝입니다.",
]


def run(pieces, **options):
    gate = SentenceGate(**options)
    return [s for piece in pieces for s in gate.feed(piece)] + gate.flush()


def test_sentences_keep_their_citations_and_figures():
    assert run([TEXT]) == SENTENCES


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_pieces_do_not_change_the_sentences(size):
    assert run([TEXT[at : at + size] for at in range(0, len(TEXT), size)]) == SENTENCES


def test_a_sentence_is_released_when_the_next_begins():
    gate = SentenceGate()
    assert gate.feed("답입니다. ") == []
    assert gate.feed("[1") == []
    assert gate.feed("] 다음") == ["답입니다. [1] "]
    assert gate.flush() == ["다음"]
    assert gate.flush() == []


def test_buffer_is_bounded_and_marks_stay_whole():
    pieces = run(["가나다 " * 30 + "[12] " + "라마바 " * 30], max_buffer=50)
    assert max(map(len, pieces)) <= 50
    assert any("[12]" in piece for piece in pieces)
    assert run(["가" * 120], max_buffer=50) == ["가" * 50, "가" * 50, "가" * 20]


def test_an_empty_bound_is_refused():
    with pytest.raises(ValueError, match="max_buffer"):
        SentenceGate(0)


@given(st.lists(st.text(alphabet="가다. \n[]12\"'!?a", max_size=12), max_size=20))
def test_nothing_is_lost(pieces):
    assert "".join(run(pieces, max_buffer=20)) == "".join(pieces)
