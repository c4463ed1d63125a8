"""Settings come from the environment and .env, and every problem is named at once."""

from pathlib import Path

import pytest

from bot.docs import env_example
from bot.errors import SettingsError
from bot.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def test_without_anything_the_database_is_a_file_of_the_user() -> None:
    assert load_settings().database_url.startswith("sqlite:///")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PAPERCLUB_LANGUAGE=zh\nPAPERCLUB_LOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("PAPERCLUB_LOG_LEVEL", "ERROR")
    settings = load_settings()
    assert (settings.language, settings.log_level) == ("zh", "ERROR")


def test_every_problem_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCLUB_LANGUAGE", "tlh")
    monkeypatch.setenv("PAPERCLUB_LOG_LEVEL", "LOUD")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "PAPERCLUB_LANGUAGE" in str(caught.value)
    assert "PAPERCLUB_LOG_LEVEL" in str(caught.value)


def test_what_the_command_line_gives_wins() -> None:
    assert load_settings(database_url="sqlite:///x", language=None).database_url == "sqlite:///x"


def test_the_example_explains_every_setting() -> None:
    example = env_example()
    for field in Settings.model_fields.values():
        assert f"#{field.alias}=" in example
        assert field.description in example
