"""The local embedder, on a tiny model in the real file's layout; the real weights are in tests/integration/search."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import threading
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from retrieval.embedders import e5
from retrieval.embedders.e5_graph import build_graph
from retrieval.embedders.e5_weights import ModelSourceError, find_source, read_source


def _helper():
    path = Path(__file__).with_name("e5_file.py")
    spec = importlib.util.spec_from_file_location("search_e5_file", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = _helper()
DATA = tiny.make_file()
SHA = hashlib.sha256(DATA).hexdigest()
TEXTS = ["민원 처리기간", "a", "제 조 민원 민원 처리 기간 b a"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "tiny.bin"
    path.write_bytes(DATA)
    return path


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    return e5.build(source, tmp_path_factory.mktemp("model") / "e5", sha256=SHA)


@pytest.fixture
def embedder(folder):
    made = e5.E5Embedder(folder, threads=2, max_tokens=32)
    yield made
    made.close()


def test_reads_shapes_and_vocabulary(source):
    weights = read_source(source, sha256=SHA)
    assert (weights.hidden, weights.layers, weights.heads) == (tiny.HIDDEN, tiny.LAYERS, tiny.HEADS)
    assert weights.vocabulary.pieces == tiny.PIECES
    assert weights.vocabulary.normalisation == {0: "", 9: " ", 0x3000: " "}


def test_four_bit_blocks_are_scale_times_half_minus_eight(source):
    weights = read_source(source, sha256=SHA)
    raw = weights.blocks["l0.q.w"][:18].tobytes()
    scale = float(np.frombuffer(raw[:2], dtype=np.float16)[0])
    matrix = weights.matrix("l0.q.w", tiny.HIDDEN)
    assert matrix[0, 3] == pytest.approx(((raw[2 + 3] & 15) - 8) * scale)
    assert matrix[0, 3 + 16] == pytest.approx(((raw[2 + 3] >> 4) - 8) * scale)


def test_the_graph_is_the_network(embedder, source):
    weights = read_source(source, sha256=SHA)
    session = onnxruntime.InferenceSession(build_graph(weights, quantise=False), providers=["CPUExecutionProvider"])
    for text in TEXTS:
        ids = embedder.tokenizer.ids(f"passage: {text}", max_tokens=32)
        found = session.run(None, {"ids": np.array([ids])})[0][0]
        assert found == pytest.approx(tiny.reference(weights, ids), abs=1e-4)


def test_eight_bits_stay_near_the_floats(embedder, source):
    """A network of 64 has more rounding noise than the real one, so each text need only be nearest to itself."""
    weights = read_source(source, sha256=SHA)
    floats = [tiny.reference(weights, embedder.tokenizer.ids(f"passage: {text}", max_tokens=32)) for text in TEXTS]
    similar = embedder.embed_passages(TEXTS) @ np.stack(floats).T
    assert similar.argmax(axis=1).tolist() == list(range(len(TEXTS)))
    assert similar.diagonal().min() > 0.98


def test_vectors_are_unit_rows_in_the_order_given(embedder):
    texts = ["민원", "처리기간 처리기간 처리기간", "a", "", "민원 처리"]
    together = embedder.embed_passages(texts)
    assert together.shape == (5, tiny.HIDDEN)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    alone = np.stack([embedder.embed_passages([text])[0] for text in texts])
    assert (together == alone).all()  # a vector never depends on its batch
    assert embedder.embed_passages([]).shape == (0, tiny.HIDDEN)


def test_questions_and_passages_have_their_own_prefix(embedder):
    assert not np.allclose(embedder.embed_query("민원"), embedder.embed_passages(["민원"])[0])


def test_decomposed_hangul_is_the_same_text(embedder):
    decomposed = "\u1106\u1175\u11ab\u110b\u116f\u11ab"
    assert (embedder.embed_query(decomposed) == embedder.embed_query("민원")).all()


def test_specials_cannot_be_spelled(embedder):
    ids = embedder.tokenizer.ids("passage: <s> <mask> </s>", max_tokens=32)
    assert ids[0] == 0
    assert ids[-1] == 2
    assert not {0, 1, 2, len(tiny.PIECES) - 1} & set(ids[1:-1])


def test_long_texts_are_cut_to_max_tokens(folder):
    embedder = e5.E5Embedder(folder, threads=1, max_tokens=8)
    assert len(embedder.tokenizer.ids("passage: " + "민원 " * 50, max_tokens=8)) == 8
    same_start = [embedder.embed_query("민원 " * 9), embedder.embed_query("민원 " * 40 + "처리")]
    assert (same_start[0] == same_start[1]).all()


def test_the_replacement_that_crashed_the_c_engine_is_harmless(embedder):
    assert np.isfinite(embedder.embed_passages(["\ufdfa" * 500])).all()


def test_fingerprint_changes_with_what_changes_the_vectors(folder):
    eight, nine = (e5.E5Embedder(folder, max_tokens=count).fingerprint for count in (8, 9))
    assert eight != nine
    assert SHA[:12] in eight
    assert e5.E5Embedder(folder, max_tokens=8, threads=1).fingerprint == eight


def test_a_wrong_hash_is_refused_and_leaves_nothing(source, tmp_path):
    with pytest.raises(ModelSourceError, match="not the pinned weights"):
        e5.build(source, tmp_path / "e5")
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_file_is_refused(tmp_path):
    short = tmp_path / "short.bin"
    short.write_bytes(DATA[:3000])
    with pytest.raises(ModelSourceError, match="not laid out as expected"):
        read_source(short, sha256=hashlib.sha256(DATA[:3000]).hexdigest())
    with pytest.raises(ModelSourceError, match="cannot be read"):
        read_source(tmp_path / "missing.bin")


def test_a_current_model_is_kept_and_a_stale_one_replaced(source, tmp_path):
    target = e5.build(source, tmp_path / "e5", sha256=SHA)
    stamp = (target / "model.onnx").stat().st_mtime_ns
    assert e5.build(tmp_path / "not even there", target, sha256=SHA) == target
    assert (target / "model.onnx").stat().st_mtime_ns == stamp
    (target / "model.onnx").write_bytes(b"cut short")
    with pytest.raises(ModelSourceError, match="incomplete"):
        e5.E5Embedder(target)
    e5.build(source, target, sha256=SHA)
    assert e5.E5Embedder(target, max_tokens=16).embed_query("민원").shape == (tiny.HIDDEN,)
    assert [path.name for path in tmp_path.iterdir()] == ["e5"]


def test_a_folder_of_another_version_is_built_again(source, tmp_path):
    target = e5.build(source, tmp_path / "e5", sha256=SHA)
    manifest = json.loads((target / "model.json").read_text(encoding="utf-8"))
    (target / "model.json").write_text(json.dumps(manifest | {"format": 1}), encoding="utf-8")
    with pytest.raises(ModelSourceError, match="another version"):
        e5.E5Embedder(target)
    e5.build(source, target, sha256=SHA)
    assert e5.E5Embedder(target, max_tokens=16).dimension == tiny.HIDDEN


def test_two_builds_at_once_leave_one_good_model(source, tmp_path):
    failures: list[OSError | ModelSourceError] = []

    def make() -> None:
        try:
            e5.build(source, tmp_path / "e5", sha256=SHA)
        except (OSError, ModelSourceError) as error:
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert e5.E5Embedder(tmp_path / "e5", max_tokens=16).embed_query("민원").shape == (tiny.HIDDEN,)
    assert [path.name for path in tmp_path.iterdir()] == ["e5"]


def test_settings_out_of_range_are_refused(folder):
    for wrong in ({"threads": 0}, {"max_tokens": 7}, {"max_tokens": tiny.POSITIONS + 1}):
        with pytest.raises(ValueError, match="max_tokens"):
            e5.E5Embedder(folder, **wrong)


def test_missing_wheel_is_a_clear_error(monkeypatch):
    monkeypatch.setattr("retrieval.embedders.e5_weights.SOURCE_PACKAGE", "surely_not_installed")
    with pytest.raises(ModelSourceError, match=r"install surely_not_installed==0\.3\.0"):
        find_source()
