"""IP: IPv4 and IPv6 addresses, not clause numbers such as 1.2.3.4 or versions."""

from __future__ import annotations

import ipaddress
import re

from guardrails.pii.base import Shape, ShapeRecognizer

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_VERSION = re.compile(r"(?:버전|[Vv]ersion|[Vv]er\.?|[vV]|릴리스|제)\s*$")


def _not_address(match: re.Match[str]) -> bool:
    """Refuse what the standard library does not read as an address."""
    try:
        ipaddress.ip_address(match.group())
    except ValueError:
        return True
    return False


RECOGNIZER = ShapeRecognizer(
    entity="IP",
    shapes=(
        # at least one octet of two digits or more: 1.2.3.4 is a heading until something says IP
        Shape(re.compile(rf"(?<![\d.])(?=[\d.]*\d\d){_OCTET}(?:\.{_OCTET}){{3}}(?!\d)(?!\.\d)"), 0.65),
        Shape(re.compile(rf"(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?!\d)(?!\.\d)"), 0.5, needs_context=True),
        Shape(
            re.compile(
                r"(?<![0-9A-Fa-f:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f]*:)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![0-9A-Fa-f:])"
            ),
            0.6,
        ),
    ),
    context=re.compile(r"(?<![A-Za-z])[Ii][Pp](?![A-Za-z])|아이피|접속|주소|서버|호스트"),
    veto_before=_VERSION,
    veto_after=None,
    reject=_not_address,
    gate=re.compile(r"\d\.\d{1,3}\.\d|[0-9A-Fa-f]:[0-9A-Fa-f:]"),
)
