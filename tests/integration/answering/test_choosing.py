"""A small model chooses a source and says a few words; the provision stands whatever it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from worlds import ScriptedModel, hit

from assistant.answering.choosing import Choice, read_choice

if TYPE_CHECKING:
    from worlds import World

QUESTION = "민원 처리기간은 어떻게 계산하나요?"
FEES = "제30조 (수수료)\n\n① 민원의 처리기간이 지나면 수수료를 감면할 수 있다. 수수료는 처리기간을 계산하여 정한다."


class Small(ScriptedModel):
    small = True

    async def stream(self, messages, *, max_tokens, schema=None):
        self.schema = schema
        async for piece in super().stream(messages, max_tokens=max_tokens):
            yield piece


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ('{"번호": 1, "답": "14일입니다."}', Choice(4, "14일입니다.")),
        ('물론입니다.\n```json\n{"번호": 2, "답": " 첫날을\\n산입합니다 "}\n```', Choice(7, "첫날을 산입합니다")),
        ('{"번호": 0, "답": ""}', Choice(0, "")),
        ('{"번호": 3, "답": "없는 번호"}', None),
        ('{"번호": "하나", "답": "x"}', None),
        ('{"답": "번호 없음"}', None),
        ("[1, 2]", None),
        ("null", None),
        ("", None),
    ],
)
def test_json_is_read_whatever_stands_around_it(text: str, choice: Choice | None) -> None:
    assert read_choice(text, [4, 7]) == choice


async def asked(world: World, said: str) -> tuple[dict[str, Any], Small]:
    model = Small(said)
    return await world.service(model).answer(world.staff, QUESTION), model


async def test_its_words_stand_before_the_provision(world: World) -> None:
    answer, model = await asked(world, '{"번호": 1, "답": "처리기간을 6일 이상으로 정하면 첫날을 산입합니다."}')
    assert answer["status"] == "answered"
    assert answer["answer"].startswith("처리기간을 6일 이상으로 정하면 첫날을 산입합니다. [1]\n\n“")
    assert answer["citations"][0]["quote"] in world.search.hits[0].text
    assert model.schema["required"] == ["번호", "답"]
    assert answer["prompt"].startswith("choose@")


@pytest.mark.parametrize(
    "said",
    [
        '{"번호": 1, "답": "처리기간은 45일로 계산합니다."}',
        '{"번호": 1, "답": "처리기간은 첫날을 산입하지 않습니다."}',
        '{"번호": 1, "답": "The period is counted in days."}',
        '{"번호": 0, "답": "모름"}',
        '{"번호": 9, "답": "첫날을 산입합니다."}',
        "저는 모릅니다.",
        "{" * 5_000,
        "",
    ],
)
async def test_words_that_do_not_stand_are_thrown_away(world: World, said: str) -> None:
    answer, _ = await asked(world, said)
    assert answer["status"] == "answered_extractive"
    assert answer["answer"].startswith("“")
    assert answer["marks"] == []
    assert "45일" not in answer["answer"]


async def test_the_chosen_source_comes_first(world: World) -> None:
    first = world.search.hits[0]
    other = hit(FEES, number=2, collection_id=first.collection_id)
    other = replace(other, locator=replace(other.locator, article="제30조", article_title="수수료"))
    world.search.hits = (first, other)
    answer, _ = await asked(world, '{"번호": 2, "답": "수수료는 처리기간을 계산하여 정합니다."}')
    cited = [citation["n"] for citation in answer["citations"]]
    lead = int(answer["answer"].split("[")[1][0])
    assert lead in cited
    assert answer["answer"].index("제30조") < answer["answer"].index("제19조")
