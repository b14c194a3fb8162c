"""Reading and checking a policy file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeVar

from guardrails.types import Action, Stage, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = TypeVar("Kind", bound=StrEnum)
_FIELDS: Final = frozenset(
    {"id", "value", "actions", "severity", "threshold", "reason", "remedy", "source", "enabled", "disabled_reason"}
)
_REQUIRED: Final = ("id", "value", "actions", "severity", "threshold", "reason", "remedy", "source")


class PolicyError(Exception):
    """The policy file is wrong, or a guard reports a rule that the policy does not know."""


class Severity(StrEnum):
    """How grave a finding is, for queues and statistics; the action decides what happens."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``actions`` maps the stages at which it applies to what is done there."""

    id: str
    value: Value
    actions: Mapping[Stage, Action]
    severity: Severity
    threshold: float
    reason: str
    remedy: str
    source: str
    enabled: bool = True
    disabled_reason: str = ""

    def action_at(self, stage: Stage) -> Action | None:
        """Return what to do at a stage, None when the rule is off or does not apply there."""
        return self.actions.get(stage) if self.enabled else None


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy. ``hash`` is ``sha256:`` and 64 hex digits of the file, kept with every audit record."""

    version: str
    name: str
    hash: str
    rules: Mapping[str, Rule]

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id. Raises PolicyError when there is none."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise PolicyError(f"the policy {self.version} has no rule {rule_id}") from None

    def disabled(self) -> tuple[Rule, ...]:
        """Return the rules that somebody switched off, to be shown to the governance team."""
        return tuple(rule for rule in self.rules.values() if not rule.enabled)


def load(path: Path | None = None) -> Policy:
    """Read and check a policy file, the shipped default without a path.

    Raises:
        PolicyError: the file cannot be read, is not YAML, or a rule is wrong; the message names the rule and field.
    """
    import yaml  # noqa: PLC0415

    source = resources.files("guardrails.policy").joinpath("default.yaml") if path is None else path
    try:
        text = source.read_text("utf-8").replace("\r\n", "\n")
        raw = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{source}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise PolicyError(f"{source}: is not YAML: {error}") from error
    where = str(path) if path is not None else "default.yaml"
    if not isinstance(raw, dict) or not isinstance(raw.get("rules"), list) or not raw["rules"]:
        raise PolicyError(f"{where}: needs a list of rules")
    if not isinstance(raw.get("version"), str):
        raise PolicyError(f"{where}: needs a version, written as text")
    rules: dict[str, Rule] = {}
    for index, item in enumerate(raw["rules"]):
        rule = _rule(item, f"{where}: rule {index + 1}")
        if rule.id in rules:
            raise PolicyError(f"{where}: rule {rule.id} stands twice")
        rules[rule.id] = rule
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Policy(raw["version"], str(raw.get("name", "")), f"sha256:{digest}", rules)


def _rule(item: object, where: str) -> Rule:
    """Check one entry of the list."""
    if not isinstance(item, dict):
        raise PolicyError(f"{where}: must be a mapping")
    where = f"{where} ({item.get('id', 'no id')})"
    missing = [name for name in _REQUIRED if name not in item]
    if missing:
        raise PolicyError(f"{where}: lacks {', '.join(missing)}")
    unknown = sorted(set(item) - _FIELDS)
    if unknown:
        raise PolicyError(f"{where}: unknown fields {', '.join(map(str, unknown))}")
    texts = {name: _text(item, name, where) for name in ("id", "reason", "remedy", "source")}
    enabled = item.get("enabled", True)
    if not isinstance(enabled, bool):
        raise PolicyError(f"{where}: enabled must be true or false")
    disabled_reason = str(item.get("disabled_reason", "")).strip()
    if not enabled and not disabled_reason:
        raise PolicyError(f"{where}: enabled: false needs a disabled_reason")
    return Rule(
        **texts,
        value=_one_of(Value, item["value"], f"{where}: value"),
        actions=_actions(item["actions"], where),
        severity=_one_of(Severity, item["severity"], f"{where}: severity"),
        threshold=_threshold(item["threshold"], where),
        enabled=enabled,
        disabled_reason=disabled_reason,
    )


def _text(item: Mapping[str, Any], name: str, where: str) -> str:
    value = item[name]
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{where}: {name} must be a text")
    return value


def _one_of(kind: type[Kind], value: object, where: str) -> Kind:
    try:
        return kind(str(value))
    except ValueError:
        raise PolicyError(f"{where} must be one of {', '.join(kind)}, not {value!r}") from None


def _actions(value: object, where: str) -> dict[Stage, Action]:
    if not isinstance(value, dict) or not value:
        raise PolicyError(f"{where}: actions must map stages to actions")
    return {
        _one_of(Stage, stage, f"{where}: stage"): _one_of(Action, action, f"{where}: action")
        for stage, action in value.items()
    }


def _threshold(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(f"{where}: threshold must be a number from 0 to 1")
    return float(value)
