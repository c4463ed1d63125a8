"""The Slack double keeps Slack's rules: proven with plain Bolt apps that know nothing of Paperclub."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from doubles import slack_blocks, slack_methods, slack_text
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_double import Channel, Interaction, SlackDouble, Unfillable, User, Workspace, manifest_faults, spec
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

# slack_sdk still signs the exchange of a code in a way that the newest aiohttp deprecates
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


class Scene:
    """One workspace, one person, one channel, a client of the bot, and an app to fill with listeners."""

    def __init__(self, slack: SlackDouble) -> None:
        self.slack = slack
        self.acme: Workspace = slack.add_workspace("Acme")
        self.ann: User = self.acme.add_user("ann", locale="de-DE", tz="Europe/Berlin", is_admin=True)
        self.general: Channel = self.acme.add_channel("general", self.ann)
        self.session = aiohttp.ClientSession()
        self.client = AsyncWebClient(self.acme.bot_token, base_url=slack.api_base, session=self.session)
        self.app = AsyncApp(client=self.client, signing_secret=slack.signing_secret)

    async def post(self, **content: Any) -> Any:
        return await self.client.chat_postMessage(channel=self.general.id, **content)

    async def refused(self, **content: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await self.post(**content)
        return str(caught.value.response["error"])

    async def command(self, text: str = "", **options: Any) -> Interaction:
        return await self.slack.command(self.ann, self.general, "/paper", text, **options)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """A scene without any connection."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY",
                 "https_proxy", "ALL_PROXY", "all_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)
    async with SlackDouble(posts_per_second=1000) as slack:
        scene = Scene(slack)
        yield scene
        await scene.session.close()


@asynccontextmanager
async def in_socket_mode(scene: Scene) -> AsyncIterator[AsyncSocketModeHandler]:
    """The scene's app connected over Socket Mode."""
    handler = AsyncSocketModeHandler(scene.app, scene.slack.app_token, web_client=scene.client, ping_interval=0.3)
    await handler.connect_async()
    await scene.slack.ready()
    try:
        yield handler
    finally:
        await handler.client.close()


@asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[str]:
    """An app behind HTTP; yields the address of its server."""
    runner = web.AppRunner(app.web_app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_http(scene: Scene) -> AsyncIterator[str]:
    """The scene's app behind its request URL."""
    async with served(scene.app) as base:
        scene.slack.request_url = f"{base}/slack/events"
        yield base


CONNECT: dict[str, Callable[[Scene], Any]] = {"socket": in_socket_mode, "http": over_http}
BOTH = pytest.mark.parametrize("connect", CONNECT.values(), ids=CONNECT.keys())


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(label: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": "vote", **more}


def modal(*blocks: dict[str, Any], title: str = "Suggest", **more: Any) -> dict[str, Any]:
    plain = {"type": "plain_text", "text": title}
    return {"type": "modal", "callback_id": "form", "title": plain, "submit": plain, "blocks": list(blocks), **more}


def field(label: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "value", **more}
    return {
        "type": "input",
        "block_id": label.lower(),
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }


# ---- interactions ----


@BOTH
async def test_a_command_is_acknowledged_with_a_private_reply(scene: Scene, connect: Any) -> None:
    @scene.app.command("/paper")
    async def paper(ack: Any, command: Any) -> None:
        await ack(f"You said {command['text']}")

    async with connect(scene):
        done = await scene.command("search R&D <now>")
    assert (done.text, done.message.seen_by) == ("You said search R&amp;D &lt;now&gt;", scene.ann.id)
    assert done.ack_ms < 3000
    scene.slack.check()


@BOTH
async def test_a_reply_after_the_acknowledgement_arrives_by_the_response_url(scene: Scene, connect: Any) -> None:
    @scene.app.command("/paper")
    async def paper(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="public", response_type="in_channel")

    async with connect(scene):
        done = await scene.command()
    assert (done.text, done.message.ephemeral, done.message.via) == ("public", False, "response_url")


@BOTH
async def test_a_pressed_button_edits_its_message(scene: Scene, connect: Any) -> None:
    @scene.app.action("vote")
    async def vote(ack: Any, respond: Any, body: Any) -> None:
        await ack()
        await respond(text=f"voted {body['actions'][0]['value']}", replace_original=True)

    async with connect(scene):
        await scene.post(text="Paper", blocks=[{"type": "actions", "elements": [button("Up", value="42")]}])
        done = await scene.slack.click(scene.ann, scene.general.messages[-1], "Up")
    assert (scene.general.messages[-1].shown, done.edited) == ("voted 42", [scene.general.messages[-1]])
    scene.slack.check()


@BOTH
async def test_a_form_opens_refuses_a_value_and_closes(scene: Scene, connect: Any) -> None:
    @scene.app.shortcut("suggest")
    async def suggest(ack: Any, client: Any, body: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(field("Link")))

    @scene.app.view("form")
    async def form(ack: Any, view: Any) -> None:
        value = view["state"]["values"]["link"]["value"]["value"]
        await (ack() if value.startswith("http") else ack(response_action="errors", errors={"link": "No link"}))

    async with connect(scene):
        opened = await scene.slack.shortcut(scene.ann, "suggest")
        wrong = await scene.slack.submit(scene.ann, opened.view, {"Link": "x"})
        right = await scene.slack.submit(scene.ann, opened.view, {"Link": "https://arxiv.org"})
    assert (wrong.errors, right.errors, opened.view.closed) == ({"Link": "No link"}, {}, True)
    scene.slack.check()


@BOTH
async def test_an_external_select_is_given_its_options(scene: Scene, connect: Any) -> None:
    @scene.app.options("paper")
    async def options(ack: Any, payload: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": payload["value"].upper()}, "value": "1"}])

    select = {"type": "external_select", "action_id": "paper", "placeholder": {"type": "plain_text", "text": "Paper"}}
    async with connect(scene):
        await scene.post(text="Choose", blocks=[{"type": "actions", "elements": [select]}])
        done = await scene.slack.suggest(scene.ann, scene.general.messages[-1], "paper", "vllm")
    assert [option["text"]["text"] for option in done.options] == ["VLLM"]
    scene.slack.check()


@BOTH
async def test_mentions_direct_messages_and_the_home_tab_reach_the_app(scene: Scene, connect: Any) -> None:
    @scene.app.event("app_mention")
    async def mentioned(event: Any, say: Any) -> None:
        await say(text=f"heard {event['text'].split('> ')[1]}", thread_ts=event["ts"])

    @scene.app.event("message")
    async def direct(event: Any, say: Any) -> None:
        await say(text=f"dm {event['text']}")

    @scene.app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("My list")]})

    async with connect(scene):
        heard = await scene.slack.mention(scene.ann, scene.general, "random")
        answered = await scene.slack.dm(scene.ann, "hello")
        await scene.slack.open_home(scene.ann)
    assert (heard.text, answered.text, scene.slack.home(scene.ann).shown) == ("heard random", "dm hello", "My list")
    assert heard.message.thread_ts == scene.general.messages[0].ts
    scene.slack.check()


async def test_what_takes_longer_than_three_seconds_times_out(scene: Scene) -> None:
    scene.slack.ack_seconds = 0.2

    @scene.app.command("/paper")
    async def paper(ack: Any) -> None:
        await asyncio.sleep(0.4)
        await ack("late")

    async with in_socket_mode(scene):
        done = await scene.command()
        late = await scene.slack.until(lambda: bool(scene.slack.violations))
    assert (done.error, done.acked, late) == ("operation_timeout", False, True)


async def test_an_unacknowledged_event_is_sent_again_with_the_same_id(scene: Scene) -> None:
    scene.slack.event_retries = (0.0,)
    seen: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(((await request.json())["event_id"], request.headers.get("X-Slack-Retry-Num", "")))
        return web.Response(status=500 if len(seen) == 1 else 200)

    server = web.Application()
    server.router.add_post("/slack/events", answer)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scene.slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await scene.slack.mention(scene.ann, scene.general, "hi", wait=False)
    await scene.slack.until(lambda: len(seen) == 2)
    await runner.cleanup()
    assert seen[1] == (seen[0][0], "1")


