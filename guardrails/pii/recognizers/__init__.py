"""Korean recognizers, one entity type a module. ``all_recognizers`` lists them in the order they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.pii.recognizers.address import RECOGNIZER as ADDRESS
from guardrails.pii.recognizers.bank_account import RECOGNIZER as BANK_ACCOUNT
from guardrails.pii.recognizers.brn import RECOGNIZER as BRN
from guardrails.pii.recognizers.credit_card import RECOGNIZER as CREDIT_CARD
from guardrails.pii.recognizers.driver_license import RECOGNIZER as DRIVER_LICENSE
from guardrails.pii.recognizers.email import RECOGNIZER as EMAIL
from guardrails.pii.recognizers.frn import RECOGNIZER as FRN
from guardrails.pii.recognizers.ip import RECOGNIZER as IP
from guardrails.pii.recognizers.passport import RECOGNIZER as PASSPORT
from guardrails.pii.recognizers.person import RECOGNIZER as PERSON
from guardrails.pii.recognizers.phone import RECOGNIZER as PHONE
from guardrails.pii.recognizers.rrn import RECOGNIZER as RRN
from guardrails.pii.recognizers.vehicle import RECOGNIZER as VEHICLE

if TYPE_CHECKING:
    from guardrails.pii.base import Recognizer


def all_recognizers() -> tuple[Recognizer, ...]:
    """Return every recognizer of the house."""
    return (
        RRN,
        FRN,
        PHONE,
        EMAIL,
        CREDIT_CARD,
        BANK_ACCOUNT,
        ADDRESS,
        PERSON,
        PASSPORT,
        DRIVER_LICENSE,
        BRN,
        IP,
        VEHICLE,
    )
