"""The message catalogue: what users read, Korean first, English beside it.

One entry per error code: HTTP status, Korean sentence, English sentence. Sentences say what happened and
what to do next; they never repeat what the user wrote.
"""

from __future__ import annotations

from typing import NamedTuple

from assistant.errors import ErrorCode, Failure


class Message(NamedTuple):
    """HTTP status and the two texts of one code."""

    status: int
    ko: str
    en: str


ERRORS: dict[ErrorCode, Message] = {
    ErrorCode.QUESTION_EMPTY: Message(422, "질문이 비어 있습니다. 내용을 입력해 주세요.", "The question is empty."),
    ErrorCode.QUESTION_TOO_LONG: Message(
        422, "질문이 너무 깁니다. 핵심만 줄여서 다시 보내 주세요.", "The question is too long."
    ),
    ErrorCode.INPUT_INVALID: Message(422, "입력한 값이 올바르지 않습니다.", "The input does not fit."),
    ErrorCode.INPUT_NOT_JSON: Message(400, "JSON 형식이 아닌 입력입니다.", "The input is not JSON."),
    ErrorCode.BODY_TOO_LARGE: Message(413, "보낸 내용이 허용 크기를 넘었습니다.", "The body is too large."),
    ErrorCode.COLLECTION_NOT_FOUND: Message(
        404, "해당 문서 모음을 찾을 수 없거나 볼 권한이 없습니다.", "No such collection, or no right to see it."
    ),
    ErrorCode.DOCUMENT_NOT_FOUND: Message(
        404, "해당 문서를 찾을 수 없거나 볼 권한이 없습니다.", "No such document, or no right to see it."
    ),
    ErrorCode.CONVERSATION_NOT_FOUND: Message(404, "해당 대화를 찾을 수 없습니다.", "No such conversation."),
    ErrorCode.TURN_NOT_FOUND: Message(404, "해당 질문을 찾을 수 없습니다.", "No such question."),
    ErrorCode.JOB_NOT_FOUND: Message(404, "해당 작업을 찾을 수 없습니다.", "No such job."),
    ErrorCode.USER_NOT_FOUND: Message(404, "등록되지 않은 사용자입니다.", "No such user."),
    ErrorCode.DEPARTMENT_NOT_FOUND: Message(404, "등록되지 않은 부서입니다.", "No such department."),
    ErrorCode.PATH_NOT_FOUND: Message(404, "지정한 경로에 파일이 없습니다.", "No file at that path."),
    ErrorCode.NAME_TAKEN: Message(409, "이미 쓰고 있는 이름입니다.", "That name is taken."),
    ErrorCode.GRADE_FORBIDS_EVERYONE: Message(
        409,
        "민감(S)·기밀(C) 등급의 문서 모음은 모든 사람에게 열 수 없습니다. "
        "볼 사람을 부서·역할·사용자로 정하거나 등급을 공개(O)로 바꿔 주세요.",
        "Only public collections may be open to everyone.",
    ),
    ErrorCode.READERS_EXCLUDE_YOU: Message(
        409,
        "이대로 바꾸면 본인이 이 문서 모음을 볼 수 없게 됩니다. 본인이 들어가도록 고치거나 운영자에게 요청해 주세요.",
        "This rule would leave you out; ask an administrator.",
    ),
    ErrorCode.CONVERSATION_FILES_FULL: Message(
        409,
        "한 대화에 붙일 수 있는 파일 수를 넘었습니다. 필요 없는 파일을 지우거나 새 대화에서 붙여 주세요.",
        "This conversation holds as many files as it may.",
    ),
    ErrorCode.PAGE_NOT_FOUND: Message(404, "찾으시는 페이지가 없습니다.", "No such page."),
    ErrorCode.METHOD_NOT_ALLOWED: Message(405, "허용되지 않은 요청 방식입니다.", "Method not allowed."),
    ErrorCode.CSRF_FAILED: Message(
        403, "보안 확인에 실패했습니다. 페이지를 새로 고친 뒤 다시 시도해 주세요.", "The CSRF check failed."
    ),
    ErrorCode.FILE_UNSUPPORTED: Message(415, "지원하지 않는 파일 형식입니다.", "This file type is not supported."),
    ErrorCode.FILE_EMPTY: Message(422, "빈 파일입니다.", "The file is empty."),
    ErrorCode.FILE_NO_TEXT: Message(
        422,
        "파일에서 글자를 찾지 못했습니다. 내용이 비어 있거나 그림만 있는 파일인지 확인해 주세요.",
        "No text was found in the file.",
    ),
    ErrorCode.FILE_TOO_LARGE: Message(413, "파일이 허용 크기를 넘었습니다.", "The file is too large."),
    ErrorCode.FILE_TOO_COMPLEX: Message(
        422, "파일의 구조가 허용 한도를 넘어 읽지 않았습니다.", "The file's structure exceeds the limits."
    ),
    ErrorCode.FILE_DAMAGED: Message(422, "파일이 손상되어 읽을 수 없습니다.", "The file is damaged."),
    ErrorCode.FILE_TRUNCATED: Message(
        422,
        "파일이 중간에서 끊겨 있습니다. 전송이나 복사가 끝까지 되었는지 확인하고 다시 올려 주세요.",
        "The file ends before it is over.",
    ),
    ErrorCode.FILE_BOMB: Message(
        422, "압축을 풀면 허용 크기를 크게 넘어 읽지 않았습니다.", "The file unpacks to far more than is allowed."
    ),
    ErrorCode.FILE_EXTERNAL_ENTITY: Message(
        422,
        "외부 내용을 끌어오는 선언(XML 개체)이 들어 있어 읽지 않았습니다.",
        "The file declares XML entities, which are not read.",
    ),
    ErrorCode.FILE_NESTED: Message(
        422,
        "압축 파일이나 전자우편이 여러 겹으로 들어 있어 읽지 않았습니다. 안쪽 파일을 꺼내어 올려 주세요.",
        "Archives or messages are nested too deeply.",
    ),
    ErrorCode.FILE_ENCRYPTED: Message(
        422, "암호화된 파일입니다. 암호화를 풀어서 올려 주세요.", "The file is encrypted."
    ),
    ErrorCode.FILE_PASSWORD: Message(
        422, "열기 암호가 걸린 파일입니다. 암호를 풀어서 올려 주세요.", "The file is protected by a password."
    ),
    ErrorCode.FILE_DRM: Message(
        422,
        "문서 보안(DRM) 프로그램으로 잠긴 파일입니다. 보안을 해제한 파일을 올려 주세요.",
        "The file is locked by document-security software.",
    ),
    ErrorCode.FILE_DISTRIBUTION_LOCKED: Message(
        422,
        "배포용으로 잠긴 한글 문서입니다. 작성 부서에서 배포용이 아닌 원본을 받아 올려 주세요.",
        "The file is a Hancom document locked for distribution.",
    ),
    ErrorCode.FILE_MACRO: Message(
        422,
        "매크로(프로그램)가 들어 있는 파일이라 읽지 않았습니다. 매크로 없이 저장하여 올려 주세요.",
        "The file carries a macro.",
    ),
    ErrorCode.FILE_PERSONAL_DATA: Message(
        422,
        "개인정보가 들어 있어 이 문서 모음에 넣을 수 없습니다. 개인정보를 지운 파일을 올려 주세요.",
        "This collection takes no documents with personal data.",
    ),
    ErrorCode.FILE_ENCODING: Message(
        422,
        "글자 인코딩을 알 수 없습니다. UTF-8 또는 CP949(EUC-KR)로 저장해 주세요.",
        "The text encoding could not be recognised.",
    ),
    ErrorCode.FILE_MISSING: Message(410, "원본 파일이 저장소에 없습니다.", "The original file is gone."),
    ErrorCode.PARSE_TIMEOUT: Message(
        422, "파일을 읽는 데 너무 오래 걸려 중단했습니다.", "Reading the file took too long."
    ),
    ErrorCode.PARSE_MEMORY: Message(
        422, "파일을 읽는 데 메모리가 너무 많이 들어 중단했습니다.", "Reading the file took too much memory."
    ),
    ErrorCode.PARSE_CRASHED: Message(
        422, "파일을 읽던 중 오류로 중단되었습니다.", "The reader stopped unexpectedly on this file."
    ),
    ErrorCode.OCR_UNAVAILABLE: Message(
        422,
        "글자를 그림으로 담은 문서인데 글자 인식(OCR)이 설치되어 있지 않아 읽지 못했습니다. 운영자에게 문의해 주세요.",
        "The file holds pictures of text and no character recognition is installed.",
    ),
    ErrorCode.SIGN_IN_REQUIRED: Message(401, "로그인이 필요합니다.", "Please sign in."),
    ErrorCode.FORBIDDEN: Message(403, "이 기능을 사용할 권한이 없습니다.", "You may not do this."),
    ErrorCode.DEMO_NOT_LOCAL: Message(
        403,
        "시연용 로그인은 이 컴퓨터(127.0.0.1)에서만 쓸 수 있습니다. ASSISTANT_AUTH=header 로 바꿔 주세요.",
        "Demo sign-in works on the loopback address only; set ASSISTANT_AUTH=header.",
    ),
    ErrorCode.SETTINGS_INVALID: Message(500, "설정값이 올바르지 않습니다.", "A setting does not fit."),
    ErrorCode.HOME_NOT_WRITABLE: Message(
        500,
        "데이터 폴더(ASSISTANT_HOME)에 쓸 수 없습니다. 권한과 남은 용량을 확인해 주세요.",
        "ASSISTANT_HOME is not writable.",
    ),
    ErrorCode.DISK_FULL: Message(
        507,
        "저장 공간이 얼마 남지 않아 새 파일을 받지 않습니다. 운영자에게 알려 주세요.",
        "Too little disk space is left to take files in.",
    ),
    ErrorCode.WATCH_RUNNING: Message(
        409, "이 폴더를 지켜보는 프로그램이 이미 실행 중입니다.", "This folder is being watched already."
    ),
    ErrorCode.PORT_BUSY: Message(
        500, "포트를 다른 프로그램이 쓰고 있습니다. PORT= 로 다른 번호를 지정해 주세요.", "The port is in use."
    ),
    ErrorCode.ALREADY_RUNNING: Message(
        500,
        "같은 데이터 폴더(ASSISTANT_HOME)로 이미 실행 중입니다. 먼저 실행한 쪽을 멈추거나 다른 폴더를 지정해 주세요.",
        "Already running on this ASSISTANT_HOME.",
    ),
    ErrorCode.PROCESS_FAILED: Message(
        500, "서비스 프로세스가 시작되지 않았습니다. logs 폴더를 확인해 주세요.", "A process did not come up; see logs."
    ),
    ErrorCode.MODULE_MISSING: Message(
        500, "필요한 모듈이 설치되지 않았습니다. make setup 을 실행해 주세요.", "A module is missing; run make setup."
    ),
    ErrorCode.DATABASE_UNAVAILABLE: Message(
        503, "데이터베이스에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The database does not answer."
    ),
    ErrorCode.DATABASE_OUTDATED: Message(
        503, "데이터베이스 구조가 최신이 아닙니다. assistant migrate 를 실행해 주세요.", "Run assistant migrate."
    ),
    ErrorCode.INDEX_UNAVAILABLE: Message(
        503, "검색 색인에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The search index does not answer."
    ),
    ErrorCode.EMBEDDER_UNAVAILABLE: Message(
        503, "임베딩 모델을 쓸 수 없습니다. assistant doctor 로 확인해 주세요.", "The embedding model is unavailable."
    ),
    ErrorCode.MODEL_UNAVAILABLE: Message(
        502, "언어 모델에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The language model does not answer."
    ),
    ErrorCode.MODEL_TIMEOUT: Message(504, "언어 모델의 응답이 늦어 중단했습니다.", "The language model was too slow."),
    ErrorCode.MODEL_CUT_OFF: Message(
        502, "언어 모델의 답변이 중간에 끊겼습니다.", "The language model's answer was cut off."
    ),
    ErrorCode.MODEL_NONSENSE: Message(
        502, "언어 모델이 이해할 수 없는 응답을 보냈습니다.", "The language model answered nonsense."
    ),
    ErrorCode.MODEL_REFUSED_KEY: Message(
        502, "언어 모델이 인증을 거부했습니다. API 키 설정을 확인해 주세요.", "The language model refused the key."
    ),
    ErrorCode.MODEL_NOT_FOUND: Message(
        502,
        "모델 서버에 그런 주소나 모델이 없습니다. ASSISTANT_LLM_BASE_URL 과 ASSISTANT_LLM_MODEL 을 확인해 주세요.",
        "The model server knows no such address or model.",
    ),
    ErrorCode.MODEL_BUSY: Message(
        503,
        "언어 모델의 사용 한도에 이르렀습니다. 잠시 후 다시 시도해 주세요.",
        "The language model takes no more calls now.",
    ),
    ErrorCode.MODEL_TOO_LONG: Message(
        502,
        "언어 모델이 받을 수 있는 길이를 넘었습니다. ASSISTANT_LLM_CONTEXT_TOKENS 를 줄여 주세요.",
        "The prompt is longer than the model's context.",
    ),
    ErrorCode.MODEL_FILTERED: Message(
        502, "언어 모델 서버의 내용 필터가 답변을 막았습니다.", "The model server's content filter stopped the answer."
    ),
    ErrorCode.MODEL_NOT_INSTALLED: Message(
        500,
        "작은 언어 모델이 설치되어 있지 않습니다. assistant model install 을 실행해 주세요.",
        "The local model is not installed.",
    ),
    ErrorCode.JOB_ABANDONED: Message(
        500, "작업이 여러 번 중단되어 더 시도하지 않습니다.", "The job was given up after several interruptions."
    ),
    ErrorCode.AUDIT_BROKEN: Message(500, "감사 기록의 연결이 깨져 있습니다.", "The audit chain is broken."),
    ErrorCode.INTERNAL: Message(
        500, "처리 중 오류가 발생했습니다. 기록되었으니 잠시 후 다시 시도해 주세요.", "Something went wrong."
    ),
}


def title(code: ErrorCode, language: str = "ko") -> str:
    """Return the sentence for a code in ``ko`` or ``en``."""
    message = ERRORS[code]
    return message.en if language == "en" else message.ko


def explain(failure: Failure, language: str = "ko") -> str:
    """Return the sentence for a failure with its technical detail in brackets."""
    text = title(failure.code, language)
    return f"{text} ({failure.detail})" if failure.detail else text


def reason_text(code: str) -> str:
    """Return the Korean sentence for a stored reason code; an unknown one is shown as it is."""
    try:
        return title(ErrorCode(code))
    except ValueError:
        return code
