"""Patterns of prompt injection, Korean and English, written without spaces for a squeezed view of the text.

Each rule: id, score, expressions. Bounded gaps only, so that matching stays linear on long hostile texts.
"""

from __future__ import annotations

from typing import Final

_EARLIER = (
    "(?:이전|앞선|앞의|앞에서?|위의|위에서?|상기|기존|지금까지|여태|그동안|처음|원래|최초|시스템|내부|"
    "개발자|모든|너의|네|당신의|너에게|당신에게|내장된?)"
)
_ORDERS = (
    "(?:지시(?:사항|문|들)?|명령(?:어|문|들)?|프롬프트|지침|규칙|설정|안내문|instructions?|prompts?|"
    "제약(?:조건|사항)?|제한(?:사항)?|가이드라인|정책|역할)"
)
_GIVEN = "(?:의|에|에서|로)?(?:받은|주어진|내린|한|설정된|적힌|있는|말한)?(?:모든|전체|너의)?(?:시스템)?"
_OBJECT = "(?:과|와|및)?.{0,6}?(?:을|를|은|는|도|들을|들은|전부|모두|다)?(?:전부|모두|다|완전히|싹)?"
_NEGLECT = "(?:무시|잊|따르지|벗어나|어기)"
_CANCEL = "(?:무시|잊|삭제|폐기|취소|무효화|초기화|덮어쓰|버려|버리|해제)"
# an order as the last word, or a link ("…하고") after which an order to a machine follows in the same clause
_ORDER = (
    "(?:해(?:라|줘|주세요|주십시오|버려|$)|하(?:라|세요|시오|십시오|여라|도록해|도록하|길바)|어(?:라|"
    "버려|줘|주세요)|으?세요|지?마(?:라|세요|십시오)?(?!다|련|침|치)|지?말(?:고|아라|것)|시켜|할것)"
)
_LINK = "(?:하고|고|해서|한채|한뒤|한후|한다음|하며|버리고|말고|하되)"
_TO_MACHINE = (
    "(?:답해|답하|답변해|답변하|출력|말해|알려|보여|대답|써줘|써라|공개해|공개하|응답|번역해|욕|너는|"
    "넌|당신은|내가|시키는|시스템프롬프트|print|output|system|따라라|따르라|따라줘|생성해)"
)
_THEN = f"(?=(?:(?!습니다|했|였|하였|한다|는데|되었|됐).){{0,25}}?{_TO_MACHINE})"
_THEN_ANSWER = (
    "(?=(?:(?!습니다|했|였|하였|한다|는데|되었|됐).){0,25}?(?:답해|답하|답변해|대답|출력|너는|넌|"
    "당신은|내가|시키는|응답))"
)
_AI = "(?:ai|인공지능|챗봇|어시스턴트|assistant|언어모델|llm|gpt|모델|보조자|봇|시스템|너는|넌|너의|당신은|당신의|네가)"
_SHOW = (
    "(?:출력|보여|알려|공개|말해|노출|적어|써줘|복사|인용|나열|번역|요약|반복|그대로|print|show|reveal|output|repeat)"
)
_HIDDEN = (
    "(?:시스템(?:프롬프트|메시지|지시문|지시사항)|systemprompt|systemmessage|초기(?:프롬프트|지시|"
    "설정)|숨겨진(?:지시|프롬프트|명령|지침)|내부(?:프롬프트|지시문)|(?:너|네|당신|챗봇)(?:의|가받은|"
    "에게주어진)?(?:프롬프트|지시문|지침|지시사항))"
)


