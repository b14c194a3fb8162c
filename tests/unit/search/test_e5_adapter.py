"""What training learned is added to the weights when the model is built, and nothing else is."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.embedders import e5
from retrieval.embedders.e5_adapter import adapted
from retrieval.embedders.e5_weights import ModelSourceError, read_source


def _tiny() -> Any:
    path = Path(__file__).with_name("e5_file.py")
    spec = importlib.util.spec_from_file_location("search_e5_file_for_adapter", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = _tiny()
DATA = tiny.make_file()
SHA = hashlib.sha256(DATA).hexdigest()
TEXT = "민원 처리기간"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    path.write_bytes(DATA)
    return path


def adapter(path: Path, name: str = "l1.q", *, size: float = 0.1, inputs: int = tiny.HIDDEN) -> Path:
    """Write an adapter of rank 2 for one square matrix."""
    chance = np.random.default_rng(3)
    down = chance.normal(0, 1, (2, inputs)).astype(np.float16)
    up = chance.normal(0, size, (tiny.HIDDEN, 2)).astype(np.float16) if size else np.zeros((tiny.HIDDEN, 2), np.float16)
    np.savez(path, recipe=np.array("{}"), **{f"{name}.down": down, f"{name}.up": up})
    return path


def vector(folder: Path) -> Any:
    return e5.E5Embedder(folder, threads=1, max_tokens=32).embed_query(TEXT)


def test_the_product_of_both_matrices_is_added(source: Path, tmp_path: Path) -> None:
    plain = read_source(source, sha256=SHA)
    path = adapter(tmp_path / "a.npz")
    more = adapted(plain, path)
    arrays = np.load(path)
    delta = arrays["l1.q.up"].astype(np.float32) @ arrays["l1.q.down"].astype(np.float32)
    difference = more.matrix("l1.q.w", tiny.HIDDEN) - plain.matrix("l1.q.w", tiny.HIDDEN)
    np.testing.assert_allclose(difference, delta, atol=1e-6)
    np.testing.assert_array_equal(more.matrix("l0.q.w", tiny.HIDDEN), plain.matrix("l0.q.w", tiny.HIDDEN))


def test_an_adapter_of_zeros_changes_no_vector_and_another_does(source: Path, tmp_path: Path) -> None:
    plain = vector(e5.build(source, tmp_path / "plain", sha256=SHA))
    nothing = adapter(tmp_path / "zero.npz", size=0)
    something = adapter(tmp_path / "some.npz")
    np.testing.assert_array_equal(plain, vector(e5.build(source, tmp_path / "zero", sha256=SHA, adapter=nothing)))
    other = vector(e5.build(source, tmp_path / "some", sha256=SHA, adapter=something))
    assert float(plain @ other) < 0.9999


def test_another_adapter_means_another_model(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    prints = [
        e5.E5Embedder(e5.build(source, folder, sha256=SHA, adapter=one), max_tokens=32).fingerprint
        for one in (None, adapter(tmp_path / "a.npz"), adapter(tmp_path / "b.npz", size=0.2))
    ]
    assert len(set(prints)) == 3, "vectors of one must never be compared with vectors of another"
    assert prints[0] == f"e5-small/{SHA[:12]}/int8-dynamic-per-channel.1/32", "no adapter, no change of name"


@pytest.mark.parametrize("damage", ["cut", "text", "name", "shape"])
def test_what_does_not_fit_is_refused(source: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.npz"
    adapter(path, name="l9.q" if damage == "name" else "l1.q")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "text":
        path.write_text("not an archive", encoding="utf-8")
    elif damage == "shape":
        adapter(path, inputs=tiny.HIDDEN + 1)
    with pytest.raises(ModelSourceError):
        e5.build(source, tmp_path / "model", sha256=SHA, adapter=path)