# ---- messages ----


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [section("x", colour="red")]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x", block_id="a"), section("y", block_id="a")]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "image", "image_url": "https://x.org/a.png"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "actions", "elements": [button("x" * 76)]}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "actions", "elements": [button("x"), button("y")]}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument")
async def test_a_message_that_breaks_a_limit_is_refused(scene: Scene, content: dict[str, Any], error: str) -> None:
    assert await scene.refused(**content) == error
    assert [one.error for one in scene.slack.refused] == [error]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Research & development", "a bare '&'"),
        ("a < b", "a bare '<'"),
        ("a -> b", "a bare '>'"),
        ("<javascript:alert(1)|x>", "a bare '<'"),
        ("Tom &amp;amp; Jerry", "escaped twice"),
        ("<!channel> read this", "notifies a whole channel"),
        ("<!here|here> read this", "notifies a whole channel"),
    ],
)
async def test_text_that_was_not_escaped_once_is_noted(scene: Scene, text: str, fault: str) -> None:
    await scene.post(text=text)
    assert any(fault in violation.what for violation in scene.slack.violations)


async def test_references_and_links_are_no_faults(scene: Scene) -> None:
    await scene.post(
        text=f"> <@{scene.ann.id}>, <https://x.org/?a=1&amp;b=2|a &amp; b>, <!date^1700000000^{{date}}|now>"
    )
    scene.slack.check()
    assert scene.general.messages[-1].notifies == [f"<@{scene.ann.id}>"]


async def test_a_reference_that_a_stranger_wrote_must_not_be_live(scene: Scene) -> None:
    title = scene.slack.stranger(f"Free papers <@{scene.ann.id}>")
    await scene.post(text="ok", blocks=[section(slack_text.escape(title))])
    scene.slack.check()
    await scene.post(text="ok", blocks=[section(title)])
    assert f"<@{scene.ann.id}> of a stranger notifies" in scene.slack.violations[0].what


async def test_blocks_without_text_beside_them_are_noted(scene: Scene) -> None:
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    with pytest.warns(UserWarning, match="text"):
        await scene.post(blocks=[section("x")])
    assert "without a readable text" in scene.slack.violations[0].what


async def test_an_ephemeral_message_can_be_changed_by_nobody(scene: Scene) -> None:
    sent = await scene.client.chat_postEphemeral(channel=scene.general.id, user=scene.ann.id, text="psst")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await scene.client.chat_update(channel=scene.general.id, ts=sent["message_ts"], text="loud")


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"bot": False}, "not_in_channel"),
        ({"bot": False, "kind": "private"}, "channel_not_found"),
        ({"archived": True}, "is_archived"),
    ],
)
async def test_a_channel_that_the_bot_cannot_write_to_says_why(scene: Scene, facts: dict[str, Any], error: str) -> None:
    channel = scene.acme.add_channel("other", **facts)
    with pytest.raises(SlackApiError, match=error):
        await scene.client.chat_postMessage(channel=channel.id, text="x")


async def test_a_channel_of_another_workspace_is_not_found(scene: Scene) -> None:
    other = scene.slack.add_workspace("Other").add_channel("general")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await scene.client.chat_postMessage(channel=other.id, text="x")


async def test_a_missing_scope_is_named(scene: Scene) -> None:
    poor = scene.slack.add_workspace("Poor", scopes=["commands"])
    with pytest.raises(SlackApiError) as caught:
        await AsyncWebClient(poor.bot_token, base_url=scene.slack.api_base, session=scene.session).users_list()
    assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", "users:read")


async def test_posting_faster_than_one_a_second_to_a_channel_is_limited(scene: Scene) -> None:
    scene.slack.posts_per_second = 1
    await scene.post(text="one")
    with pytest.raises(SlackApiError) as caught:
        await scene.post(text="two")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    scene.slack.advance(1.1)
    await scene.post(text="two")
    assert (len(scene.slack.limited), scene.slack.refused) == (1, [])


async def test_a_member_is_told_with_locale_zone_and_rights(scene: Scene) -> None:
    user = (await scene.client.users_info(user=scene.ann.id, include_locale=True))["user"]
    assert (user["locale"], user["tz"], user["is_admin"]) == ("de-DE", "Europe/Berlin", True)


