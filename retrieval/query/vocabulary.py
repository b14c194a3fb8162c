"""Words that are known to be words, so that a mistyped one can be told from them: ``data/words.tsv``.

The list is made from texts (``python -m retrieval.query.vocabulary FOLDER ... > words.tsv``): nouns and noun compounds
of statutes, verbs, and whole words of everyday questions, with how often they stand there. It holds words, no text.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.keyboard import jamo_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HANGUL = re.compile(r"[가-힣]+")
_JAMO = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ"  # one for each key
_SHORTEST, _LONGEST = 2, 10  # syllables of the words that are kept
_SEEN = 4  # how often a word must stand in the texts: what stands there less may be mistyped itself


class Vocabulary:
    """Known words. Immutable once made; safe to share between threads.

    Args:
        counts: words and how often they were seen.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)

    @cached_property
    def _by_jamo(self) -> dict[str, str]:
        """Words by the keys one presses for them; of two with the same keys the more frequent."""
        words = sorted(self._counts, key=lambda word: (self._counts[word], word))
        return {jamo_of(word): word for word in words if len(word) >= _SHORTEST}

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, word: str) -> int:
        """Return how often a word was seen, 0 when never."""
        return self._counts.get(word, 0)

    def near(self, word: str) -> list[str]:
        """Return the known words that differ from a word in one key stroke, most frequent first, itself left out."""
        found = {self._by_jamo[keys] for keys in _one_off(jamo_of(word)) if keys in self._by_jamo} - {word}
        return sorted(found, key=lambda one: (-self._counts[one], one))

    def with_words(self, words: Iterable[str]) -> Vocabulary:
        """Return a vocabulary that knows these words, too."""
        more = {word: _SEEN for word in words if word and word not in self._counts}
        return Vocabulary(self._counts | more) if more else self


@cache
def shipped_vocabulary() -> Vocabulary:
    """Return the words that come with the package, read once."""
    table = files("retrieval.query").joinpath("data", "words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return Vocabulary({word: int(count) for word, count in rows})


def words_of(texts: Iterable[str], *, whole: bool = False) -> Counter[str]:
    """Count words: nouns, compounds and verbs (``떼다``), or with ``whole`` every run of Hangul as it stands."""
    runs = Counter(run for text in texts for run in _HANGUL.findall(korean.normalise(text)))
    if whole:
        return Counter({run: count for run, count in runs.items() if len(run) <= _LONGEST})
    words: Counter[str] = Counter()
    for run, count in runs.items():
        for word in korean.words_in(run):
            words[word] += count
    return words


def main(folders: Iterable[str]) -> None:
    """Write the table for the texts below folders: ``*.md`` are statutes, ``*.tsv`` everyday questions."""
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.*"))
    laws = (path.read_text(encoding="utf-8") for path in paths if path.suffix == ".md")
    asked = (path.read_text(encoding="utf-8") for path in paths if path.suffix == ".tsv")
    words = words_of(laws) + words_of(asked, whole=True)
    sys.stdout.write("# word, and how often it stands in the statutes and everyday questions it was counted in\n")
    kept = {w: n for w, n in words.items() if n >= _SEEN and len(w) <= _LONGEST}
    for word in sorted(kept):
        sys.stdout.write(f"{word}\t{kept[word]}\n")


def _one_off(keys: str) -> Iterator[str]:
    """Yield every string that one insertion, deletion, exchange of neighbours or other key makes of a string."""
    for i in range(len(keys) + 1):
        head, tail = keys[:i], keys[i:]
        for jamo in _JAMO:
            yield head + jamo + tail
            if tail:
                yield head + jamo + tail[1:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


if __name__ == "__main__":
    main(sys.argv[1:])
