"""Templates, and what every page shows: who is signed in, the CSRF token, the settings people see."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse

from assistant.accounts.wording import ROLE_NAMES
from assistant.http.deps import (
    VISITOR_COOKIE,
    container_of,
    csrf_token,
    may_upload,
    new_nonce,
    set_cookie,
)
from assistant.http.web import static
from assistant.http.web.listing import excerpt
from assistant.http.web.render import answer_html, legal_label, place, source_url
from assistant.library.facets import GRADES, STATES, format_name
from assistant.library.legal import KOREA
from assistant.messages import reason_text
from guardrails.pii.labels import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from jinja2 import Environment
    from starlette.requests import Request

    from assistant.accounts.identity import Principal
    from assistant.library.search import SearchHit
    from assistant.settings import Settings

_KILO: Final = 1024


def make_templates(settings: Settings) -> Environment:
    """Return the Jinja environment: everything escaped unless it is markup made by us, unknown names are errors."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only a server needs it

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(
        asset=static.address,
        organisation=settings.organisation,
        model_connected=settings.model_connected,
        auth=settings.auth,
        role_names=ROLE_NAMES,
        state_names=STATES,
        grade_names=GRADES,
        retention_days=settings.retention_deleted_days,
    )
    templates.filters.update(
        answer=answer_html,
        place=place,
        hit_place=hit_place,
        excerpt=excerpt,
        format_name=format_name,
        size=size,
        pii_name=label_of,
        source_url=source_url,
        legal=legal_label,
        reason=reason_text,
        moment=moment,
        day=day,
    )
    return templates


def moment(value: datetime | str | None) -> str:
    """Return a point in time in Korea as official papers write it: ``2026. 4. 6. 14:05``."""
    if not value:
        return ""
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(KOREA)
    return f"{at.year}. {at.month}. {at.day}. {at:%H:%M}"


def day(value: date | str | None) -> str:
    """Return a date as official papers write it: ``2026. 4. 6.``."""
    if not value:
        return ""
    year, month, number = (int(part) for part in str(value)[:10].split("-"))
    return f"{year}. {month}. {number}."


def hit_place(hit: SearchHit) -> str:
    """Return where a found passage stands."""
    return place(
        {
            "article": hit.locator.article,
            "article_title": hit.locator.article_title,
            "heading": hit.locator.heading,
            "page": hit.locator.page,
        }
    )


def size(value: int) -> str:
    """Return a number of bytes as people say it: ``37.4KB``."""
    if value < _KILO:
        return f"{value}바이트"
    amount = float(value)
    for unit in ("KB", "MB", "GB"):
        amount /= _KILO
        if amount < _KILO or unit == "GB":
            return f"{amount:,.1f}".removesuffix(".0") + unit
    return ""


def by_date(conversations: Iterable[Mapping[str, Any]], today: date) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Group conversations, newest first, under 오늘, 어제, 지난 7일 and then month by month."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in conversations:
        value = one["updated_at"]
        at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(KOREA).date()
        if at >= today:
            label = "오늘"
        elif at == today - timedelta(days=1):
            label = "어제"
        elif at > today - timedelta(days=7):
            label = "지난 7일"
        else:
            label = f"{at.year}년 {at.month}월"
        groups.setdefault(label, []).append(one)
    return list(groups.items())


def page(
    request: Request, template: str, principal: Principal | None, *, status: int = 200, **context: object
) -> HTMLResponse:
    """Render a page or fragment, with the visitor's CSRF token."""
    container = container_of(request)
    nonce = request.cookies.get(VISITOR_COOKIE) or new_nonce()
    html = request.app.state.templates.get_template(template).render(
        principal=principal,
        uploader=principal is not None and may_upload(principal),
        csrf=csrf_token(container, nonce, principal.username if principal else ""),
        path=request.url.path,
        **context,
    )
    response = HTMLResponse(html, status)
    if VISITOR_COOKIE not in request.cookies:
        set_cookie(response, request, VISITOR_COOKIE, nonce)
    return response