async def test_a_scheduled_message_appears_when_its_time_has_come(scene: Scene) -> None:
    at = int(scene.slack.clock.now()) + 60
    await scene.client.chat_scheduleMessage(channel=scene.general.id, text="later", post_at=at)
    assert scene.general.messages == []
    scene.slack.advance(61)
    assert [message.text for message in scene.general.messages] == ["later"]


async def test_a_file_is_uploaded_and_shared(scene: Scene) -> None:
    await scene.client.files_upload_v2(
        content=b"a,b", filename="a.csv", channel=scene.general.id, initial_comment="csv"
    )
    assert [(one.text, one.files[0]["size"]) for one in scene.general.messages] == [("csv", 3)]


async def test_history_shows_metadata_to_whoever_asks_for_it(scene: Scene) -> None:
    metadata = {"event_type": "daily", "event_payload": {"key": "k"}}
    await scene.post(text="pick", metadata=metadata)
    found = await scene.client.conversations_history(channel=scene.general.id, include_all_metadata=True)
    assert found["messages"][0]["metadata"] == metadata


# ---- rights that end ----


async def test_a_trigger_opens_one_view_within_three_seconds(scene: Scene) -> None:
    first, second = await scene.command(wait=False), await scene.command(wait=False)
    await scene.client.views_open(trigger_id=first.trigger_id, view=modal(section("x")))
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await scene.client.views_open(trigger_id=first.trigger_id, view=modal(section("x")))
    scene.slack.advance(3.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await scene.client.views_open(trigger_id=second.trigger_id, view=modal(section("x")))


async def test_a_response_url_answers_five_times_within_thirty_minutes(scene: Scene) -> None:
    first, second = await scene.command(wait=False), await scene.command(wait=False)
    statuses = []
    for _ in range(6):
        async with scene.session.post(first.response_url, json={"text": "x"}) as answer:
            statuses.append(answer.status)
    scene.slack.advance(1801)
    async with scene.session.post(second.response_url, json={"text": "x"}) as answer:
        statuses.append(answer.status)
    assert statuses == [200] * 5 + [404, 404]
    assert [one.error for one in scene.slack.refused] == ["used_url", "expired_url"]


async def test_wrong_views_are_invalid_arguments(scene: Scene) -> None:
    trigger = (await scene.command(wait=False)).trigger_id
    for view in (modal(title="x" * 25), modal(field("Link"), submit=None), {"type": "home", "blocks": []}):
        kept = {key: value for key, value in view.items() if value is not None}
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await scene.client.views_open(trigger_id=trigger, view=kept)


async def test_a_view_with_an_old_hash_is_not_overwritten(scene: Scene) -> None:
    trigger = (await scene.command(wait=False)).trigger_id
    view = (await scene.client.views_open(trigger_id=trigger, view=modal(section("1"))))["view"]
    await scene.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("2")))
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await scene.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("3")))


async def test_forms_stack_three_deep_and_can_be_cleared_together(scene: Scene) -> None:
    @scene.app.view("form")
    async def form(ack: Any, view: Any) -> None:
        title = view["title"]["text"]
        if title == "Last":
            await ack(response_action="clear")
        else:
            await ack(response_action="push", view=modal(field("Link"), title="Next"))

    first = await scene.command(wait=False)
    await scene.client.views_open(trigger_id=first.trigger_id, view=modal(field("Link")))
    async with in_socket_mode(scene):
        second = await scene.slack.submit(scene.ann, first.view, {"Link": "x"})
        third = await scene.slack.submit(scene.ann, second.view, {"Link": "x"})
        await scene.slack.submit(scene.ann, third.view, {"Link": "x"})
        assert [one.error for one in scene.slack.refused] == ["push_limit_reached"]
        await scene.client.views_update(view_id=third.view.id, view=modal(field("Link"), title="Last"))
        await scene.slack.submit(scene.ann, third.view, {"Link": "x"})
    assert all(view.closed for view in (first.view, second.view, third.view))


