from prompts import PromptRegistry
from prompts.langchain import as_langchain


def test_prompt_is_a_runnable_that_gives_messages():
    prompt = PromptRegistry().get("rewrite")
    value = as_langchain(prompt).invoke(
        {"question": "연장은요?", "history": [], "nonce": "a1b2c3d4", "today": "2026. 4. 6."}
    )
    system, human = value.to_messages()
    assert (system.type, human.type) == ("system", "human")
    assert "연장은요?" in human.content
