"""Every setting, read once from the environment and `.env` into one frozen object."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rapidfuzz import fuzz, process

from bot.errors import SettingsError
from bot.language import LANGUAGES

_ALMOST = 88
"""How alike two names are, in percent, of which one is probably meant for the other."""


def default_database() -> str:
    """An SQLite file in the platform's folder for user data."""
    return f"sqlite:///{Path(platformdirs.user_data_dir('paperclub', appauthor=False)) / 'paperclub.sqlite'}"


class Settings(BaseSettings):
    """What an operator may set. Names in the environment are those in `alias`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    database_url: str = Field(
        default_factory=default_database,
        alias="PAPERCLUB_DATABASE_URL",
        description="Where everything is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    language: str = Field(
        default="en",
        alias="PAPERCLUB_LANGUAGE",
        pattern=f"^({'|'.join(LANGUAGES)})$",
        description="The language of answers where the platform does not say the member's: en or zh.",
    )
    allow_private_addresses: bool = Field(
        default=False,
        alias="PAPERCLUB_ALLOW_PRIVATE_ADDRESSES",
        description="Whether lists may be fetched from loopback and private network addresses.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        alias="SLACK_BOT_TOKEN",
        description="Slack: the bot's token (xoxb-…) of your workspace. Not needed with SLACK_CLIENT_ID.",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        alias="SLACK_APP_TOKEN",
        description="Slack, Socket Mode: the app-level token (xapp-…) with the scope connections:write.",
    )
    slack_mode: str = Field(
        default="socket",
        alias="SLACK_MODE",
        pattern="^(socket|http)$",
        description="Slack: how its requests come in, by socket or by signed http.",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        alias="SLACK_SIGNING_SECRET",
        description="Slack, http: the secret that requests are signed with.",
    )
    slack_client_id: str | None = Field(
        default=None,
        alias="SLACK_CLIENT_ID",
        description="Slack, several workspaces: the app's client id; /slack/install then installs the app.",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None,
        alias="SLACK_CLIENT_SECRET",
        description="Slack, several workspaces: the app's client secret.",
    )
    slack_redirect_uri: str | None = Field(
        default=None,
        alias="SLACK_REDIRECT_URI",
        description="Slack, several workspaces: the public address of /slack/oauth_redirect, where the app has many.",
    )
    slack_api_base: str = Field(
        default="https://slack.com/api/",
        alias="SLACK_API_BASE",
        pattern="^https?://.*/$",
        description="Slack: where its Web API is; ends with a slash.",
    )
    slack_authorize_url: str = Field(
        default="https://slack.com/oauth/v2/authorize",
        alias="SLACK_AUTHORIZE_URL",
        description="Slack: where the install link leads.",
    )
    slack_connections: int = Field(
        default=1,
        alias="SLACK_CONNECTIONS",
        ge=1,
        le=10,
        description="Slack, Socket Mode: open sockets; with two, no command waits while Slack recycles one.",
    )
    discord_token: SecretStr | None = Field(
        default=None,
        alias="DISCORD_TOKEN",
        description="Discord: the bot's token, from the Bot page of your application.",
    )
    discord_shards: str | None = Field(
        default=None,
        alias="DISCORD_SHARDS",
        pattern=r"^\d+(-\d+)?/[1-9]\d*$",
        description="Discord, several processes: which shards this one runs, for example 0-3/16; without it, all.",
    )
    discord_api_base: str | None = Field(
        default=None,
        alias="DISCORD_API_BASE",
        description="Discord: where its API is, https://discord.com/api/v10 if not set; only Discord or loopback.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        alias="PAPERCLUB_SECRET_KEY",
        description="What stored tokens are encrypted with; several, newest first, separated by commas. "
        "Without it SLACK_CLIENT_SECRET serves.",
    )
    late_hours: float = Field(
        default=6,
        alias="PAPERCLUB_LATE_HOURS",
        gt=0,
        le=48,
        description="Hours for which a post that was missed (by downtime, say) is still made up for; then it is "
        "skipped, and noted.",
    )
    host: str = Field(
        default="0.0.0.0",  # noqa: S104 - Slack's requests come from outside
        alias="PAPERCLUB_HOST",
        description="The address that the web server listens on.",
    )
    port: int | None = Field(
        default=None,
        alias="PORT",
        ge=0,
        le=65535,
        description="The port of the web server (Slack's requests, calendars, /healthz, /readyz, /metrics); 3000 where "
        "it is needed, none otherwise.",
    )
    public_url: str = Field(
        default="",
        alias="PAPERCLUB_PUBLIC_URL",
        pattern="^(https?://.*)?$",
        description="The web server's address as members reach it, for calendars to subscribe to.",
    )
    log_level: str = Field(
        default="WARNING",
        alias="PAPERCLUB_LOG_LEVEL",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="How much is logged to standard error: DEBUG, INFO, WARNING or ERROR.",
    )


def load_settings(**overrides: object) -> Settings:
    """Read the settings. Raises SettingsError that lists every problem at once."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(_problem(str(p["loc"][0]), p["input"]) for p in error.errors())) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env can't be read as text in UTF-8: {error}") from error


def misspelt() -> Mapping[str, str]:
    """Names in the environment and .env that no setting has, each with the setting that was probably meant."""
    names = [str(field.alias) for field in Settings.model_fields.values()]
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env"))} - set(names)
    found = {}
    for name in sorted(given):
        cutoff = 0 if name.startswith("PAPERCLUB_") else _ALMOST
        meant = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=cutoff)
        if meant is not None:
            found[name] = meant[0]
    return found


def _problem(name: str, given: object) -> str:
    """What is wrong with a setting, and what it is for; `name` is its own or its alias."""
    field = Settings.model_fields.get(name) or next(f for f in Settings.model_fields.values() if f.alias == name)
    return f"{field.alias}: {given!r} does not fit. {field.description}"