async def test_menus_and_inputs_of_every_kind_send_their_state(scene: Scene) -> None:
    seen: dict[str, Any] = {}
    option = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
    kinds = {
        "static_select": ({"options": [option]}, "One", ("selected_option", option)),
        "checkboxes": ({"options": [option]}, ["1"], ("selected_options", [option])),
        "datepicker": ({"initial_date": "2026-01-02"}, None, ("selected_date", "2026-01-02")),
        "timepicker": ({}, "09:30", ("selected_time", "09:30")),
        "number_input": ({"is_decimal_allowed": False}, "3", ("value", "3")),
        "conversations_select": ({}, scene.general.id, ("selected_conversation", scene.general.id)),
    }
    fields = [
        {**field(kind), "element": {"type": kind, "action_id": "value", **extra}}
        for kind, (extra, _, _) in kinds.items()
    ]

    @scene.app.view("form")
    async def form(ack: Any, view: Any) -> None:
        seen.update(view["state"]["values"])
        await ack()

    opened = await scene.command(wait=False)
    await scene.client.views_open(trigger_id=opened.trigger_id, view=modal(*fields))
    async with in_socket_mode(scene):
        given = {kind: value for kind, (_, value, _) in kinds.items() if value is not None}
        await scene.slack.submit(scene.ann, opened.view, given)
    for kind, (_, _, (slot, value)) in kinds.items():
        assert seen[kind]["value"][slot] == value
    scene.slack.check()


async def test_a_person_cannot_submit_what_slack_itself_refuses(scene: Scene) -> None:
    opened = await scene.command(wait=False)
    await scene.client.views_open(trigger_id=opened.trigger_id, view=modal(field("Link", max_length=5)))
    for values in ({}, {"Link": "too long"}, {"Other": "x"}):
        with pytest.raises(Unfillable):
            await scene.slack.submit(scene.ann, opened.view, values)


# ---- faults ----


async def test_a_planned_fault_may_strike_after_the_deed(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", "commit_then_500")
    with pytest.raises(SlackApiError):
        await scene.post(text="posted")
    assert [message.text for message in scene.general.messages] == ["posted"]


@pytest.mark.parametrize("kind", ["500", "reset", "429", "internal_error"])
async def test_a_planned_fault_strikes_as_often_as_planned(scene: Scene, kind: str) -> None:
    scene.slack.fail("chat.update", kind, times=2)
    await scene.post(text="one")
    ts = scene.general.messages[0].ts
    scene.client.retry_handlers.clear()
    for _ in range(2):
        with pytest.raises((SlackApiError, aiohttp.ClientError)):
            await scene.client.chat_update(channel=scene.general.id, ts=ts, text="two")
    await scene.client.chat_update(channel=scene.general.id, ts=ts, text="two")
    assert scene.general.messages[0].text == "two"


async def _is_served(scene: Scene) -> bool:
    return (await scene.command(wait=False)).acked


@pytest.mark.parametrize("how", ["refresh_requested", "drop", "freeze"])
async def test_an_app_comes_back_after_its_socket_has_gone(scene: Scene, how: str) -> None:
    scene.slack.ack_seconds = 0.5

    @scene.app.command("/paper")
    async def paper(ack: Any) -> None:
        await ack("here")

    async with in_socket_mode(scene):
        if how == "refresh_requested":
            await scene.slack.socket.disconnect(how)
        else:
            getattr(scene.slack.socket, how)()
        await scene.slack.until(lambda: scene.slack.socket.opened == 2, 8)
        await scene.slack.fall_quiet()
        assert await _is_served(scene)


async def test_without_a_socket_a_command_fails_at_once(scene: Scene) -> None:
    assert (await scene.command()).error == "dispatch_failed"


async def test_envelopes_go_to_any_of_several_sockets(scene: Scene) -> None:
    seen: set[int] = set()
    apps = [AsyncApp(client=scene.client, signing_secret="x") for _ in range(2)]
    for index, app in enumerate(apps):
        app.command("/paper")(_noting(seen, index))
    handlers = [AsyncSocketModeHandler(app, scene.slack.app_token, web_client=scene.client) for app in apps]
    for handler in handlers:
        await handler.connect_async()
    await scene.slack.ready(2)
    for _ in range(12):
        assert await _is_served(scene)
    for handler in handlers:
        await handler.client.close()
    assert seen == {0, 1}


def _noting(seen: set[int], index: int) -> Any:
    async def paper(ack: Any) -> None:
        seen.add(index)
        await ack()

    return paper


async def test_link_disabled_turns_socket_mode_off(scene: Scene) -> None:
    async with in_socket_mode(scene) as handler:
        handler.client.auto_reconnect_enabled = False
        await scene.slack.socket.disconnect("link_disabled")
        with pytest.raises(SlackApiError):
            await scene.client.apps_connections_open(app_token=scene.slack.app_token)


# ---- signed requests ----


async def test_only_signed_fresh_untouched_requests_are_taken(scene: Scene) -> None:
    seen = []

    @scene.app.command("/paper")
    async def paper(ack: Any) -> None:
        seen.append(1)
        await ack("here")

    async with over_http(scene):
        done = await scene.command()
        kinds = ("unsigned", "stale", "tampered", "foreign")
        statuses = [await scene.slack.forge(done.delivery, kind) for kind in kinds]
        assert await scene.slack.verify_url()
    assert (statuses, len(seen)) == ([401] * 4, 1)


# ---- installing ----


@asynccontextmanager
async def installable(scene: Scene, folder: Path) -> AsyncIterator[tuple[str, FileInstallationStore]]:
    """An app that installs itself by OAuth and answers who it is in a workspace."""
    slack = scene.slack
    store = FileInstallationStore(base_dir=str(folder / "installations"), client_id=slack.client_id)
    settings = AsyncOAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        scopes=["commands", "chat:write"],
        authorization_url=slack.authorize_url,
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(folder), client_id=slack.client_id),
        user_scopes=[],
    )
    client = AsyncWebClient(base_url=slack.api_base, session=scene.session)
    app = AsyncApp(
        client=client, signing_secret=slack.signing_secret, oauth_settings=settings, installation_store=store
    )
    app.enable_token_revocation_listeners()

    @app.command("/paper")
    async def paper(ack: Any, context: Any) -> None:
        await ack(f"team {context.team_id} token {context.bot_token}")

    async with served(app) as base:
        slack.request_url = f"{base}/slack/events"
        slack.oauth.redirect_uris = [f"{base}/slack/oauth_redirect"]
        yield f"{base}/slack/install", store


