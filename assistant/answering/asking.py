"""What kind of thing a question asks for, by rules, and whether a text holds such a thing.

"며칠 안에" wants a period, "얼마" an amount, "누가" somebody who acts. A sentence that holds one is the likelier
answer, and where no passage found holds one - a telephone number, an hour - the evidence is weak, however close the
words are.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What is asked for; a question may ask for several."""

    AMOUNT = "amount"
    PERIOD = "period"
    COUNT = "count"
    AGE = "age"
    SHARE = "share"
    PERSON = "person"
    PLACE = "place"
    ALLOWED = "allowed"
    DUTY = "duty"
    PENALTY = "penalty"
    MEANING = "meaning"
    CONDITION = "condition"
    HOUR = "hour"
    DAY = "day"
    CONTACT = "contact"


_ASKED: Final[dict[Kind, re.Pattern[str]]] = {
    Kind.AMOUNT: re.compile(
        r"얼마(?!나|\s*(?:동안|만에|전|안))|몇\s*(?:만\s*|천\s*)?원|금액|요금|수수료|비용은|값은|(?:^|\s)돈을?\s*얼마"
    ),
    Kind.PERIOD: re.compile(
        r"며칠|몇\s*(?:일|달|개월|년|주|시간|분)|언제\s?까지|얼마나?\s*(?:동안|걸|오래|자주|빨리)|기한|기간|얼마\s*(?:동안|만에|안에|전)"
    ),
    Kind.COUNT: re.compile(r"몇\s*(?:명|개|번|회|차례|곳|대|건|미터|층|마리|퍼센트|가지)|인원"),
    Kind.AGE: re.compile(r"몇\s*(?:살|세)|나이|연령"),
    Kind.SHARE: re.compile(r"몇\s*(?:퍼센트|%|프로|분의)|비율|세율|요율|이자율"),
    Kind.PERSON: re.compile(r"누가|누구|누굴|어느\s*(?:기관|부서|사람)|책임자|담당자는"),
    Kind.PLACE: re.compile(
        r"어디(?:에|서|로|다|에다|에서|예요|인가요|에게)?|어느\s*(?:곳|기관|부서)|누구(?:에게|한테)"
    ),
    Kind.ALLOWED: re.compile(
        r"(?:해|돼|되|아|어|여|워|와|줘|둬|놔|써|려|겨|쳐|져|켜|내|봐|가|타|파)도\s*(?:되|돼|괜찮|좋)|(?:수|방법이)\s*(?:도\s*)?있|가능|"
        r"안\s*되|안\s*돼|할\s*수\s*없|막을|금지|허용|못\s*하"
    ),
    Kind.DUTY: re.compile(r"(?:야|야만)\s*(?:하|되|돼|할|합)|의무|꼭|반드시|필요(?:한|해|하)|필수"),
    Kind.PENALTY: re.compile(r"처벌|벌금|징역|과태료|벌을|벌칙|형량|과징금|감옥|어떻게\s*되나|불이익|물(?:리|어)"),
    Kind.MEANING: re.compile(
        r"뜻|의미|이란|(?:이|가)?\s?(?:뭔가요|뭐예요|무엇인가요|뭐죠|뭡니까)|정의|말하나|말하는|가리키"
    ),
    Kind.CONDITION: re.compile(
        r"어떤\s*경우|조건|요건|자격|대상|누가\s*받|어떤\s*사람|기준|때는?\s*언제|언제\s*(?:할|받|쓸)"
    ),
    Kind.HOUR: re.compile(
        r"몇\s*시(?!간)|점심시간|(?:문|영업)\s*(?:을\s*)?(?:여|닫|열)|쉬나요|여나요|휴관|휴무|막차|첫차"
    ),
    Kind.DAY: re.compile(
        r"(?:며칠|언제|몇\s*월|무슨\s*요일|무슨\s*날)(?:에|날)?\s*(?:하나|열|시작|들어|끝|오|나와|있|개최|가져|꺼|개막)|무슨\s*요일"
    ),
    Kind.CONTACT: re.compile(r"전화번호|연락처|몇\s*번으로|(?:이?메일|홈페이지|누리집)\s*주소|팩스\s*번호|연락하려면"),
}

