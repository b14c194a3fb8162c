"""Bytes to characters, and characters to the ones a reader can see."""

from __future__ import annotations

import codecs
import re
import unicodedata

from retrieval.errors import LoadError, LoadReason

# Line ends of every origin: CRLF, CR, vertical tab, form feed, NEL, line and paragraph separator.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

# Blanks that look like a space but are not one (NBSP, typographic widths, Hangul fillers, Braille blank).
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u3164\uffa0\u2800]")

# Never drawn, or drawn by one program only. Kept out because they hide instructions from the person who reads
# (zero-width and bidirectional controls, tag characters, variation selectors), split words for the search
# (soft hyphen, word joiner), or show as empty boxes (private use, lone surrogates, non-characters).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u070f\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)

# Words that Hancom's fonts draw from the private areas, as its own documents use them: the name of the program, the
# firm's, and its box for lists. Checked on documents that exist in two of its formats.
_HANCOM = str.maketrans(
    {"\uf53a": "ᄒᆞᆫ", "\U000f03c5": "□"} | dict(zip(map(chr, range(0xF03EF, 0xF03F5)), "한글과컴퓨터", strict=True))
)

_HANGUL = re.compile("[가-힣]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: the shorter mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAX_TAIL = 3  # bytes of a character that needs one more
TRUNCATED = "마지막 글자가 잘려 있어 제외했습니다."
_MIN_HANGUL_SHARE = 0.5


def clean(text: str) -> str:
    """Return the visible text: NFC, LF line ends, plain spaces, no control or hidden characters.

    Invisible characters go first so that Hangul letters which they kept apart compose (macOS stores ``ㅎㅏㄴ``
    decomposed). Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text  # nothing of all this is in it
    text = _LINE_ENDS.sub("\n", text.translate(_HANCOM))
    text = _INVISIBLE.sub("", text)
    text = _BLANKS.sub(" ", text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Clean text with every run of white space made one space."""
    return " ".join(clean(text).split())


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode a text file: byte order mark, else UTF-8, else CP949 (which contains EUC-KR).

    Returns:
        The text and warnings (a character cut off at the end of a UTF-8 file is dropped, and said).

    Raises:
        LoadError: ``ENCODING`` when none of these fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_whole(data, encoding)
    if b"\0" in data:
        raise LoadError(LoadReason.ENCODING, "NUL bytes without a byte order mark")
    try:
        return _decode_whole(data, "utf-8")
    except LoadError:
        return _decode_cp949(data), ()


def _decode_whole(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Decode; one character cut at the very end is a truncated download, not another encoding."""
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError as error:
        cut = error.reason in {"unexpected end of data", "truncated data"} and len(data) - error.start <= _MAX_TAIL
        if not cut or not error.start:
            raise LoadError(LoadReason.ENCODING, f"{encoding}: {error.reason}") from error
        return data[: error.start].decode(encoding), (TRUNCATED,)


def _decode_cp949(data: bytes) -> str:
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError as error:
        raise LoadError(LoadReason.ENCODING, "neither UTF-8 nor CP949") from error
    # CP949 accepts much random data as rare syllables and signs; a Korean text is mostly Hangul beyond ASCII.
    foreign = sum(1 for char in text if ord(char) > 0x7F)  # noqa: PLR2004 - the end of ASCII
    controls = len(_INVISIBLE.findall(text))
    if controls or (foreign and len(_HANGUL.findall(text)) < _MIN_HANGUL_SHARE * foreign):
        raise LoadError(LoadReason.ENCODING, "decodes as CP949 but does not read as Korean")
    return text