def _places(slack: SlackDouble) -> list[tuple[Workspace, User, Channel]]:
    places = []
    for name in ("Red", "Green", "Blue"):
        workspace = slack.add_workspace(name, installed=False)
        user = workspace.add_user("ann")
        places.append((workspace, user, workspace.add_channel("general", user)))
    return places


async def test_three_workspaces_install_the_app_and_keep_their_own_tokens(scene: Scene, tmp_path: Path) -> None:
    places = _places(scene.slack)
    async with installable(scene, tmp_path) as (link, _):
        for workspace, user, _ in places:
            status, _ = await scene.slack.install(link, workspace, user)
            assert status == 200
        replies = [(await scene.slack.command(user, channel, "/paper")).text for _, user, channel in places]
    assert replies == [f"team {one.id} token {one.bot_token}" for one, _, _ in places]
    assert len(set(replies)) == 3
    scene.slack.check()


async def test_an_install_without_its_cookie_or_consent_fails(scene: Scene, tmp_path: Path) -> None:
    workspace, user, _ = _places(scene.slack)[0]
    async with installable(scene, tmp_path) as (link, _):
        stolen, _ = await scene.slack.install(link, workspace, user, forget_cookie=True)
        _, denied = await scene.slack.install(link, workspace, user, deny=True)
    assert (stolen, "access_denied" in denied, workspace.bot_token) == (400, True, "")


async def test_a_rotating_token_is_renewed_once_and_its_refresh_token_is_used_up(scene: Scene, tmp_path: Path) -> None:
    workspace, user, channel = _places(scene.slack)[0]
    scene.slack.oauth.rotating, scene.slack.oauth.lifetime = True, 3600
    async with installable(scene, tmp_path) as (link, _):
        await scene.slack.install(link, workspace, user)
        before, refresh = workspace.bot_token, workspace.refresh_token
        reply = (await scene.slack.command(user, channel, "/paper")).text
    assert workspace.bot_token != before
    assert workspace.bot_token in reply
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        await AsyncWebClient(base_url=scene.slack.api_base, session=scene.session).oauth_v2_access(
            client_id=scene.slack.client_id, client_secret=scene.slack.client_secret, grant_type="refresh_token",
            refresh_token=refresh,
        )  # fmt: skip


