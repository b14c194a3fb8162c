"""Character recognition of pages that are tilted, grainy, dark, small or no text at all."""

from __future__ import annotations

import resource

import numpy as np
import pytest
from pictures import LINES, drawn, found, needs_font, needs_recognition, pixels
from PIL import Image

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _raster, ocr
from retrieval.loaders.limits import Limits

BILINEAR = Image.Resampling.BILINEAR


@pytest.fixture
def recogniser():
    with ocr.Recogniser(Limits()) as one:
        yield one


def text_of(result: ocr.Recognised) -> str:
    return "\n".join(line.text for line in result.lines)


@needs_recognition
def test_a_clean_page_is_read_line_by_line(recogniser: ocr.Recogniser) -> None:
    result = recogniser.recognise(pixels(drawn()))

    assert result.readable
    assert found(text_of(result)) > 0.95
    assert len(result.lines) == len(LINES)
    tops = [line.words[0].box.top for line in result.lines]
    assert tops == sorted(tops)
    assert all(0 <= word.confidence <= 100 for line in result.lines for word in line.words)


@needs_recognition
@pytest.mark.parametrize("angle", [-3.0, 1.5])
def test_a_tilted_page_is_set_straight(recogniser: ocr.Recogniser, angle: float) -> None:
    tilted = drawn().rotate(angle, BILINEAR, fillcolor=255)

    assert found(text_of(recogniser.recognise(pixels(tilted)))) > 0.9


@needs_recognition
def test_pages_that_lie_upside_down_are_turned_and_so_are_the_next(recogniser: ocr.Recogniser) -> None:
    turned = pixels(drawn().rotate(180))

    assert found(text_of(recogniser.recognise(turned))) > 0.9
    assert recogniser._turns == 2
    assert found(text_of(recogniser.recognise(turned))) > 0.9


@needs_recognition
def test_a_shadow_and_grain_and_white_on_black_are_taken_out(recogniser: ocr.Recogniser) -> None:
    page = pixels(drawn())
    shadow = (page * np.linspace(0.35, 1, page.shape[1])).astype(np.uint8)
    grain = np.clip(page + np.random.default_rng(1).normal(0, 60, page.shape), 0, 255).astype(np.uint8)

    assert found(text_of(recogniser.recognise(shadow))) > 0.9
    assert found(text_of(recogniser.recognise(255 - page))) > 0.9
    assert found(text_of(recogniser.recognise(grain))) > 0.8


@needs_recognition
def test_what_is_no_text_is_not_passed_on_as_text(recogniser: ocr.Recogniser) -> None:
    blank = np.full((900, 900), 250, np.uint8)
    noise = np.random.default_rng(2).integers(0, 255, (300, 300), dtype=np.uint8)

    assert not recogniser.recognise(blank).readable
    assert not recogniser.recognise(noise).readable


@needs_recognition
def test_two_columns_are_read_one_after_the_other(recogniser: ocr.Recogniser) -> None:
    column = [line[:22] for line in LINES] * 2
    left, right = drawn(["가" + line for line in column]), drawn(["나" + line for line in column])
    page = Image.new("L", (1900, left.height), 255)
    page.paste(left.crop((60, 0, 1000, left.height)), (0, 0))
    page.paste(right.crop((60, 0, 1000, left.height)), (950, 0))
    lines = [line.text for line in recogniser.recognise(pixels(page)).lines]

    assert len(_raster.regions(pixels(page))) >= 2
    assert len(lines) == 2 * len(column)
    assert max(len(line) for line in lines) < 30


@needs_recognition
def test_a_page_is_given_processor_time_where_there_is_a_limit(
    recogniser: ocr.Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 10_000_000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: granted.append(limits))

    recogniser.recognise(pixels(drawn(LINES[:1])))

    used = resource.getrusage(resource.RUSAGE_SELF)
    assert granted
    assert all(hard == 10_000_000 and soft >= Limits().ocr_cpu_seconds_per_page for soft, hard in granted)
    assert granted[0][0] <= used.ru_utime + used.ru_stime + Limits().ocr_cpu_seconds_per_page + 2


def test_without_data_it_says_so(tmp_path) -> None:
    limits = Limits(tessdata=str(tmp_path))

    assert ocr.unavailable(limits)
    with pytest.raises(LoadError) as caught:
        ocr.Recogniser(limits)
    assert caught.value.reason is LoadReason.OCR_UNAVAILABLE


@needs_recognition
def test_broken_data_is_unavailable_and_no_crash(tmp_path) -> None:
    (tmp_path / "kor.traineddata").write_bytes(b"no such data" * 50)

    with pytest.raises(LoadError) as caught:
        ocr.Recogniser(Limits(tessdata=str(tmp_path)))
    assert caught.value.reason is LoadReason.OCR_UNAVAILABLE


@needs_font
@pytest.mark.parametrize("angle", [-2.0, 0.0, 1.0])
def test_the_tilt_is_measured(angle: float) -> None:
    assert _raster.skew(pixels(drawn().rotate(angle, BILINEAR, fillcolor=255))) == pytest.approx(angle, abs=0.3)


@needs_font
def test_keys_and_values_and_single_columns_are_no_columns() -> None:
    pairs = drawn(
        [f"{name}                    {'가나다라 마바사' if name else ''}" for name in ("성명", "주소", "직업")]
    )

    assert len(_raster.regions(pixels(drawn(LINES * 2)))) == 1
    assert len(_raster.regions(pixels(pairs))) == 1
