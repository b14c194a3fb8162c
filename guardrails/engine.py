"""``GuardEngine``: runs the guards of a stage over a text and gives each finding its value and action by policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.policy import PolicyError
from guardrails.types import Action, Finding, GuardReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guardrails.pii.engine import PiiEngine
    from guardrails.policy import Policy
    from guardrails.types import Guard, RawFinding, Stage


class GuardEngine:
    """Guards under one policy. Thread-safe when its guards are."""

    def __init__(self, policy: Policy, guards: Iterable[Guard]) -> None:
        """Check that the policy knows every rule that the guards name. Raises PolicyError."""
        self._policy = policy
        self._guards = tuple(guards)
        named = {rule for guard in self._guards for rule in getattr(guard, "rules", ())}
        unknown = sorted(named - set(policy.rules))
        if unknown:
            raise PolicyError(f"the policy {policy.version} lacks rules of its guards: {', '.join(unknown)}")

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self._policy

    def inspect(self, text: str, stage: Stage, *, extra: Sequence[Guard] = ()) -> GuardReport:
        """Return findings sorted by place, and the strictest action (allow when nothing was found).

        ``extra`` are guards made for this text only, such as ``GroundingGuard`` with an answer's sources.
        Raises PolicyError when a guard reports a rule that the policy does not know: never a silent pass.
        """
        findings: list[Finding] = []
        for guard in (*self._guards, *extra):
            if stage in guard.stages:
                findings += [f for raw in guard.inspect(text) if (f := self._judge(raw, stage)) is not None]
        findings.sort(key=lambda f: (f.start, f.end, f.rule))
        action = max((f.action for f in findings), key=lambda a: a.severity, default=Action.ALLOW)
        return GuardReport(action, tuple(findings))

    def _judge(self, raw: RawFinding, stage: Stage) -> Finding | None:
        """Give a raw finding its value and action, or None below the threshold or where its rule is silent."""
        rule = self._policy.rule(raw.rule)
        action = rule.action_at(stage)
        if action is None or raw.score < rule.threshold:
            return None
        return Finding(raw.rule, rule.value, stage, action, raw.score, raw.start, raw.end)


def default_guards(pii: PiiEngine | None = None) -> tuple[Guard, ...]:
    """Return the guards of the house; grounding is added per answer. Heavy parts load at first use."""
    from guardrails.fairness import FairnessGuard  # noqa: PLC0415 - patterns compile with these modules
    from guardrails.hidden import HiddenGuard  # noqa: PLC0415
    from guardrails.injection import InjectionGuard  # noqa: PLC0415
    from guardrails.pii.engine import PiiEngine as Engine  # noqa: PLC0415
    from guardrails.pii.guard import PiiGuard  # noqa: PLC0415
    from guardrails.secrets import SecretsGuard  # noqa: PLC0415

    return (
        PiiGuard(pii if pii is not None else Engine()),
        InjectionGuard(),
        FairnessGuard(),
        SecretsGuard(),
        HiddenGuard(),
    )