@pytest.mark.parametrize("order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")])
async def test_uninstalling_tells_the_app_in_either_order(scene: Scene, tmp_path: Path, order: tuple[str, ...]) -> None:
    workspace, user, _ = _places(scene.slack)[0]
    async with installable(scene, tmp_path) as (link, store):
        await scene.slack.install(link, workspace, user)
        sent = await scene.slack.uninstall(workspace, order)
        assert await scene.slack.until(lambda: store.find_bot(enterprise_id=None, team_id=workspace.id) is None, 10)
    assert sent[0].payload["event"]["type"] == order[0]
    with pytest.raises(SlackApiError, match="account_inactive"):
        await AsyncWebClient(workspace.bot_token, base_url=scene.slack.api_base, session=scene.session).auth_test()


async def test_an_expired_token_is_refused(scene: Scene) -> None:
    scene.slack.oauth.rotating = True
    workspace = scene.slack.add_workspace("Rotating")
    scene.slack.advance(scene.slack.oauth.lifetime + 1)
    with pytest.raises(SlackApiError, match="token_expired"):
        await AsyncWebClient(workspace.bot_token, base_url=scene.slack.api_base, session=scene.session).auth_test()


# ---- the double itself agrees with what is known of Slack ----


def _known(name: str) -> Any:
    found = spec(name)
    if found is None:
        pytest.skip("the shared specifications are absent")
    return found


def test_the_limits_are_those_of_the_shared_table() -> None:
    table = _known("slack-limits")
    differing = {
        f"{group}.{name}": (value, table[group][name])
        for group, limits in slack_blocks.LIMITS.items()
        for name, value in limits.items()
        if table[group][name] != value
    }
    assert differing == {}


def test_the_rate_tiers_are_those_of_the_shared_table() -> None:
    tiers = _known("slack-rate-tiers")["methods"]
    assert {
        name: one.tier for name, one in slack_methods.METHODS.items() if tiers.get(name, one.tier) != one.tier
    } == {}


def test_every_argument_that_slack_describes_is_known() -> None:
    paths = _known("slack-web-api-openapi")["paths"]
    missing = {}
    for name, one in slack_methods.METHODS.items():
        operation = next(iter(paths.get(f"/{name}", {"": {}}).values()))
        described = {parameter["name"] for parameter in operation.get("parameters", [])} - {"token"}
        if not described <= {*one.required, *one.optional}:
            missing[name] = described - {*one.required, *one.optional}
    assert missing == {}


def _strange_keys(found: Any, sample: Any, at: str = "") -> list[str]:
    if isinstance(found, dict) and isinstance(sample, dict):
        strange = [f"{at}/{key}" for key in found if sample and key not in sample]
        return strange + [
            one for key in found if key in sample for one in _strange_keys(found[key], sample[key], f"{at}/{key}")
        ]
    if isinstance(found, list) and isinstance(sample, list) and found and sample:
        return _strange_keys(found[0], sample[0], f"{at}/0")
    return []


async def test_payloads_have_the_shapes_of_real_ones(scene: Scene) -> None:
    samples = _known("slack-payload-samples")
    slack, ann = scene.slack, scene.ann
    command = await scene.command(wait=False)
    await scene.client.views_open(trigger_id=command.trigger_id, view=modal(field("Link"), notify_on_close=True))
    await scene.post(text="x", blocks=[{"type": "actions", "elements": [button("Up")]}])
    message = scene.general.messages[-1]
    done = {
        ("app_backend", "SlashCommandPayload"): command,
        ("app_backend", "BlockActionPayload"): await slack.click(ann, message, "Up", wait=False),
        ("app_backend", "MessageShortcutPayload"): await slack.shortcut(ann, "save", message, wait=False),
        ("app_backend", "ViewSubmissionPayload"): await slack.submit(ann, command.view, {"Link": "x"}),
        ("app_backend", "ViewClosedPayload"): await slack.close(ann, command.view),
        ("events", "AppMention"): await slack.mention(ann, scene.general, "x", wait=False),
        ("events", "Message"): await slack.dm(ann, "x", wait=False),
        ("events", "AppHomeOpened"): await slack.open_home(ann, wait=False),
    }
    strange = {
        name: _strange_keys(one.delivery.payload, samples[group][name]) for (group, name), one in done.items() if one
    }
    newer = re.compile(r".*/(state|blocks|response_urls|response_url|action_ts|view/state/.*|event/channel_type)$")
    assert [(name, key) for name, keys in strange.items() for key in keys if not newer.match(key)] == []


