"""Korean recognizers, one entity type a module. ``all_recognizers`` lists them in the order they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails.pii.base import Recognizer


def all_recognizers() -> tuple[Recognizer, ...]:
    """Return every recognizer. Their modules compile large expressions, so they load here, not at import."""
    from guardrails.pii.recognizers.address import RECOGNIZER as ADDRESS  # noqa: PLC0415
    from guardrails.pii.recognizers.bank_account import RECOGNIZER as BANK_ACCOUNT  # noqa: PLC0415
    from guardrails.pii.recognizers.brn import RECOGNIZER as BRN  # noqa: PLC0415
    from guardrails.pii.recognizers.credit_card import RECOGNIZER as CREDIT_CARD  # noqa: PLC0415
    from guardrails.pii.recognizers.driver_license import RECOGNIZER as DRIVER_LICENSE  # noqa: PLC0415
    from guardrails.pii.recognizers.email import RECOGNIZER as EMAIL  # noqa: PLC0415
    from guardrails.pii.recognizers.frn import RECOGNIZER as FRN  # noqa: PLC0415
    from guardrails.pii.recognizers.ip import RECOGNIZER as IP  # noqa: PLC0415
    from guardrails.pii.recognizers.passport import RECOGNIZER as PASSPORT  # noqa: PLC0415
    from guardrails.pii.recognizers.person import RECOGNIZER as PERSON  # noqa: PLC0415
    from guardrails.pii.recognizers.phone import RECOGNIZER as PHONE  # noqa: PLC0415
    from guardrails.pii.recognizers.rrn import RECOGNIZER as RRN  # noqa: PLC0415
    from guardrails.pii.recognizers.vehicle import RECOGNIZER as VEHICLE  # noqa: PLC0415

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
