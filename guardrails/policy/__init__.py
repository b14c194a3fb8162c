"""The policy of the guards: what each rule is about, what is done where, from which score, and by which law.

``load()`` reads the default that ships with the product, ``load(path)`` a city's own. Mistakes are refused with the
place and the reason, since a rule that silently does nothing reads as a pass.
"""

from guardrails.policy.model import Policy, PolicyError, Rule, Severity, load

__all__ = ["Policy", "PolicyError", "Rule", "Severity", "load"]
