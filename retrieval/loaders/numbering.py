"""How Korean official papers and statutes number their items; shared by the loaders and the chunker.

Order of levels: 행정업무의 운영 및 혁신에 관한 규정 시행규칙 제2조 (``1. 가. 1) 가) (1) (가) ① ㉮``, or ``□ ○ - ㆍ``);
in statutes 항 ``①``, 호 ``1.`` (also ``1의2.``), 목 ``가.``.
"""

from __future__ import annotations

import re
from typing import Final

# 가나다… 거너더… 고노도…: the order in which items go on when one row of syllables is used up (시행규칙 제2조).
_SYLLABLE = "[가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호]"
_BRANCH = r"(?:의\d{1,2})?"

PARAGRAPH: Final = r"[①-⑳㉑-㉟㊱-㊿]"
SUBPARAGRAPH: Final = rf"\d{{1,3}}{_BRANCH}\.(?=\s)"
ITEM: Final = rf"{_SYLLABLE}{_BRANCH}\.(?=\s)"
FINER: Final = (
    r"\d{1,3}\)",
    rf"{_SYLLABLE}\)",
    r"\(\d{1,3}\)",
    rf"\({_SYLLABLE}\)",
    r"[㉠-㉭㉮-㉻]",
    r"[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+\.?(?=\s)",
    r"[□■](?=\s)",
    r"[○●◦ㅇ◎](?=\s)",
    r"[◇◆▶▷‣](?=\s)",
    r"[\-–](?=\s)",
    r"[*•·ㆍ](?=\s)",
    r"[※](?=\s)",
)
# One pattern per level, statutes' levels first; each matches a line from its beginning, indentation included.
LEVELS: Final = tuple(
    re.compile(rf"^[ \t]*(?:{mark})", re.MULTILINE) for mark in (PARAGRAPH, SUBPARAGRAPH, ITEM, *FINER)
)
ANY: Final = re.compile(rf"[ \t]*(?:{'|'.join((PARAGRAPH, SUBPARAGRAPH, ITEM, *FINER))})")
