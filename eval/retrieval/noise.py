"""How much of a good result is left when people type badly: ``python -m eval.retrieval.noise --split tuning``.

Each question is put as it is and damaged in four ways by a seeded generator: all spaces left out, one space within a
word, one key stroke wrong in one word, and everything typed with the keyboard in English layout.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from typing import TYPE_CHECKING

from eval.retrieval.run import DATASET, DEPTH, Found, load, summary
from retrieval.query.keyboard import jamo_of, keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container
    from eval.retrieval.run import Question

SEED = 20_251
_WORD = re.compile(r"[가-힣]{2,}")
_ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")  # of the two-set keyboard
_FIRST_OFFSET, _MIDDLE_OFFSET, _SYLLABLES = 588, 28, 0xAC00
_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MIDDLE = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"


def unspaced(text: str, _: random.Random) -> str:
    """Return a text without spaces."""
    return text.replace(" ", "")


def split(text: str, dice: random.Random) -> str:
    """Return a text with a space in the middle of one of its words."""
    words = [match for match in _WORD.finditer(text) if len(match[0]) > 2]  # noqa: PLR2004 - two syllables make a word
    if not words:
        return text
    match = dice.choice(words)
    at = match.start() + dice.randrange(1, len(match[0]))
    return f"{text[:at]} {text[at:]}"


def mistyped(text: str, dice: random.Random) -> str:
    """Return a text with one stroke wrong: the first consonant or the vowel of one syllable is a neighbouring key."""
    places = [match.start() + i for match in _WORD.finditer(text) for i in range(len(match[0]))]
    dice.shuffle(places)
    for place in places:
        other = _neighbour(text[place], dice)
        if other is not None:
            return text[:place] + other + text[place + 1 :]
    return text


def other_layout(text: str, _: random.Random) -> str:
    """Return a text as the same keys write it in English layout."""
    return keys_of(text)


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "as written": lambda text, _: text,
    "unspaced": unspaced,
    "split": split,
    "mistyped": mistyped,
    "english layout": other_layout,
}


def damaged(texts: Sequence[str], kind: str) -> list[str]:
    """Return texts damaged in one way, the same each time."""
    dice = random.Random(f"{SEED} {kind}")  # noqa: S311 - figures are to be repeatable, not secret
    return [KINDS[kind](text, dice) for text in texts]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval.noise", description=__doc__)
    parser.add_argument("--split", choices=["tuning", "test"], default="tuning")
    options = parser.parse_args(arguments)
    from assistant.accounts.identity import load_principal  # noqa: PLC0415 - heavy parts after --help
    from assistant.settings import settings  # noqa: PLC0415
    from assistant.wiring import build_container  # noqa: PLC0415

    questions = load(DATASET, options.split)
    texts = [question.text for question in questions]
    container = build_container(settings())
    try:
        with container.database.read() as session:
            principal = load_principal(session, container.settings.cli_user)
        container.search.search(principal, "준비", k=1)  # loads the models
        for kind in KINDS:
            values = summary(_ask(container, principal, questions, damaged(texts, kind)))
            sys.stdout.write(f"{kind:15} " + "  ".join(f"{name} {value}" for name, value in values.items()) + "\n")
    finally:
        container.close()


def _ask(
    container: Container, principal: Principal, questions: Sequence[Question], texts: Sequence[str]
) -> list[Found]:
    """Put texts in the place of questions and say where the right article came."""
    found = []
    for question, text in zip(questions, texts, strict=True):
        response = container.search.search(principal, text, k=DEPTH)
        order = [(hit.title, hit.locator.article or "") for hit in response.results]
        rank = next((number for number, pair in enumerate(order) if pair in question.gold), None)
        found.append(Found(question, rank, response.took_ms))
    return found


def _neighbour(syllable: str, dice: random.Random) -> str | None:
    """Return a syllable whose first consonant or vowel is the key beside, or ``None`` where no such key makes one."""
    offset = ord(syllable) - _SYLLABLES
    first, rest = divmod(offset, _FIRST_OFFSET)
    middle, last = divmod(rest, _MIDDLE_OFFSET)
    choices = [chr(_SYLLABLES + _FIRST.index(key) * _FIRST_OFFSET + rest) for key in _beside(_FIRST[first], _FIRST)]
    choices += [
        chr(_SYLLABLES + first * _FIRST_OFFSET + _MIDDLE.index(key) * _MIDDLE_OFFSET + last)
        for key in _beside(_MIDDLE[middle], _MIDDLE)
    ]
    choices = [choice for choice in choices if jamo_of(choice) != jamo_of(syllable)]
    return dice.choice(choices) if choices else None


def _beside(key: str, allowed: str) -> list[str]:
    for row in _ROWS:
        if key in row:
            at = row.index(key)
            return [one for one in row[max(0, at - 1) : at + 2] if one != key and one in allowed]
    return []


if __name__ == "__main__":
    main()
