"""The providers of a team file as they are written: the systems that hold flags, and what editors say about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.domain.percent import Percent
from bot.files.shape import Doc
from bot.files.team_words import SecretText, VariableWord
from bot.files.words import Duration, FlagKey, PercentWord, Reference, Text, Title


class UnleashDoc(Doc):
    """Where the server is, and how to get in."""

    address: Text = Field(description="Its base address, such as https://unleash.example.org.")
    project: Title = Field("default", description="The project that has the flags.")
    token: SecretText = Field(description="An admin token, as ${NAME}.")


class LaunchDarklyDoc(Doc):
    """Which project, and how to get in."""

    project: Title = Field(description="The project's key.")
    token: SecretText = Field(description="An access token that may write, as ${NAME}.")
    address: Text = Field("https://app.launchdarkly.com", description="Another instance's address.")
    context: Title = Field("user", description="The kind of context that a percentage counts.")


class FlagsmithDoc(Doc):
    """Where the server is, and how to get in. `environments` beside it gives each environment's client-side key."""

    token: SecretText = Field(description="An API key of the organisation, as ${NAME}.")
    address: Text = Field("https://api.flagsmith.com", description="The server's address.")


class VercelDoc(Doc):
    """A project at Vercel, whose environment variables are flags."""

    project: Title = Field(description="The project's name or id.")
    team: Title = Field("", description="The team's id, where the project is a team's.")
    token: SecretText = Field(description="An access token, as ${NAME}.")
    hook: SecretText = Field(description="The deploy hook that applies a change, as ${NAME}.")
    percent: VariableWord | None = Field(
        None, description="What stands behind a variable's name in the one that holds its percentage: _PERCENT."
    )
    address: Text = Field("https://api.vercel.com", description="The API's address.")


class DotenvDoc(Doc):
    """A file of variables, and the command that makes a program read it again."""

    file: Text = Field(description="The file; `{environment}` in it is replaced.")
    reload: Annotated[list[Text], Field(min_length=1, max_length=50)] = Field(
        description="A program and its arguments, run without a shell.", examples=[["systemctl", "restart", "bot"]]
    )
    percent: VariableWord | None = Field(
        None, description="What stands behind a variable's name in the one that holds its percentage: _PERCENT."
    )


class RestReadDoc(Doc):
    """The request that reads, and where in its answer to look."""

    url: Text = Field(description="The address; `{flag}` and `{environment}` in it are replaced.")
    on: Text = Field(description="Where in the answer it says whether the flag is on, in JMESPath.")
    percent: Text = Field("", description="Where in the answer the percentage stands, in JMESPath.")


class RestWriteDoc(Doc):
    """The request that writes."""

    url: Text = Field(description="The address; `{flag}` and `{environment}` in it are replaced.")
    method: Literal["PUT", "PATCH", "POST"] = Field("PUT", description="The request's method.")
    body: Text = Field(
        description="The body; `{flag}`, `{environment}`, `{on}`, `{percent}` and `{cause}` in it are replaced by JSON."
    )


class RestDoc(Doc):
    """An API that is described here: how it is read and how it is written."""

    read: RestReadDoc = Field(description="How a flag is read.")
    write: RestWriteDoc = Field(description="How a flag is written; doing it twice must change nothing.")
    headers: dict[Title, SecretText] = Field({}, description="Headers of both; ${NAME} is read from the environment.")
    finest: PercentWord = Field(Percent(1000), description="The finest percentage that it holds.")


class ProviderDoc(Doc):
    """A system that holds flags, and the one kind it is of."""

    unleash: UnleashDoc | None = Field(None, description="An Unleash server.")
    launchdarkly: LaunchDarklyDoc | None = Field(None, description="A project of LaunchDarkly.")
    flagsmith: FlagsmithDoc | None = Field(None, description="A Flagsmith server.")
    vercel: VercelDoc | None = Field(None, description="Environment variables of a project at Vercel.")
    dotenv: DotenvDoc | None = Field(None, description="A file of environment variables.")
    rest: RestDoc | None = Field(None, description="Any API that answers JSON.")
    environments: dict[Reference, Title] = Field(
        {}, description="Its names for our environments. Where some are named there are no others."
    )
    names: dict[FlagKey, Title] = Field({}, description="Its names for our flags, where they differ.")
    timeout: Duration = Field(timedelta(seconds=10), description="How long one request or command may take.")
    drift_every: Duration = Field(
        timedelta(minutes=1), description="How often a flag that a rollout drives is looked at."
    )


KINDS = ("unleash", "launchdarkly", "flagsmith", "vercel", "dotenv", "rest")