_HOLDS: Final[dict[Kind, re.Pattern[str]]] = {
    Kind.AMOUNT: re.compile(
        r"\d\s*(?:천|만|억|백)?\s*(?:만\s*)?원|[일이삼사오육칠팔구십백천만]+\s*원|100분의|\d분의\s*\d|가산금|[만천]원"
    ),
    Kind.PERIOD: re.compile(
        r"\d+\s*(?:일|개월|년|주일?|시간|분|달)(?:\s*(?:이내|이상|이하|전|간|까지|동안|마다|이|을|로|의|에|안|미만|씩|\(|부터))|즉시|지체\s*없이|"
        r"까지|기간|매년|매월|분기|반기"
    ),
    Kind.COUNT: re.compile(
        r"(?:\d|(?:^|\s)(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열))\s?"
        r"(?:명|개|번|회|차례|곳|대|건|미터|층|마리|인|퍼센트|가구|세대|가지)|과반수|분의"
    ),
    Kind.AGE: re.compile(r"\d+\s*세"),
    Kind.SHARE: re.compile(r"100분의|1천분의|\d분의\s*\d|퍼센트|%"),
    Kind.PERSON: re.compile(
        r"(?:장|장관|시장|군수|구청장|위원회|도지사|자|사람|기관|관|친족|소유자|관리자|사업자|의사|담당자|공무원|단체|법원|청장)(?:은|는|이|가|에게|도)(?:\s|,)"
    ),
    Kind.PLACE: re.compile(
        r"(?:장|장관|시장|군수|구청장|위원회|도지사|기관|법원|청장|서장|소|원|센터|관청|청|자|곳)(?:에게?|으로|로)(?:\s|,)"
    ),
    Kind.ALLOWED: re.compile(
        r"수\s*있다|수\s*없다|아니\s*된다|아니\s*한다|못한다|금지|허가를|승인을|받아야|아니된다|위반|제한|거부|거절|가능"
    ),
    Kind.DUTY: re.compile(r"하여야|해야|받아야|한다\.|아니할 수|면제|의무|두어야|되어야|갖추어"),
    Kind.PENALTY: re.compile(r"과태료|벌금|징역|과징금|처한다|부과|취소|정지|가산금|이행강제금|변상금"),
    Kind.MEANING: re.compile(r"(?:이란|란|은|는)\s.{2,}(?:말한다|것을 말|로 한다)|\"[^\"]{1,30}\"(?:이?란|은|는)|뜻은"),
    Kind.CONDITION: re.compile(r"다음 각 호|경우|사람|해당하는|갖추|요건|기준"),
    Kind.HOUR: re.compile(r"(?:오전|오후|\d)\s*\d{0,2}\s*시(?!간|[·ㆍ가-힣])|\d{1,2}:\d{2}|휴관|휴무"),
    Kind.DAY: re.compile(r"\d{1,2}\s*월\s*\d{1,2}\s*일|\d{4}\.\s*\d{1,2}\.\s*\d{1,2}|요일"),
    Kind.CONTACT: re.compile(r"\d{2,4}-\d{3,4}-\d{4}|\d{3,4}-\d{4}|@|https?://|www\."),
}

_PLACEHOLDER: Final = re.compile(r"\[[^\[\]\n]{1,20}\]")

# Facts of the day and of a place: words that say the question is about here and now. Every office has such questions;
# they are answered from a notice or a leaflet or not at all, never from a rule.
_NOW: Final = re.compile(
    r"오늘|내일|어제|모레|이번\s*(?:주|달|주말|학기|해)|다음\s*(?:주|달|해)|지난\s*(?:주|달|해|선거|번)|작년|올해|금년|내년|재작년|지금|요즘|"
    r"최근|현재|방금|연휴|주말에"
)
_HERE: Final = re.compile(
    r"우리\s*(?:시|구|군|동|동네|집|부서|과|팀|회사|도시|지역|아파트)|이\s*동네|저희|여기|근처|시장님|구청장님|팀장님|과장님"
)
_ELSEWHERE: Final = re.compile(
    r"미국|일본|중국|독일|프랑스|영국|캐나다|호주|대만|홍콩|싱가포르|베트남|태국|인도(?:네시아)?(?=에서|의|는|\s)|필리핀|러시아|"
    r"스페인|이탈리아|스위스|스웨덴|유럽|뉴질랜드|브라질|멕시코|몽골"
)
_OPINION: Final = re.compile(
    r"추천|맛있|재미있|좋은\s*(?:곳|식당|노래|책|차)|어울리|예쁜|괜찮을까|전망|짜\s*주|만드는\s*법|끓이"
)


def kinds(question: str) -> frozenset[Kind]:
    """Return what a question asks for; empty where no rule fits. A placeholder ("[전화번호1]") asks for nothing."""
    words = _PLACEHOLDER.sub(" ", question)
    return frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(words))


def holds(kind: Kind, text: str) -> bool:
    """Whether a text holds what such a question asks for."""
    return _HOLDS[kind].search(text) is not None


def share_held(asked: frozenset[Kind], text: str) -> float:
    """Return the share of what is asked for that a text holds, in [0, 1]; 0 when nothing particular is asked."""
    return sum(holds(kind, text) for kind in asked) / len(asked) if asked else 0.0


def of_the_day(question: str) -> bool:
    """Whether a question is about this day, week or year."""
    return _NOW.search(question) is not None


def of_the_place(question: str) -> bool:
    """Whether a question is about the asker's own place or people."""
    return _HERE.search(question) is not None


def of_elsewhere(question: str, texts: Iterable[str]) -> bool:
    """Whether a question is about another country that none of the texts speaks of."""
    named = set(_ELSEWHERE.findall(question))
    return bool(named) and not any(name in text for name in named for text in texts)


def of_taste(question: str) -> bool:
    """Whether a question asks for advice of taste rather than for what a document says."""
    return _OPINION.search(question) is not None
