"""The Discord double keeps Discord's rules: proven with plain discord.py clients that know nothing of Paperclub."""

import asyncio
import io
import logging
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_double import TIMED_OUT, DiscordDouble, Guild, NotOffered, Upload, User
from doubles import discord_commands, discord_routes, discord_rules
from doubles.discord_schema import schema
from doubles.discord_server import Call

DEFAULT_GATEWAY = DiscordWebSocket.DEFAULT_GATEWAY
DEFAULT_BASE = Route.BASE


class Bot(discord.Client):
    """A small bot with everything that the double plays."""

    def __init__(self, double: DiscordDouble, **options: Any) -> None:
        intents = options.pop("intents", discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
        super().__init__(intents=intents, max_messages=None, guild_ready_timeout=0.1, **options)
        self.double = double
        self.tree = app_commands.CommandTree(self)
        self.seen: list[str] = []
        self.heard: list[str] = []

    async def setup_hook(self) -> None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await self.http.get_bot_gateway())[1])

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord's five seconds between identifies are not enforced here."""

    async def on_socket_event_type(self, event: str) -> None:
        self.seen.append(event)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        if message.author != self.user:
            await message.reply(f"heard {message.content}", mention_author=False)


class Scene:
    """One guild, one person, one channel and a bot to fill with commands."""

    def __init__(self, double: DiscordDouble) -> None:
        self.double = double
        self.lab: Guild = double.add_guild("Lab", locale="de")
        self.ann: User = double.add_user("ann", self.lab, locale="zh-CN", admin=True)
        self.bob: User = double.add_user("bob", self.lab)
        self.general = self.lab.add_channel("general")
        self.bot = Bot(double)
        self.tree = self.bot.tree
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, bot: discord.Client | None = None, shards: int = 1) -> None:
        """Connect the bot and register its commands."""
        bot = bot or self.bot
        await bot.login(self.double.token)
        if isinstance(bot, Bot) and bot.tree.get_commands():
            await bot.tree.sync()
        self._tasks.append(asyncio.create_task(bot.connect()))
        await self.double.ready(shards)

    async def stop(self, *bots: discord.Client) -> None:
        for bot in (self.bot, *bots):
            await bot.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def channel(self) -> Any:
        return await self.bot.fetch_channel(int(self.general.id))

    async def refused(self, call: Any) -> int:
        """The code with which Discord refuses."""
        with pytest.raises(discord.HTTPException) as caught:
            await call
        return caught.value.code


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """A scene before the bot connects."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    async with DiscordDouble() as double:
        monkeypatch.setattr(Route, "BASE", double.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DEFAULT_GATEWAY)
        scene = Scene(double)
        yield scene
        await scene.stop()


# ---- commands ----


async def test_a_command_is_answered_at_once_and_for_one_person(scene: Scene) -> None:
    @scene.tree.command(description="Say something")
    async def say(interaction: discord.Interaction, text: str, times: int = 1) -> None:
        await interaction.response.send_message(f"{text * times} {interaction.locale}", ephemeral=True)

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "say", {"text": "ho", "times": 2})
    assert (done.text, done.ephemeral, done.deferred) == ("hoho zh-CN", True, False)
    assert 0 < done.response_ms < 1000
    scene.double.check()


async def test_a_deferred_answer_comes_by_edit(scene: Scene) -> None:
    paper = app_commands.Group(name="paper", description="Papers")

    @paper.command(name="search", description="Search")
    @app_commands.choices(kind=[app_commands.Choice(name="Book", value="book")])
    async def search(interaction: discord.Interaction, query: str, kind: str = "") -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=f"found {query} {kind}")

    scene.tree.add_command(paper)
    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "paper search", {"query": "vllm", "kind": "Book"})
    assert (done.text, done.deferred, done.ephemeral) == ("found vllm book", True, False)
    assert done.message.versions == 2
    assert done.result_ms >= done.response_ms
    scene.double.check()


async def test_the_first_follow_up_after_a_defer_takes_its_visibility(scene: Scene) -> None:
    @scene.tree.command(description="Twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("first", ephemeral=False)
        await interaction.followup.send("second", ephemeral=False)

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "twice")
    assert [one.ephemeral for one in done.messages] == [True, False]


async def test_an_answer_after_three_seconds_is_unknown(scene: Scene) -> None:
    codes: list[int] = []

    @scene.tree.command(description="Late")
    async def late(interaction: discord.Interaction) -> None:
        scene.double.advance(3.1)
        codes.append(await scene.refused(interaction.response.send_message("too late")))

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "late")
    assert (codes, done.error) == ([10062], TIMED_OUT)


async def test_a_second_answer_is_refused(scene: Scene) -> None:
    codes: list[int] = []

    @scene.tree.command(description="Once")
    async def once(interaction: discord.Interaction) -> None:
        try:
            await interaction.response.send_message("only once")
        except discord.HTTPException as error:
            codes.append(error.code)

    await scene.start()
    scene.double.duplicate_dispatches = True
    done = await scene.double.slash(scene.ann, scene.general, "once")
    assert (codes, len(done.messages)) == ([40060], 1)


async def test_a_token_ends_after_fifteen_minutes(scene: Scene) -> None:
    codes: list[int] = []

    @scene.tree.command(description="Slow")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("soon")
        scene.double.advance(901)
        codes.append(await scene.refused(interaction.edit_original_response(content="done")))

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "slow")
    assert (codes, done.text) == ([50027], "soon")


async def test_nobody_connected_means_no_answer(scene: Scene) -> None:
    scene.tree.command(name="ping", description="Ping")(_pong)
    await scene.start()
    await scene.bot.close()
    scene.double.ack_seconds = 0.1
    done = await scene.double.slash(scene.ann, scene.general, "ping")
    assert done.error == TIMED_OUT


async def _pong(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("pong")


async def test_suggestions_come_while_typing(scene: Scene) -> None:
    @scene.tree.command(description="Find")
    async def find(interaction: discord.Interaction, title: str) -> None:
        await _pong(interaction)

    @find.autocomplete("title")
    async def complete(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}{number}", value=str(number)) for number in range(25)]

    await scene.start()
    done = await scene.double.autocomplete(scene.ann, scene.general, "find", "title", "vl")
    assert done.choices is not None
    assert [one["name"] for one in done.choices][:2] == ["vl0", "vl1"]
    scene.double.check()


async def test_what_a_client_would_not_send_is_not_sent(scene: Scene) -> None:
    @scene.tree.command(description="Count")
    @app_commands.default_permissions(manage_guild=True)
    async def count(interaction: discord.Interaction, number: app_commands.Range[int, 1, 5]) -> None:
        await _pong(interaction)

    await scene.start()
    slash = scene.double.slash
    for values in ({}, {"number": 9}, {"number": "two"}, {"other": 1}):
        with pytest.raises(NotOffered):
            await slash(scene.ann, scene.general, "count", values)
    with pytest.raises(NotOffered, match="hidden"):
        await slash(scene.bob, scene.general, "count", {"number": 1})
    with pytest.raises(LookupError):
        await slash(scene.ann, scene.general, "uncounted")


async def test_people_channels_and_files_arrive_resolved(scene: Scene) -> None:
    @scene.tree.command(description="All")
    async def everything(
        interaction: discord.Interaction, who: discord.Member, where: discord.TextChannel, what: discord.Attachment
    ) -> None:
        await interaction.response.send_message(f"{who.name} {where} {what.filename}")

    await scene.start()
    values = {"who": scene.bob, "where": scene.general, "what": Upload("a.bib", b"@book{}")}
    done = await scene.double.slash(scene.ann, scene.general, "everything", values)
    assert done.text == "bob general a.bib"


async def test_context_menus_get_their_target(scene: Scene) -> None:
    @scene.tree.context_menu(name="Save to my list")
    async def save(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"saved {message.content}", ephemeral=True)

    @scene.tree.context_menu(name="What do they recommend?")
    async def recommend(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"ask {member.name}", ephemeral=True)

    await scene.start()
    line = scene.double.write(scene.bob, scene.general, "https://arxiv.org/abs/2309.06180")
    saved = await scene.double.context_menu(scene.ann, "Save to my list", line)
    asked = await scene.double.context_menu(scene.ann, "What do they recommend?", scene.bob, scene.general)
    assert (saved.text, asked.text) == ("saved https://arxiv.org/abs/2309.06180", "ask bob")


async def test_one_bad_command_fails_the_whole_sync(scene: Scene) -> None:
    class German(app_commands.Translator):
        async def translate(self, string: Any, locale: discord.Locale, context: Any) -> str | None:
            return "Suche" if locale is discord.Locale.german else None

    command = app_commands.Command(name=app_commands.locale_str("search"), description="Search", callback=_pong)
    scene.tree.add_command(command)
    await scene.bot.login(scene.double.token)
    await scene.tree.set_translator(German())
    with pytest.raises(app_commands.CommandSyncFailure) as caught:
        await scene.tree.sync()
    assert caught.value.code == 50035
    assert not scene.double.registered()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"name": "Search", "description": "x"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "search", "description": ""}, "BASE_TYPE_BAD_LENGTH"),
        ({"name": "s", "description": "x", "name_localizations": {"zh": "找"}}, "DICT_TYPE_INVALID_KEY"),
        ({"name": "s", "description": "x", "options": [
            {"type": 3, "name": "a", "description": "x"},
            {"type": 3, "name": "b", "description": "x", "required": True}]}, "REQUIRED_INVALID"),
        ({"name": "s", "description": "x", "options": [
            {"type": 3, "name": "a", "description": "x"}, {"type": 3, "name": "a", "description": "x"}]},
         "APPLICATION_COMMANDS_DUPLICATE_NAME"),
        ({"name": "s", "description": "x", "options": [
            {"type": 1, "name": f"sub-{one}", "description": "d" * 100, "options": [
                {"type": 3, "name": f"o-{two}", "description": "d" * 100} for two in range(4)]}
            for one in range(20)]}, "APPLICATION_COMMAND_TOO_LARGE"),
        ({"name": "s", "description": "x", "options": [{"type": 3, "name": "a", "description": "x", "choices": [
            {"name": str(one), "value": "same"} for one in range(2)]}]}, "CHOICE_DUPLICATE"),
        ({"type": 3, "name": "Save this", "description": "not allowed"}, "CONTEXT_MENU_DESCRIPTION"),
    ],
)  # fmt: skip
def test_commands_have_limits(command: dict[str, Any], code: str) -> None:
    assert any(code in one.code for one in discord_commands.command_faults([command]))


def test_more_than_a_hundred_commands_are_too_many() -> None:
    commands = [{"name": f"c{one}", "description": "x"} for one in range(101)]
    assert {one.code for one in discord_commands.command_faults(commands)} == {"APPLICATION_COMMAND_TOO_MANY"}


async def test_the_listing_of_commands_shows_what_was_registered(scene: Scene) -> None:
    scene.tree.command(name="ping", description="Ping")(_pong)
    await scene.start()
    await scene.tree.sync()
    (command,) = await scene.tree.fetch_commands()
    assert (command.name, scene.double.syncs, scene.double.created_commands) == ("ping", 2, 1)


# ---- components and forms ----


class Panel(ui.View):
    """A button that edits, a button that asks, a menu."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Vote", custom_id="vote")
    async def vote(self, interaction: discord.Interaction, _: ui.Button["Panel"]) -> None:
        await interaction.response.edit_message(content="voted")

    @ui.button(label="Note", custom_id="note")
    async def note(self, interaction: discord.Interaction, _: ui.Button["Panel"]) -> None:
        await interaction.response.send_modal(Note())

    @ui.select(custom_id="topic", options=[discord.SelectOption(label="Serving", value="1")])
    async def topic(self, interaction: discord.Interaction, select: ui.Select["Panel"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"topic {select.values}")


class Note(ui.Modal, title="A note"):
    text = ui.Label(text="Your note", component=ui.TextInput(custom_id="text", max_length=20))
    stars = ui.Label(
        text="Stars",
        component=ui.Select(custom_id="stars", options=[discord.SelectOption(label="Five", value="5")]),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        text, stars = self.text.component, self.stars.component
        assert isinstance(text, ui.TextInput)
        assert isinstance(stars, ui.Select)
        await interaction.response.send_message(f"{text.value} {stars.values}", ephemeral=True)


@pytest.fixture
async def panel(scene: Scene) -> Scene:
    """A scene where /panel shows a Panel."""

    @scene.tree.command(description="Panel")
    async def panel(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("choose", view=Panel())

    await scene.start()
    return scene


async def test_a_button_edits_its_message(panel: Scene) -> None:
    done = await panel.double.slash(panel.ann, panel.general, "panel")
    clicked = await panel.double.click(panel.bob, done.message, "Vote")
    assert (clicked.text, done.text, clicked.message) == ("voted", "voted", done.message)
    panel.double.check()


async def test_a_menu_answers_by_deferred_update(panel: Scene) -> None:
    done = await panel.double.slash(panel.ann, panel.general, "panel")
    chosen = await panel.double.select(panel.ann, done.message, "Serving")
    assert (chosen.text, chosen.deferred, chosen.pending) == ("topic ['1']", True, False)
    panel.double.check()


async def test_a_form_is_filled_in_and_checked(panel: Scene) -> None:
    done = await panel.double.slash(panel.ann, panel.general, "panel")
    asked = await panel.double.click(panel.ann, done.message, "note")
    with pytest.raises(NotOffered):
        await panel.double.submit(asked, {"Your note": "x" * 21, "Stars": "Five"})
    told = await panel.double.submit(asked, {"Your note": "good", "Stars": "Five"})
    assert told.text == "good ['5']"
    panel.double.check()


async def test_a_form_must_be_the_first_response(scene: Scene) -> None:
    codes: list[int] = []

    @scene.tree.command(description="Form")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        interaction.response._response_type = None
        codes.append(await scene.refused(interaction.response.send_modal(Note())))
        await interaction.edit_original_response(content="no")

    await scene.start()
    await scene.double.slash(scene.ann, scene.general, "form")
    assert codes == [40060]


async def test_what_one_person_sees_another_cannot_click(scene: Scene) -> None:
    @scene.tree.command(description="Mine")
    async def mine(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("mine", view=Panel(), ephemeral=True)

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "mine")
    with pytest.raises(NotOffered, match="does not see"):
        await scene.double.click(scene.bob, done.message, "Vote")
    channel = await scene.channel()
    assert await scene.refused(channel.fetch_message(int(done.message.id))) == 10008


def button(**given: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": "a"} | given


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


@pytest.mark.parametrize(
    ("components", "flags", "code"),
    [
        ([{"type": 1, "components": [button(), button()]}], 0, "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ([{"type": 1, "components": [button(custom_id=str(one)) for one in range(6)]}], 0, "WIDTH_EXCEEDED"),
        ([{"type": 1, "components": [button(custom_id=None)]}], 0, "CUSTOM_ID_REQUIRED"),
        ([{"type": 1, "components": [button(label=" ")]}], 0, "LABEL_OR_EMOJI_REQUIRED"),
        ([{"type": 1, "components": [button(label="x" * 81)]}], 0, "BASE_TYPE_MAX_LENGTH"),
        ([{"type": 1, "components": [button(custom_id="x" * 101)]}], 0, "BASE_TYPE_MAX_LENGTH"),
        ([{"type": 1, "components": [{"type": 2, "style": 5, "label": "x", "url": "javascript:x"}]}], 0, "SCHEME"),
        ([{"type": 1, "components": [{"type": 3, "custom_id": "a", "max_values": 2, "options": [
            {"label": "a", "value": "a"}]}]}], 0, "MAX_VALUES_TOO_LARGE"),
        ([{"type": 1, "components": [{"type": 3, "custom_id": "a", "options": [
            {"label": "a", "value": "a"}, {"label": "b", "value": "a"}]}]}], 0, "OPTION_VALUE_DUPLICATED"),
        ([{"type": 1, "components": [button(custom_id=str(one))]} for one in range(6)], 0, "BASE_TYPE_BAD_LENGTH"),
        ([text("no flag")], 0, "UNION_TYPE_CHOICES"),
        ([text("x") for _ in range(41)], 1 << 15, "MAX_TOTAL_COMPONENTS_EXCEEDED"),
        ([text("x" * 2001), text("x" * 2000)], 1 << 15, "DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
        ([text("  ")], 1 << 15, "BASE_TYPE_REQUIRED"),
        ([{"type": 12, "items": [{"media": {"url": "attachment://gone.png"}}]}], 1 << 15, "ATTACHMENT_NOT_FOUND"),
    ],
)  # fmt: skip
def test_components_have_limits(components: list[dict[str, Any]], flags: int, code: str) -> None:
    assert any(code in one.code for one in discord_rules.component_faults(components, flags, set()))


def test_a_container_of_many_parts_is_fine_up_to_forty() -> None:
    rows = [{"type": 1, "components": [button(custom_id=f"{row}{one}") for one in range(5)]} for row in range(6)]
    container = {"type": 17, "components": [*rows, text("x" * 4000)]}
    assert not list(discord_rules.component_faults([container, text(" y")][:1], 1 << 15, set()))


def test_embeds_share_six_thousand_characters() -> None:
    embed = {"description": "x" * 3001}
    assert not list(discord_rules.embed_faults([embed]))
    assert [one.code for one in discord_rules.embed_faults([embed, embed])] == ["MAX_EMBED_SIZE_EXCEEDED"]


async def test_components_v2_are_messages_of_their_own(scene: Scene) -> None:
    @scene.tree.command(description="Layout")
    async def layout(interaction: discord.Interaction) -> None:
        view = ui.LayoutView(timeout=None)
        view.add_item(
            ui.Container(ui.TextDisplay("# Title"), ui.Section("body", accessory=ui.Button(custom_id="x", label="X")))
        )
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(view=view)

    await scene.start()
    done = await scene.double.slash(scene.ann, scene.general, "layout")
    assert (done.message.v2, done.message.buttons, done.text) == (True, ["X"], "# Title\nbody")
    channel = await scene.channel()
    message = channel.get_partial_message(int(done.message.id))
    assert await scene.refused(message.edit(content="text")) == 50035


# ---- messages ----


async def test_messages_are_posted_read_edited_and_deleted(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    message = await channel.send("hello", embed=discord.Embed(title="A", description="B"))
    assert (await channel.fetch_message(message.id)).embeds[0].title == "A"
    await message.edit(content="changed")
    assert scene.general.shown[0].text == "changed\nA\nB"
    await message.delete()
    assert not scene.general.shown
    assert await scene.refused(message.edit(content="gone")) == 10008


@pytest.mark.parametrize(
    ("content", "code"),
    [({"content": "x" * 2001}, 50035), ({"content": " "}, 50006), ({"embed": discord.Embed()}, 50035),
     ({"embed": discord.Embed(title="x" * 257)}, 50035)],
)  # fmt: skip
async def test_messages_have_limits(scene: Scene, content: dict[str, Any], code: int) -> None:
    await scene.start()
    assert await scene.refused((await scene.channel()).send(**content)) == code
    assert len(scene.double.refused) == 1


async def test_missing_rights_are_named(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    scene.general.deny(scene.lab.everyone, "attach_files")
    assert await scene.refused(channel.send(file=discord.File(io.BytesIO(b"x"), "a.txt"))) == 50013
    scene.general.deny(scene.lab.everyone, "send_messages")
    assert await scene.refused(channel.send("x")) == 50013
    scene.general.deny(scene.lab.everyone, "view_channel")
    assert await scene.refused(channel.send("x")) == 50001
    scene.double.delete_channel(scene.general)
    assert await scene.refused(channel.send("x")) == 10003


async def test_an_interaction_says_what_the_app_may_do(scene: Scene) -> None:
    @scene.tree.command(description="Rights")
    async def rights(interaction: discord.Interaction) -> None:
        allowed = interaction.app_permissions
        await interaction.response.send_message(f"{allowed.send_messages} {allowed.embed_links}")

    await scene.start()
    scene.general.deny(scene.lab.everyone, "embed_links")
    assert (await scene.double.slash(scene.ann, scene.general, "rights")).text == "True False"


async def test_a_repeated_nonce_gives_the_first_message_back(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    first = await channel.send("once", nonce="n1")
    again = await channel.send("twice", nonce="n1")
    assert (again.id, len(scene.general.shown)) == (first.id, 1)


async def test_pictures_keep_the_description_of_the_attachment_only(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    file = discord.File(io.BytesIO(b"png"), "plot.png", description="votes by month")
    message = await channel.send(file=file, embed=discord.Embed().set_image(url="attachment://plot.png"))
    assert message.attachments[0].description == "votes by month"
    assert await message.attachments[0].read() == b"png"
    assert not scene.double.violations
    await channel.send(file=discord.File(io.BytesIO(b"png"), "bare.png"))
    assert [one.what for one in scene.double.violations] == ["the picture bare.png has no description"]


async def test_every_ping_is_recorded(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    line = f"@everyone <@{scene.bob.id}> `@here`"
    await channel.send(line)
    assert [one.target for one in scene.double.pings] == ["everyone", scene.bob.id]
    with pytest.raises(AssertionError, match="ping of everyone"):
        scene.double.check()
    scene.double.pings.clear()
    await channel.send(line, allowed_mentions=discord.AllowedMentions.none())
    await channel.send("\\@everyone", allowed_mentions=discord.AllowedMentions(users=True))
    scene.double.check()


async def test_live_markup_of_strangers_is_a_violation(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    title = scene.double.stranger("**loud** [x](https://x.example)")
    await channel.send(discord.utils.escape_markdown("**loud** [x](https://x.example)"))
    assert not scene.double.violations
    await channel.send(f"Read {title}")
    assert "live" in scene.double.violations[0].what


async def test_threads_hang_on_messages(scene: Scene) -> None:
    await scene.start()
    message = await (await scene.channel()).send("paper")
    thread = await message.create_thread(name="Discussion")
    await thread.send("first")
    assert thread.id == message.id
    assert scene.general.shown[0].thread is not None
    assert [one.text for one in scene.general.shown[0].thread.shown] == ["first"]
    assert await scene.refused(message.create_thread(name="again")) == 160004
    scene.double.check(allow=[160004])


async def test_meetings_are_scheduled_events(scene: Scene) -> None:
    await scene.start()
    guild = await scene.bot.fetch_guild(int(scene.lab.id))
    start = discord.utils.utcnow() + timedelta(days=1)
    given: dict[str, Any] = {
        "name": "Reading", "start_time": start, "end_time": start + timedelta(hours=1), "location": "Room 1",
        "privacy_level": discord.PrivacyLevel.guild_only, "entity_type": discord.EntityType.external,
    }  # fmt: skip
    assert await scene.refused(guild.create_scheduled_event(**given)) == 50013
    scene.lab.members[scene.double.bot.id].roles.append(scene.lab.add_role("host", "create_events").id)
    event = await guild.create_scheduled_event(**given)
    await event.edit(name="Reading 2")
    assert [one.given["name"] for one in scene.lab.events.values()] == ["Reading 2"]
    assert await scene.refused(guild.create_scheduled_event(**given | {"name": "x" * 101})) == 50035
    await event.cancel()
    assert next(iter(scene.lab.events.values())).status == 4


async def test_lines_reach_the_bot_by_mention_and_directly(scene: Scene) -> None:
    await scene.start()
    said = await scene.double.mention(scene.ann, scene.general, "search vllm")
    direct = await scene.double.dm(scene.ann, "help")
    assert (said.text, direct.text) == (f"heard <@{scene.double.bot.id}> search vllm", "heard help")
    scene.double.check()


async def test_other_lines_arrive_without_their_content(scene: Scene) -> None:
    await scene.start()
    scene.double.write(scene.bob, scene.general, "private talk")
    await scene.double.until(lambda: scene.bot.heard, 10)
    assert scene.bot.heard == [""]


async def test_somebody_who_closed_direct_messages_gets_none(scene: Scene) -> None:
    scene.bob.accepts_dms = False
    await scene.start()
    user = await scene.bot.fetch_user(int(scene.bob.id))
    assert await scene.refused(user.send("hello")) == 50007


async def test_people_take_the_app_where_the_bot_is_not(scene: Scene) -> None:
    elsewhere = scene.double.add_guild("Elsewhere", present=False)
    hall = elsewhere.add_channel("hall")
    eve = scene.double.add_user("eve", elsewhere, app_installed=True)
    codes: list[int] = []

    @scene.tree.command(description="Anywhere")
    @app_commands.allowed_installs(guilds=True, users=True)
    async def anywhere(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("here")
        for _ in range(5):
            await interaction.followup.send("more")
        codes.append(await scene.refused(interaction.followup.send("too much")))
        codes.append(await scene.refused(scene.bot.fetch_channel(int(hall.id))))

    await scene.start()
    scene.double.rates.enabled = False
    done = await scene.double.slash(eve, hall, "anywhere")
    assert (codes, done.ephemeral) == ([40094, 50001], False)


async def test_the_double_itself_answers_as_the_document_says(scene: Scene) -> None:
    double = scene.double
    answers = {
        "MessageResponse": double.write(scene.ann, scene.general, "a line").as_json(),
        "GuildResponse": scene.lab.as_json(),
        "GuildChannelResponse": scene.general.as_json(),
        "GuildMemberResponse": scene.lab.members[scene.ann.id].as_json(),
        "PrivateApplicationResponse": discord_routes.get_my_application(double, Call("", "", {}, {})),
        "GatewayBotResponse": discord_routes.get_bot_gateway(double, Call("", "", {}, {})),
    }
    assert {name: schema().answer_faults(name, one) for name, one in answers.items()} == {key: [] for key in answers}


# ---- trouble on the way ----


async def test_buckets_run_out_and_say_so(scene: Scene) -> None:
    scene.double.rates.overrides["create_message"] = (2, 0.2)
    await scene.start()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {scene.double.token}"}) as session:
        url = f"{scene.double.api_base}/channels/{scene.general.id}/messages"
        answers = []
        for _ in range(3):
            async with session.post(url, json={"content": "x"}) as answer:
                answers.append((answer.status, answer.headers["X-RateLimit-Remaining"]))
                body = await answer.json()
    assert answers == [(200, "1"), (200, "0"), (429, "0")]
    assert 0 < body["retry_after"] <= 0.2
    assert body["global"] is False


async def test_discord_py_waits_for_a_bucket(scene: Scene) -> None:
    scene.double.rates.overrides["create_message"] = (2, 0.2)
    await scene.start()
    channel = await scene.channel()
    for number in range(4):
        await channel.send(str(number))
    assert (len(scene.general.shown), len(scene.double.limited)) == (4, 0)


async def test_a_global_limit_stops_everything_but_interactions(scene: Scene) -> None:
    scene.tree.command(name="ping", description="Ping")(_pong)
    await scene.start()
    channel = await scene.channel()
    scene.double.rates.limit_everything(0.2)
    done = await scene.double.slash(scene.ann, scene.general, "ping")
    assert (await channel.send("after"), done.text) is not None
    assert [one.message.split()[0] for one in scene.double.limited] == ["global"]


@pytest.mark.parametrize("kind", ["commit_then_reset", "reset"])
async def test_connections_can_die_before_or_after_the_fact(scene: Scene, kind: str) -> None:
    await scene.start()
    channel = await scene.channel()
    scene.double.fail("create_message", kind)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send("x")
    assert len(scene.general.shown) == (kind == "commit_then_reset")


async def test_failures_are_planned_by_operation(scene: Scene) -> None:
    await scene.start()
    channel = await scene.channel()
    scene.double.fail("create_*", 503)
    scene.double.fail("create_message", 50013)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")
    assert await scene.refused(channel.send("x")) == 50013
    scene.double.fail("create_message", "slow", seconds=0.05)
    await channel.send("x")
    assert not scene.double.refused


async def test_a_wrong_token_opens_nothing(scene: Scene) -> None:
    with pytest.raises(discord.LoginFailure):
        await scene.bot.login("wrong")


async def test_bodies_are_held_against_the_document(scene: Scene) -> None:
    if not schema().present:
        pytest.skip("the shared folder is absent")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {scene.double.token}"}) as session:
        url = f"{scene.double.api_base}/channels/{scene.general.id}/messages"
        async with session.post(url, json={"content": 5, "embeds": [{"color": -1}]}) as answer:
            body = await answer.json()
    assert (answer.status, body["code"], sorted(body["errors"])) == (400, 50035, ["content", "embeds"])


# ---- the gateway ----


@pytest.fixture
async def pinging(scene: Scene) -> Scene:
    """A connected scene with /ping."""
    scene.tree.command(name="ping", description="Ping")(_pong)
    await scene.start()
    return scene


async def test_what_was_missed_is_replayed_after_a_drop(pinging: Scene) -> None:
    assert pinging.double.gateway.drop() == 1
    done = await pinging.double.slash(pinging.ann, pinging.general, "ping")
    assert (done.text, pinging.double.gateway.resumed, pinging.double.gateway.identified) == ("pong", 1, 1)


@pytest.mark.parametrize("way", ["reconnect", "shaken", "close"])
async def test_sessions_survive_what_can_be_resumed(pinging: Scene, way: str) -> None:
    gateway = pinging.double.gateway
    if way == "reconnect":
        gateway.reconnect()
    elif way == "shaken":
        gateway.invalidate(resumable=True)
    else:
        await gateway.close(4000)
    await pinging.double.until(lambda: gateway.resumed, 10)
    done = await pinging.double.slash(pinging.ann, pinging.general, "ping")
    assert (done.text, gateway.resumed, gateway.identified) == ("pong", 1, 1)


async def test_an_invalid_session_is_identified_anew(pinging: Scene) -> None:
    gateway = pinging.double.gateway
    gateway.invalidate()
    assert await pinging.double.until(lambda: gateway.identified == 2 and gateway.live, 8)
    assert (await pinging.double.slash(pinging.ann, pinging.general, "ping")).text == "pong"


async def test_privileged_intents_end_the_connection(scene: Scene) -> None:
    bot = Bot(scene.double, intents=discord.Intents(guilds=True, message_content=True))
    await bot.login(scene.double.token)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.connect()
    await bot.close()


async def test_an_outage_is_no_leaving(scene: Scene) -> None:
    events: list[str] = []
    await scene.start()
    await scene.bot.wait_until_ready()
    for name in ("guild_unavailable", "guild_available", "guild_remove", "guild_join"):
        setattr(scene.bot, f"on_{name}", _recorder(events, name))
    scene.double.outage(scene.lab)
    scene.double.restore(scene.lab)
    scene.double.kick(scene.lab)
    scene.double.join(scene.lab)
    await scene.double.until(lambda: len(events) == 4, 10)
    assert events == ["guild_unavailable", "guild_available", "guild_remove", "guild_join"]


def _recorder(events: list[str], name: str) -> Any:
    async def record(*_: object) -> None:
        events.append(name)

    record.__name__ = f"on_{name}"
    return record


async def test_shards_get_the_guilds_that_are_theirs(scene: Scene) -> None:
    guilds = scene.double.add_guilds(20)
    bot = discord.AutoShardedClient(
        intents=discord.Intents(guilds=True), shard_count=2, shard_ids=[0, 1], max_messages=None
    )
    bot.before_identify_hook = scene.bot.before_identify_hook  # type: ignore[method-assign]
    bot.setup_hook = lambda: Bot.setup_hook(bot)  # type: ignore[arg-type,method-assign,return-value]
    await scene.start(bot, shards=2)
    await scene.double.until(lambda: len(bot.guilds) == 21, 10)
    assert {one.shard_id for one in bot.guilds} == {0, 1}
    assert all(bot.get_guild(int(one.id)) for one in guilds)
    await bot.close()


async def test_thousands_of_guilds_come_quickly(scene: Scene) -> None:
    scene.double.add_guilds(2000)
    await scene.start()
    assert await scene.double.until(lambda: sum(bool(one.channels) for one in scene.bot.guilds) == 2001, 10)


async def test_silence_on_the_line_is_noticed_by_the_client(scene: Scene) -> None:
    scene.double.gateway.heartbeat_ms = 200
    scene.bot._connection.heartbeat_timeout = 0.5
    scene.tree.command(name="ping", description="Ping")(_pong)
    await scene.start()
    scene.double.gateway.mute()
    assert await scene.double.until(lambda: scene.double.gateway.resumed, 8)
    assert (await scene.double.slash(scene.ann, scene.general, "ping")).text == "pong"


async def test_drops_at_any_moment_lose_nothing(pinging: Scene) -> None:
    chance = random.Random(7)
    answers = []
    for _ in range(20):
        answers.append(await pinging.double.slash(pinging.ann, pinging.general, "ping", wait=False))
        await asyncio.sleep(chance.uniform(0, 0.005))
        pinging.double.gateway.drop()
        await pinging.double.until(lambda: pinging.double.gateway.live, 10)
    await pinging.double.until(lambda: all(one.answered for one in answers), 10)
    assert [one.text for one in answers] == ["pong"] * 20


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 3, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 2, "d": {"token": "double.bot.token", "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": "double.bot.token", "intents": -1}}, 4013),
        ({"op": 2, "d": {"token": "double.bot.token", "intents": 2}}, 4014),
        ({"op": 2, "d": "x" * 5000}, 4002),
    ],
)
async def test_the_gateway_closes_on_mistakes(scene: Scene, payload: dict[str, Any], code: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(scene.double.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json(payload)
        await socket.receive()
        assert socket.close_code == code
