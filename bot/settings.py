"""What the environment says: the only module that reads it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.errors import NotUnderstood

TEAM_FILE = Path("rollcall.yaml")
LEVELS = ("debug", "info", "warning", "error")
FORMS = ("console", "json")
PROTECTED_ADDRESS = r"^(https://\S+|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?)$"
"""Keys are sent to it, so that it is plain on this machine alone."""


class Settings(BaseSettings):
    """Every setting, by the name of its environment variable; `.env` in the working directory is read too."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    database_url: str = Field("sqlite+aiosqlite:///rollcall.db", validation_alias="ROLLCALL_DATABASE_URL")
    plans: Path = Field(Path("plans"), validation_alias="ROLLCALL_PLANS")
    team_file: Path = Field(TEAM_FILE, validation_alias="ROLLCALL_TEAM_FILE")
    log: str = Field("console:info", validation_alias="ROLLCALL_LOG")
    command_prefix: str = Field("", validation_alias="COMMAND_PREFIX", pattern=r"^[a-z0-9_-]{0,10}$")
    host: str = Field("127.0.0.1", validation_alias="ROLLCALL_HOST")
    port: int = Field(8080, validation_alias="ROLLCALL_PORT", ge=0, le=65535)
    public_url: str = Field("", validation_alias="ROLLCALL_PUBLIC_URL", pattern=r"^(https?://\S+)?$")
    origins: str = Field("", validation_alias="ROLLCALL_ORIGINS", pattern=r"^(https?://[^\s,]+[\s,]*)*$")
    evaluations: float = Field(2000, validation_alias="ROLLCALL_EVALUATIONS", ge=1, le=1_000_000)
    slack_bot_token: SecretStr = Field(SecretStr(""), validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr = Field(SecretStr(""), validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr = Field(SecretStr(""), validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL", pattern=r"^https?://\S+$")
    slack_teams: str = Field("", validation_alias="SLACK_TEAMS", pattern=r"^[A-Z0-9, ]*$")
    slack_sockets: int = Field(1, validation_alias="SLACK_SOCKETS", ge=1, le=10)
    discord_token: SecretStr = Field(SecretStr(""), validation_alias="DISCORD_TOKEN")
    discord_guilds: str = Field("", validation_alias="DISCORD_GUILDS", pattern=r"^[0-9, ]*$")
    discord_api_url: str = Field(
        "https://discord.com/api/v10", validation_alias="DISCORD_API_URL", pattern=r"^https?://\S+$"
    )
    discord_gateway_url: str = Field(
        "wss://gateway.discord.gg/", validation_alias="DISCORD_GATEWAY_URL", pattern=r"^wss?://\S+$"
    )

    pagerduty_webhook_secret: SecretStr = Field(SecretStr(""), validation_alias="PAGERDUTY_WEBHOOK_SECRET")
    smtp_url: SecretStr = Field(SecretStr(""), validation_alias="SMTP_URL")
    smtp_from: str = Field("rollcall@localhost", validation_alias="SMTP_FROM", pattern=r"^[^@\s<>,]+@[^@\s<>,]+$")

    pagerduty_url: str = Field(
        "https://events.pagerduty.com", validation_alias="PAGERDUTY_URL", pattern=PROTECTED_ADDRESS
    )
    pagerduty_api_url: str = Field(
        "https://api.pagerduty.com", validation_alias="PAGERDUTY_API_URL", pattern=PROTECTED_ADDRESS
    )
    heartbeat_url: SecretStr = Field(SecretStr(""), validation_alias="HEARTBEAT_URL")
    heartbeat_every: float = Field(60, validation_alias="HEARTBEAT_EVERY", ge=5, le=3600)
    heartbeat_method: str = Field("GET", validation_alias="HEARTBEAT_METHOD", pattern="^(GET|POST|HEAD)$")

    @property
    def platforms(self) -> tuple[str, ...]:
        """Return the chat platforms that are to be connected: those with a token."""
        tokens = {"slack": self.slack_bot_token, "discord": self.discord_token}
        return tuple(name for name, token in tokens.items() if token.get_secret_value())

    @staticmethod
    def secret(name: str) -> str | None:
        """Return a secret that the team file names as `${NAME}`; None where neither environment nor `.env` has it."""
        return os.environ.get(name) or dotenv_values(".env").get(name) or None

    @field_validator("log")
    @classmethod
    def _known_log(cls, value: str) -> str:
        form, _, level = value.partition(":")
        if form not in FORMS or (level or "info") not in LEVELS:
            msg = f"expected console or json, and a level ({', '.join(LEVELS)}), such as json:info"
            raise ValueError(msg)
        return value


def read_settings() -> Settings:
    """Read the environment. Raises NotUnderstood with every variable that is wrong."""
    try:
        settings = Settings()
    except ValidationError as problem:
        wrong = "; ".join(
            f"{'.'.join(map(str, it['loc']))}: {it['msg'].removeprefix('Value error, ')}"
            for it in problem.errors(include_input=False)
        )
        raise NotUnderstood(f"The environment is not right: {wrong}.", "compare with .env.example") from None
    # Without a team file no policy is in force: one that is named and is not there must not be that.
    if settings.team_file != TEAM_FILE and not settings.team_file.exists():
        raise NotUnderstood(f"There is no team file {settings.team_file}.", "look at ROLLCALL_TEAM_FILE")
    return settings


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a setting that holds several, with commas or spaces between them."""
    return tuple(text.replace(",", " ").split())


def login_name() -> str:
    """Return who is logged in on this machine; `local` where the machine does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"
