"""Guardrails library: personal data, injection, fairness, grounding and the policy that binds them.

Knows nothing of web, database or environment.
"""
