"""A wheel holds all that the product reads: templates, styles, policies, prompts, migrations, samples."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import tree

if TYPE_CHECKING:
    from pathlib import Path


def test_the_wheel_holds_every_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    waste = shutil.ignore_patterns("__pycache__", "*.pyc")
    for package in tree.PACKAGES:
        shutil.copytree(tree.ROOT / package, source / package, ignore=waste)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(tree.ROOT / name, source / name)
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(source).as_posix()
        for package in tree.PACKAGES
        for path in (source / package).rglob("*")
        if path.is_file()
    }
    assert sorted(wanted - packed) == []
