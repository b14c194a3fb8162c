"""The lock of prompt versions: ``lock.yaml`` holds the content hash of every version ever released.

A locked version that changed, or a version without an entry, fails the check; ``python -m prompts.lock`` adds entries
for new versions and refuses to overwrite old ones.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from prompts.registry import PromptRegistry

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def lock_file() -> Traversable:
    """Return where the lock of the package stands."""
    return resources.files("prompts") / "lock.yaml"


def read_lock(path: Traversable | None = None) -> dict[str, str]:
    """Return ``{"answer/v1": "sha256:…"}``; empty when there is no lock yet."""
    import yaml  # noqa: PLC0415

    file = path if path is not None else lock_file()
    if not file.is_file():
        return {}
    return {str(key): str(value) for key, value in (yaml.safe_load(file.read_text("utf-8")) or {}).items()}


def problems(registry: PromptRegistry, locked: dict[str, str]) -> list[str]:
    """Return what does not agree with the lock, one sentence each; empty when all is well."""
    actual = {f"{prompt.name}/{prompt.version}": prompt.hash for prompt in registry.all()}
    out = [f"{key} is not in the lock: run python -m prompts.lock" for key in actual if key not in locked]
    out += [f"{key} is locked but gone" for key in locked if key not in actual]
    out += [
        f"{key} changed after it was locked: make a new version instead"
        for key, value in actual.items()
        if key in locked and locked[key] != value
    ]
    return sorted(out)


def update(registry: PromptRegistry, path: Path) -> list[str]:
    """Add new versions to the lock at ``path``; return problems that only a new version or a person can mend."""
    import yaml  # noqa: PLC0415

    locked = read_lock(path)
    merged = {f"{prompt.name}/{prompt.version}": prompt.hash for prompt in registry.all()} | locked
    path.write_text(yaml.safe_dump(merged, sort_keys=True), "utf-8")
    return problems(registry, merged)


def main() -> int:
    """Update the package's lock; exit code 1 when something locked changed."""
    left = update(PromptRegistry(), Path(str(lock_file())))
    sys.stderr.writelines(f"{line}\n" for line in left)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
