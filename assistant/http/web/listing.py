"""What is chosen on the page of documents, as addresses and as words."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlencode

from markupsafe import Markup, escape

from assistant.library.lines import Filters

if TYPE_CHECKING:
    from collections.abc import Collection

    from assistant.library.lines import Order

_NO_CHOICE: Final = {"by", "ids", "query"}
_PARTICLE: Final = 2  # a Korean word may end in a particle of one or two syllables
_EXCERPT: Final = 220
_LEAD: Final = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """The state of the page: it stands in the address and nowhere else, so a link shows the same to everybody."""

    filters: Filters
    mode: Literal["name", "text"]
    order: Order
    number: int

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.filters.query) or bool(self.values(but=("mode", "order", "page", "q", "by", "bin")))

    def found(self, ids: Collection[str]) -> Filters:
        """Return the filters for a search in the texts: what was found takes the place of the words."""
        return replace(self.filters, query="", ids=tuple(ids))

    def values(self, but: Collection[str] = ()) -> dict[str, str]:
        """Return the parameters of the page's address, without those left at their default."""
        found = {"q": self.filters.query}
        for field in fields(Filters):
            value = getattr(self.filters, field.name)
            if field.name not in _NO_CHOICE and value:
                found[field.name] = "1" if value is True else str(value)
        if self.filters.by != "created" and (self.filters.since or self.filters.until):
            found["by"] = self.filters.by
        found |= {"mode": self.mode if self.mode == "text" else "", "page": str(self.number) if self.number > 1 else ""}
        found["order"] = self.order if self.order != "recent" else ""
        return {name: value for name, value in found.items() if value and name not in but}

    def link(self, **changes: str) -> str:
        """Return the address with some choices changed (empty: taken back), at its first page unless one is named."""
        values = self.values(but=("page", *changes))
        values |= {name: value for name, value in changes.items() if value}
        return "/documents" + (f"?{urlencode(values)}" if values else "")


def excerpt(text: str, query: str) -> Markup:
    """Return the part of a passage around the first word looked for, the words marked."""
    words = sorted({form for word in re.findall(r"\w+", query) for form in _forms(word)}, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE) if words else None
    first = pattern.search(text) if pattern else None
    begin = max(0, first.start() - _LEAD) if first else 0
    shown = " ".join(text[begin : begin + _EXCERPT].split())
    out = [Markup("… ")] if begin else []
    at = 0
    for match in pattern.finditer(shown) if pattern else ():
        out += [escape(shown[at : match.start()]), Markup("<mark>{}</mark>").format(match[0])]
        at = match.end()
    out.append(escape(shown[at:]))
    if begin + _EXCERPT < len(text):
        out.append(Markup(" …"))
    return Markup("").join(out)


def _forms(word: str) -> list[str]:
    """Return a word and what is left of it without a particle; single syllables stand for too much."""
    forms = [word[: len(word) - cut] for cut in range(_PARTICLE + 1)]
    return [form for form in forms if len(form) > 1]
