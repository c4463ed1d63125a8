"""Many Slack workspaces: installed by OAuth, kept apart, renewed, and forgotten when they leave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from slack_app import make_app
from slack_double import Channel, SlackDouble, User, Workspace

from bot.adapters.slack.api import Api
from bot.adapters.slack.manifest import manifest
from bot.adapters.slack.run import Slack, running
from bot.adapters.slack.tokens import Authorize, ManyTokens, Vault
from bot.app import App
from bot.settings import load_settings
from storage import reading, slack, spaces, writing
from storage.tables import slack_installations

# slack_sdk still signs the exchange of a code in a way that the newest aiohttp deprecates
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


class Town:
    """A Slack with several workspaces, and the bot that can be installed into each."""

    def __init__(self, double: SlackDouble, engine: sa.Engine) -> None:
        self.slack = double
        self.engine = engine
        self.app = make_app(engine)
        double.declare(manifest(self.app.commands))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Slack]:
        """One process of the bot."""
        settings = load_settings(
            slack_mode="http",
            slack_signing_secret=self.slack.signing_secret,
            slack_client_id=self.slack.client_id,
            slack_client_secret=self.slack.client_secret,
            slack_api_base=self.slack.api_base,
            slack_authorize_url=self.slack.authorize_url,
            host="127.0.0.1",
            port=0,
        )
        async with running(self.app, settings) as served:
            self.slack.request_url = f"http://127.0.0.1:{served.port}/slack/events"
            self.install_url = f"http://127.0.0.1:{served.port}/slack/install"
            self.slack.oauth.redirect_uris = [f"http://127.0.0.1:{served.port}/slack/oauth_redirect"]
            yield served

    async def settle(self, name: str) -> tuple[Workspace, User, Channel]:
        """A workspace with the app installed by its admin, and somebody in a channel."""
        workspace = self.slack.add_workspace(name, installed=False)
        admin = workspace.add_user("admin", is_admin=True)
        status, _page = await self.slack.install(self.install_url, workspace, admin)
        assert status == 200
        user = workspace.add_user("ann")
        return workspace, user, workspace.add_channel("general", user)

    def tokens(self) -> list[str]:
        """What lies in the database."""
        with reading(self.engine) as db:
            return list(db.execute(sa.select(slack_installations.c.token)).scalars())


@pytest.fixture
async def town(engine: sa.Engine) -> AsyncIterator[Town]:
    """Nothing installed yet."""
    async with SlackDouble() as double:
        yield Town(double, engine)
        double.check()


async def test_three_workspaces_install_the_app_and_are_answered(town: Town) -> None:
    async with town.served():
        for name in ("One", "Two", "Three"):
            workspace, ann, general = await town.settle(name)
            done = await town.slack.command(ann, general, "/paper", "whoami")
            assert f" {workspace.id} " in done.text


async def test_tokens_are_sealed_at_rest(town: Town) -> None:
    async with town.served():
        workspace, _ann, _general = await town.settle("One")
    assert workspace.bot_token not in town.tokens()[0]
    assert Vault(town.slack.client_secret).open(town.tokens()[0]) == workspace.bot_token
    assert Vault("another key").open(town.tokens()[0]) is None


def test_an_older_key_still_opens() -> None:
    sealed = Vault("old").seal("xoxb")
    assert Vault("new, old").open(sealed) == "xoxb"


async def test_an_installation_with_a_lost_or_foreign_state_fails(town: Town) -> None:
    async with town.served():
        workspace = town.slack.add_workspace("One", installed=False)
        status, _page = await town.slack.install(town.install_url, workspace, forget_cookie=True)
        assert status == 400
        assert town.tokens() == []


def test_a_state_works_once(engine: sa.Engine) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with writing(engine) as db:
        slack.issue_state(db, "abc", now + timedelta(minutes=10))
        assert not slack.consume_state(db, "abd", now)
        assert slack.consume_state(db, "abc", now)
        assert not slack.consume_state(db, "abc", now)
        slack.issue_state(db, "old", now)
        assert not slack.consume_state(db, "old", now + timedelta(seconds=1))


async def test_an_expiring_token_is_renewed_once_by_two_processes(town: Town) -> None:
    town.slack.oauth.rotating = True
    town.slack.oauth.lifetime = 30
    async with town.served() as first:
        workspace, ann, general = await town.settle("One")
        before = town.tokens()
        town.slack.oauth.lifetime = 43_200
        async with town.served() as second:
            first.tokens.forget(workspace.id)
            grants = await asyncio.gather(*(x.tokens.grant(workspace.id) for x in (first, second)))
            done = await town.slack.command(ann, general, "/paper", "whoami")
    assert workspace.id in done.text
    assert town.tokens() != before
    assert all(grant is not None for grant in grants)
    assert sum(call.params.get("grant_type") == "refresh_token" for call in town.slack.calls) == 1


async def test_a_renewal_that_failed_is_tried_again(town: Town) -> None:
    town.slack.oauth.rotating, town.slack.oauth.lifetime = True, 30
    async with town.served() as served:
        workspace, _ann, _general = await town.settle("One")
        town.slack.oauth.lifetime = 43_200
        town.slack.fail("oauth.v2.access", "internal_error")
        served.tokens.forget(workspace.id)
        before = town.tokens()
        await served.tokens.grant(workspace.id)
        assert town.tokens() == before
        grant = await served.tokens.grant(workspace.id)
        assert town.tokens() != before
        assert grant is not None
        assert grant.expires_at is not None
        assert grant.expires_at > datetime.now(UTC) + timedelta(hours=1)
    town.slack.refused.clear()


async def test_an_organisation_that_has_the_app_speaks_for_its_workspaces(engine: sa.Engine) -> None:
    vault, api = Vault("a key"), Api("http://127.0.0.1:1/")
    with writing(engine) as db:
        slack.install(db, slack.Installation("E1", "chat:write", vault.seal("xoxb-1"), datetime.now(UTC)))
    tokens = ManyTokens(api, engine, vault, "id", "secret")
    asked = {"context": None, "team_id": "T1", "user_id": "U1"}
    assert await Authorize(tokens)(**asked, enterprise_id="E2") is None
    found = await Authorize(tokens)(**asked, enterprise_id="E1")
    assert found is not None
    assert found.bot_token == "xoxb-1"
    grants = [await tokens.grant(space) for space in ("T1", "T2")]
    assert [grant and grant.token for grant in grants] == ["xoxb-1", None]
    await api.close()


@pytest.mark.parametrize("order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")])
async def test_a_workspace_that_leaves_is_forgotten(town: Town, order: tuple[str, str]) -> None:
    async with town.served() as served:
        workspace, ann, general = await town.settle("One")
        await town.settle("Two")
        await town.slack.command(ann, general, "/paper", "whoami")
        await town.slack.uninstall(workspace, order)
        await served.work.close(5)
    assert len(town.tokens()) == 1
    with reading(town.engine) as db:
        left = db.execute(sa.text("SELECT count(*) FROM deliveries WHERE key LIKE :k"), {"k": f"%{workspace.id}%"})
        assert left.scalar_one() == 0
        assert workspace.id not in db.execute(sa.select(spaces.spaces.c.space)).scalars().all()


async def test_what_ends_nothing_leaves_a_workspace_as_it_is(town: Town) -> None:
    async with town.served() as served:
        workspace, ann, general = await town.settle("One")
        tokens = {"oauth": [ann.id], "bot": []}  # somebody's own right to use the app
        await town.slack.event(workspace, {"type": "tokens_revoked", "tokens": tokens})
        await town.slack.fall_quiet(0.1)
        await served.desk.leave(workspace.id, 0.0)  # it was installed again since
        assert workspace.id in (await town.slack.command(ann, general, "/paper", "whoami")).text
        with reading(town.engine) as db:
            assert db.execute(sa.select(spaces.spaces.c.space)).scalars().all() == [workspace.id]


def test_a_late_uninstall_spares_a_newer_installation(engine: sa.Engine) -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    made = slack.Installation("T1", "chat:write", "sealed", now)
    with writing(engine) as db:
        slack.install(db, made)
        assert not slack.uninstall(db, "T1", now - timedelta(seconds=2))
        assert slack.find(db, "T1") == made
        assert slack.uninstall(db, "T1", now)
        assert slack.installed(db) == []


async def test_a_member_of_one_workspace_reaches_nothing_of_another(town: Town) -> None:
    async with town.served():
        _one, ann, general = await town.settle("One")
        two, bob, far = await town.settle("Two")
        await town.slack.command(bob, far, "/paper", "find secret")
        forged = await town.slack.command(ann, general, "/paper", "find moe", wait=False)
        forged.delivery.payload |= {"channel_id": far.id, "user_id": bob.id, "trigger_id": "1.2"}
        await town.slack.deliver(forged.delivery)
        await town.slack.fall_quiet(0.2)
        assert [m for m in far.messages if "moe" in m.shown] == []
        own = await town.slack.command(ann, general, "/paper", "whoami")
        assert own.text.startswith("ann ")
        assert two.id not in own.text
    town.slack.refused.clear()


SECRETS = (
    "poll results 1", "poll vote 1", "ballot 1 mark 1", "poll cancel 1", "poll edit 1 question:Mine", "poll list",
    "meeting show 1", "meeting rsvp yes meeting:1", "meeting cancel 1", "meeting ics 1", "meeting list",
    "consent 1 yes", "accept 1", "decline 1", "suggestions", "daily status", "history", "notes 12", "club",
)  # fmt: skip
"""What somebody may try who has guessed the numbers of another club."""


async def test_ids_of_another_workspace_open_and_change_nothing(town: Town, app: App) -> None:
    town.app = app
    town.slack.declare(manifest(app.commands))
    async with town.served():
        _two, bob, far = await town.settle("Two")
        day = (app.clock() + timedelta(days=9)).date()
        for line in ('poll start candidates:"12 15" closes:friday Hidden poll', f"meeting plan 12 {day} 16:00",
                     "suggest https://example.org/hidden-paper", "note 12 hidden words"):  # fmt: skip
            await town.slack.command(bob, far, "/paper", line)
        shown = [(await town.slack.command(bob, far, "/paper", x)).text for x in ("poll results 1", "meeting show 1")]
        assert "Hidden poll" in shown[0]
        one, ann, general = await town.settle("One")
        ann.is_admin = True
        for line in SECRETS:
            done = await town.slack.command(ann, general, "/paper", line)
            assert "hidden" not in done.text.lower(), line
            done.delivery.payload |= {"channel_id": far.id, "user_id": bob.id, "trigger_id": f"9.{line}"}
            await town.slack.deliver(done.delivery)  # signed, with ids of the other workspace put in
        await town.slack.fall_quiet(0.2)
        again = [(await town.slack.command(bob, far, "/paper", x)).text for x in ("poll results 1", "meeting show 1")]
        assert again == shown
        assert not any("hidden" in m.shown.lower() for c in one.channels.values() for m in c.messages)
    town.slack.refused.clear()


async def test_a_forged_form_reaches_no_channel_of_another_workspace(town: Town) -> None:
    async with town.served():
        _two, _bob, far = await town.settle("Two")
        _one, ann, general = await town.settle("One")
        opened = await town.slack.command(ann, general, "/paper", "ask")
        opened.view.given["private_metadata"] = opened.view.given["private_metadata"].replace(general.id, far.id)
        await town.slack.submit(ann, opened.view, {"What to ask": "to all of Two"}, wait=False)
        await town.slack.fall_quiet(0.2)
        assert far.messages == []
    town.slack.refused.clear()
