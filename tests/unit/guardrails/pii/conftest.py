import pytest

from guardrails.pii.base import THRESHOLD
from guardrails.pii.normalise import fold


@pytest.fixture
def values():
    """Read a text with one recognizer and return the values it reports, in order, overlaps resolved by length."""

    def read(recognizer, text):
        folded = fold(text)
        hits = sorted(
            (h for h in recognizer.find(folded.text) if h.score >= THRESHOLD), key=lambda h: (h.start, -h.end)
        )
        out, at = [], -1
        for hit in hits:
            if hit.start >= at:
                start, end = folded.span(hit.start, hit.end)
                out.append(text[start:end])
                at = hit.end
        return out

    return read


@pytest.fixture
def score():
    """Return the best score that a recognizer gives in a text."""

    def best(recognizer, text):
        return max((hit.score for hit in recognizer.find(fold(text).text)), default=0.0)

    return best
