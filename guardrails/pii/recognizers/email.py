r"""EMAIL: e-mail addresses, also written with (at) or 골뱅이.

Our own: presidio's asks ``tldextract`` for a suffix list over the network, and ends in ``\b``, which misses an address
that a Korean particle follows.
"""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer

_LOCAL = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9])"

RECOGNIZER = ShapeRecognizer(
    entity="EMAIL",
    shapes=(
        Shape(re.compile(rf"{_LOCAL}@{_DOMAIN}"), 0.95),
        Shape(re.compile(rf"{_LOCAL} ?(?: @ ?|\(at\)|\[at\]|\(@\)|\[@\]|골뱅이) ?{_DOMAIN}", re.IGNORECASE), 0.7),
    ),
    veto_before=None,
    veto_after=None,
    gate=re.compile(r"@|골뱅이|\(at\)|\[at\]", re.IGNORECASE),
)