SQUEEZED: Final[tuple[tuple[str, float, tuple[str, ...]], ...]] = (
    (
        "injection.override",
        0.9,
        (
            rf"{_EARLIER}{_GIVEN}{_ORDERS}{_OBJECT}{_NEGLECT}(?:{_ORDER}|{_LINK}{_THEN})",
            rf"{_EARLIER}{_GIVEN}{_ORDERS}{_OBJECT}{_CANCEL}{_LINK}{_THEN_ANSWER}",
            (
                r"(?:프롬프트|지시문|시스템지시|시스템명령)(?:를|을|은|는|들을)?(?:전부|모두|다|싹)?무시(?:하고|해|"
                r"하라|한채)(?!.{0,3}(?:한다|했|였|서))"
            ),
            (
                rf"{_AI}.{{0,12}}{_ORDERS}(?:을|를|은|는)?(?:전부|모두|다)?(?:무시|잊|어기|벗어나)"
                rf".{{0,4}}(?:해(?!서|야|도)|하(?:고|라|세요)|어(?:라|줘)?|고|도(?:돼|된다|좋))"
            ),
            (
                rf"(?:지금까지|여태|이전|위|앞).{{0,8}}(?:내용|대화|말|얘기|지시|것)(?:은|는|을|를)?(?:전부|모두|다|"
                rf"싹)?(?:잊어|무시해|무시하고|잊고).{{0,10}}{_TO_MACHINE}"
            ),
            (
                r"(?:ignore|disregard|forget|override|bypass|discard)(?:all|any|every)?(?:of)?(?:the|your|my|these|"
                r"those)?(?:previous|prior|above|earlier|preceding|"
                r"former|existing|original|initial|system|past|foregoing)?(?:and\w{0,10})?(?:instructions?|"
                r"prompts?|rules|guidelines|directions|commands|directives|context|programming)"
            ),
            (
                r"(?:donot|dont|stop)(?:follow|obey|listento)(?:ing)?(?:the|your|any|all|previous|above|prior|"
                r"system){1,3}(?:instructions?|prompts?|rules|guidelines)"
            ),
            r"ㅇㅈ(?:ㅈㅅ|ㅁㄹ|ㅍㄹㅍㅌ).{0,3}ㅁㅅ",
            (
                r"(?:new|updated|real)instructions?(?:are|is|follow|below|foryou)|(?:새로운|진짜|최종)(?:지시|명령)"
                r"(?:사항)?(?:은|이다|입니다|을따르|에따라|을수행)"
            ),
        ),
    ),
    (
        "injection.prompt_leak",
        0.9,
        (
            rf"{_HIDDEN}.{{0,14}}?{_SHOW}",
            rf"(?:시스템|내부)(?:지시|설정|명령|지침|규칙)(?:을|를)?(?:전부|모두|그대로|다)?{_SHOW}",
            (
                rf"(?:너|네가|넌|당신|챗봇).{{0,8}}(?:지시|명령|지침|설정|프롬프트).{{0,10}}(?:받았|되어있|설정됐|"
                rf"들었|주어졌).{{0,8}}{_SHOW}"
            ),
            rf"(?:{_SHOW}).{{0,6}}{_HIDDEN}",
            (
                r"(?:위|앞)(?:의|에)?(?:있는|적힌|주어진)?(?:모든)?(?:내용|문장|글|텍스트|지시|문구)(?:을|를)"
                r"?(?:처음부터|끝까지|그대로|빠짐없이|한글자도|토씨하나){1,3}.{0,6}(?:출력|반복해|반복하|보여줘|"
                r"복사해|말해)"
            ),
            (
                r"(?:reveal|show|print|repeat|output|display|leak|tell|give|whatis|whatare|expose|dump)(?:me|us)"
                r"?(?:all|of|the|your|verbatim|exact|full|entire|hidden|initial|original|secret|internal|me)*"
                r"(?:system|developer|hidden|initial|secret|internal|original)(?:prompts?|instructions?|messages?|rules)"
            ),
            r"(?:repeat|print|output)(?:everything|all|thetext|thewords)(?:above|before)",
            r"beginning(?:with)?(?:your)?(?:prompt|youare)",
        ),
    ),
    (
        "injection.role",
        0.85,
        (
            (
                r"(?:너는|넌|당신은|지금부터|이제부터|앞으로)(?:너는|넌|당신은|이제|지금부터|이제부터)"
                r"?.{0,20}(?:제한|제약|규칙|검열|윤리|필터|도덕)(?:이|도|을|과|의|적)?.{0,8}(?:없는|없이|받지않|"
                r"무시|벗어난|해제|풀린|모르는)"
            ),
            r"(?:탈옥|jailbreak|jailbroken)(?:모드|해|하라|시켜|mode|prompt|상태|된)",
            (
                r"(?:dan|developer|devel|관리자|개발자|개발|디버그|debug|god|루트|root|sudo|무제한|무검열|비밀)"
                r"(?:모드|mode)(?:를|로|을)?(?:켜(?:줘|라|고|$)|활성화(?:해|하|시)|전환(?:해|하라|하고|$)|"
                r"진입(?:해|하라|하고)|들어가(?:라|줘|서)|실행(?:해|하라)|바꿔|enabled?|activat)"
            ),
            (
                r"(?:enable|activate|enter|switchto|turnon)(?:the)?(?:dan|developer|debug|god|jailbreak|"
                r"unrestricted|admin)(?:mode)?"
            ),
            r"youarenow(?:dan|an?unrestricted|free|no?longer|in\w{0,12}mode|a?(?:hacker|evil)|notbound)",
            (
                r"(?:pretend|act|behave|roleplay)(?:that|as|like)?(?:if)?(?:you|youare|youhave)?(?:are|have)"
                r"?(?:an?)?(?:no|without|free|unrestricted|unfiltered|uncensored|evil|dan)(?:restrictions?|rules|"
                r"filters?|limits?|ai|model)?"
            ),
            r"doanythingnow",
            (
                r"(?:너는|넌|당신은)(?:이제|지금부터|더이상|이제부터).{0,12}(?:민원|보조|도우미|assistant|챗봇|ai)"
                r".{0,8}(?:아니|아닌)"
            ),
            (
                r"(?:너는|넌|당신은)(?:이제|지금부터|이제부터)(?:해커|악당|관리자|개발자|dan|시장|담당자|판사)"
                r"(?:이다|야|입니다|다|역할|로서|처럼)"
            ),
            (
                r"나는(?:이|너의|당신의|시스템)?(?:시스템|서비스|ai)?(?:의)?(?:개발자|관리자|운영자|admin)(?:다|야|"
                r"이다|입니다|이니|니까|로서).{0,30}(?:해제|공개|출력|무시|허용|권한|보여|알려)"
            ),
        ),
    ),
    (
        "injection.guard_off",
        0.85,
        (
            (
                r"(?:안전장치|안전필터|필터링|안전규칙|보안규칙|보안정책|가드레일|guardrails?|검열|콘텐츠정책|"
                r"안전정책|윤리지침|safetyfilters?)(?:을|를|은|는|도|기능을)?(?:모두|전부|잠시|다)?(?:끄고|꺼|끄|"
                r"해제|무시|우회|비활성|풀어|제거)(?:해(?!서|야|도|된|지는)|하고|하라|하세요|시켜|줘|고|어|한채|"
                r"화해|화하)"
            ),
            (
                r"(?:마스킹|가명처리|비식별(?:화)?|개인정보보호|개인정보처리)(?:를|을|는|은|기능을|규칙을)"
                r"?(?:하지말|해제하(?:고|라|세요)|풀고|풀어|무시하(?:고|라)|끄고|꺼|하지않고.{0,8}(?:원래|원본|"
                r"그대로|전부).{0,14}(?:보여|알려|출력|줘))"
            ),
            (
                r"(?:disable|turnoff|bypass|remove|deactivate|circumvent)(?:all|any|the|your|every)*(?:safety|"
                r"security|content|ethical)?(?:filters?|guardrails?|restrictions|safeguards|moderation|guidelines|"
                r"safetymeasures)"
            ),
            (
                r"(?:출처|근거|인용)(?:번호)?(?:는|은|를|을)?(?:없이|쓰지말고|무시하고|확인하지말고)(?:지어|꾸며|"
                r"만들어|아무)"
            ),
            r"(?:withoutany|no)(?:restrictions|filters|censorship|ethicalguidelines)(?:answer|respond|orlimit)",
        ),
    ),
    (
        "injection.fake_turn",
        0.8,
        (
            (
                r"(?:시스템|system|관리자|개발자)(?:메시지|공지|알림|message|notice|override|명령)(?:이다|입니다|"
                r"드립니다)?.{0,30}(?:무시|우선|따르|수행하|override|ignore|follow|변경되었)"
            ),
        ),
    ),
    (
        "injection.exfiltration",
        0.85,
        (
            (
                r"(?:다른|모든|타|전체|딴)(?:민원인|시민|사용자|이용자|직원|사람|주민|고객)(?:들)?(?:의|이)"
                r"?.{0,14}(?:개인정보|주민등록번호|주민번호|연락처|전화번호|주소|이름|질문|대화|민원내용|기록|명단|"
                r"비밀번호)(?:를|을|도|까지|들을)?"
                r".{0,8}(?:출력해|출력하|알려줘|보여줘|나열해|말해줘|공개해|뽑아줘|덤프|유출|보내줘|전송해)"
            ),
            (
                r"(?:비밀번호|패스워드|apikey|api키|액세스토큰|인증키|접속정보|환경변수|관리자계정|password|"
                r"credentials|envvariables)(?:를|을|도|과|값을|전부|모두)*(?:출력|알려줘|보여줘|공개해|말해줘|"
                r"print|덤프)"
            ),
            (
                r"(?:대화|내용|개인정보|자료|답변|정보|데이터|결과|기록)(?:를|을|전부|모두)*.{0,12}(?:https?|www|"
                r"이메일|메일|웹훅|webhook|url).{0,40}(?:로보내|으로보내|로전송|으로전송|에전송|에게보내|로업로드|"
                r"post해)"
            ),
            (
                r"(?:send|email|forward|post|upload|exfiltrate|transmit)(?:the|all|this|my|their|user|users|entire|"
                r"any|conversation|personal|private|chat|sensitive)+(?:data|information|history|conversation|"
                r"records|details|contents?|credentials).{0,20}(?:to|http)"
            ),
            (
                r"(?:print|show|reveal|list|give|tell)(?:me)?(?:all|the|other|every|your)+(?:users?|citizens?|"
                r"employees?|customers?|admins?)?(?:personal|private|confidential|secret)?(?:data|passwords?|"
                r"phonenumbers|secrets|apikeys?|credentials)"
            ),
        ),
    ),
    (
        "injection.indirect",
        0.85,
        (
            (
                r"(?:이|본|해당|위)?(?:문서|글|메일|이메일|민원|파일|첨부|텍스트|내용|페이지|자료)(?:을|를)"
                r"?(?:읽는|요약하는|처리하는|분석하는|검토하는|보는|평가하는)(?:모든)?(?:ai|인공지능|챗봇|"
                r"어시스턴트|언어모델|llm|모델|시스템(?=은|는|에게)|봇|gpt)(?!을|이?도입)"
            ),
            (
                r"(?:ai|인공지능|챗봇|어시스턴트|언어모델|llm|gpt|assistant)(?:에게|는|은|께|야|에대한|한테|용)"
                r"(?:전달|알림|지시|명령|메모|다음|반드시|이제|아래|모든|이문서|이민원|이글|이메일|사용자|위|이전)"
                r".{0,30}(?:하라|하시오|하십시오|해라|하세요|말것|할것|해줘|따르|무시|출력|답하|승인|말라|마라)"
            ),
            (
                r"(?:요약|답변|번역|답|응답|초안|회신)(?:할때|하는대신|작성시|하지말고|에는|끝에|에반드시|마지막에|"
                r"대신).{0,25}(?:라고만|만출력|라고답|라고출력|라고써|라고쓰|링크를|문장을|문구를|반드시포함|"
                r"을추가하|를추가하|삽입)"
            ),
            (
                r"(?:무조건|반드시|항상)(?:이|본|위|해당|모든)?(?:민원|신청|청구|건|요청|서류|사업자|업체|지원자|"
                r"제안)?(?:을|를|은|는|이|에대해|에)?(?:승인|허가|적합|인용|수용|통과|합격|만점|최고점|선정|수리)"
                r"(?:으로|로)?(?:처리|판단|결정)?(?:한다고|하라고|된다고|이라고|라고|을)?(?:답|판정|평가|출력|작성|"
                r"처리|표시|결론|줘|부여|"
                r"기재)(?:하라|해라|하세요|해줘|하시오|하십시오|할것|해|주세요)"
            ),
            (
                r"(?:dear|attention|note|hey|hello|important|message)?(?:to)?(?:the|any|all)?(?:ai|llm|"
                r"languagemodel|assistant|chatbot)(?:model|models|agent|agents|assistants?|system|systems)"
                r"?(?:reading|processing|summarizing|summarising|analyzing|reviewing)(?:this|the)"
            ),
            (
                r"(?:ifyouarean?|asan?)(?:ai|llm|languagemodel)(?:assistant|model)?.{0,15}(?:reading|mustnow|"
                r"should(?:now|ignore|respond|say)|ignore|saythat|respondwith)"
            ),
            (
                r"(?:when|while|instead of|insteadof)(?:summarizing|summarising|answering|responding|replying)"
                r"(?:to)?(?:this|the|user)?.{0,30}(?:include|insert|add|append|say|mention|respond|write|output)"
                r"(?:the|this|only|following|alink|alsothe)"
            ),
        ),
    ),
    (
        "injection.encoded",
        0.8,
        (
            (
                r"(?:base64|베이스64|rot13|16진수|헥스|hex|모스부호|유니코드|암호문|인코딩된?)(?:로|를|을|된|으로)"
                r"?(?:문자열|텍스트|문장|내용|메시지|지시|명령)?(?:을|를)?.{0,12}(?:디코딩|해독|복호화|풀어서|"
                r"decode).{0,25}(?:실행|따르|수행|그대로|follow|execute|시키는대로|지시대로)"
            ),
            (
                r"(?:decode|decrypt|unscramble)(?:the|this|following|it)*(?:base64|rot13|hex|string|text|message)"
                r"?.{0,80}?(?:and|then)(?:follow|execute|obey|do|run|comply)"
            ),
        ),
    ),
)