async def test_events_are_wrapped_as_slack_wraps_them(scene: Scene) -> None:
    import jsonschema

    sent = await scene.slack.mention(scene.ann, scene.general, "x", wait=False)
    jsonschema.validate(sent.delivery.payload, _known("slack-event-wrapper-schema"))


def test_a_manifest_is_judged_by_slacks_schema() -> None:
    _known("slack-manifest-schema")
    assert manifest_faults({"display_information": {"name": "Paperclub"}}) == []
    assert manifest_faults({"display_information": {"name": "Paperclub", "colour": 1}}) != []


async def test_only_what_the_manifest_declares_reaches_the_app(scene: Scene) -> None:
    scopes = {"bot": ["commands"]}
    scene.slack.declare({"oauth_config": {"scopes": scopes}, "features": {"slash_commands": [{"command": "/paper"}]}})
    strict = scene.slack.add_workspace("Strict")
    bea = strict.add_user("bea")
    channel = strict.add_channel("general", bea)
    with pytest.raises(AssertionError, match="/other is not declared"):
        await scene.slack.command(bea, channel, "/other")
    with pytest.raises(AssertionError, match="Home tab"):
        await scene.slack.open_home(bea)
    heard = await scene.slack.mention(bea, channel, "x")
    assert (heard.error, (await scene.slack.command(bea, channel, "/paper")).error) == (
        "not_subscribed",
        "dispatch_failed",
    )


async def test_a_replayed_request_is_the_one_that_was_sent(scene: Scene) -> None:
    seen: list[str] = []

    @scene.app.command("/paper")
    async def paper(ack: Any, request: Any, body: Any) -> None:
        seen.append(request.headers["x-slack-signature"][0] + body["trigger_id"])
        await ack()

    async with over_http(scene):
        done = await scene.command(wait=False)
        await scene.slack.forge(done.delivery, "replayed")
    assert len(seen) == 2
    assert seen[0] == seen[1]


async def test_duplicate_events_carry_one_id(scene: Scene) -> None:
    seen: list[str] = []
    scene.slack.duplicate_events = True

    @scene.app.event("app_mention")
    async def mentioned(body: Any) -> None:
        seen.append(body["event_id"])

    async with in_socket_mode(scene):
        await scene.slack.mention(scene.ann, scene.general, "x", wait=False)
        await scene.slack.until(lambda: len(seen) == 2)
    assert seen[0] == seen[1]


async def test_a_change_of_a_member_is_told(scene: Scene) -> None:
    seen: list[str] = []

    @scene.app.event("user_change")
    async def changed(event: Any) -> None:
        seen.append(event["user"]["locale"])

    async with over_http(scene):
        await scene.slack.change_user(scene.ann, locale="zh-CN")
        await scene.slack.until(lambda: bool(seen))
    assert seen == ["zh-CN"]


async def test_nothing_is_kept_of_what_has_ended(scene: Scene) -> None:
    await scene.post(text="x")
    await scene.command(wait=False)
    scene.slack.forget()
    assert (scene.general.messages, scene.slack.triggers, scene.slack.response_urls) == ([], {}, {})


def test_typed_text_is_escaped_once_and_its_references_kept() -> None:
    assert slack_text.typed("<@U1> R&D https://x.org/?a=1&b=2") == "<@U1> R&amp;D <https://x.org/?a=1&amp;b=2>"


def test_the_double_knows_nothing_of_paperclub() -> None:
    files = [*Path(__file__).parent.glob("doubles/slack_*.py"), Path(__file__).parent / "slack_double.py"]
    assert not [
        file.name for file in files if re.search(r"^(from|import) (bot|seeds|storage)\b", file.read_text(), re.M)
    ]
