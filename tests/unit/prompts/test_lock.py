from prompts import PromptRegistry
from prompts.lock import problems, read_lock, update


def test_every_template_is_locked_and_unchanged():
    assert problems(PromptRegistry(), read_lock()) == []


def make(root, text):
    folder = root / "greet" / "v1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.yaml").write_text("purpose: p\nvariables: {}\n", "utf-8")
    (folder / "system.md").write_text("s", "utf-8")
    (folder / "user.md").write_text(text, "utf-8")


def test_lock_notices_change_absence_and_novelty(tmp_path):
    templates, lock = tmp_path / "t", tmp_path / "lock.yaml"
    make(templates, "hello")
    assert "not in the lock" in problems(PromptRegistry(templates), read_lock(lock))[0]
    assert update(PromptRegistry(templates), lock) == []
    make(templates, "hello!")
    assert "new version" in update(PromptRegistry(templates), lock)[0]
    assert "new version" in problems(PromptRegistry(templates), read_lock(lock))[0]
    assert "locked but gone" in problems(PromptRegistry(templates), read_lock(lock) | {"old/v1": "x"})[-1]


def test_line_ends_do_not_change_the_hash(tmp_path):
    make(tmp_path, "a\nb")
    first = PromptRegistry(tmp_path).get("greet").hash
    (tmp_path / "greet" / "v1" / "user.md").write_bytes(b"a\r\nb")
    assert PromptRegistry(tmp_path).get("greet").hash == first
