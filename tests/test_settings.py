"""Settings come from the environment and .env, and every problem is named at once."""

from pathlib import Path

import pytest

from bot.adapters.slack.run import problems
from bot.docs import env_example
from bot.errors import SettingsError
from bot.settings import Settings, load_settings, misspelt


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


def test_a_value_that_does_not_fit_is_shown_beside_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCLUB_LANGUAGE", "tlh")
    with pytest.raises(SettingsError, match=r"^PAPERCLUB_LANGUAGE: 'tlh' does not fit\. .*: en or zh\.$"):
        load_settings()
    with pytest.raises(SettingsError, match=r"^PAPERCLUB_LANGUAGE: 'fr'"):
        load_settings(language="fr")


def test_a_file_of_settings_that_is_no_text_is_said() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env can't be read"):
        load_settings()


def test_a_misspelt_name_is_noticed_and_foreign_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SLACK_BOT_TOKN=xoxb-1\nDATABASE_URL=x\nPORT=1\n")
    monkeypatch.setenv("PAPERCLUB_ZONE_OF_LANGUAGE", "en")
    monkeypatch.setenv("EDITOR", "ed")
    assert misspelt() == {"PAPERCLUB_ZONE_OF_LANGUAGE": "PAPERCLUB_LANGUAGE", "SLACK_BOT_TOKN": "SLACK_BOT_TOKEN"}


def test_slack_tokens_in_each_others_place_are_noticed() -> None:
    swapped = load_settings(slack_bot_token="xapp-1-A", slack_app_token="xoxb-1-A")
    assert [problem.split(":")[0] for problem in problems(swapped)] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_what_the_command_line_gives_wins() -> None:
    assert load_settings(database_url="sqlite:///x", language=None).database_url == "sqlite:///x"


def test_the_example_explains_every_setting() -> None:
    example = env_example()
    for field in Settings.model_fields.values():
        assert f"#{field.alias}=" in example
        assert field.description in example
