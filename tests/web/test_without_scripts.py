"""Everything that matters works where scripts are off."""

from __future__ import annotations

import pytest
from browsing import open_context, sign_in
from scripted import QUOTE

pytestmark = pytest.mark.browser


def test_asking_reading_and_rating_without_scripts(browser, site) -> None:
    context = open_context(browser, site, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = sign_in(context.new_page(), scripts=False)
    page.fill("#question", "보행환경 개선계획은 몇 년마다 세우나요?")
    page.click("#send")
    page.wait_for_selector(".turn .answer")
    assert "#turn-" in page.url
    page.click("summary >> text=찾은 근거 3건")
    assert page.is_visible("text=찾았지만 쓰지 않음")
    page.click("summary >> text=의견 쓰기")
    page.fill('[name="comment"]', "좋습니다")
    page.click('.thumb[value="1"]')
    page.wait_for_selector('.thumb[value="1"][aria-pressed=true]')
    assert site.container.answers.life[-1] == "feedback 1 좋습니다"
    page.click(".answer .chip >> nth=0")
    page.wait_for_selector(".paper mark")
    assert page.inner_text(".paper mark") == QUOTE
    context.close()
    assert site.outside == []
