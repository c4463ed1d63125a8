"""Paperclub in Discord: the real discord.py over a real socket against the double."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from conftest import NOW, Databases
from discord import Interaction, Locale, Permissions, Thread
from discord_app import TOLD, Scene, app_with_more, running, scene_with, settings_for
from discord_double import DiscordDouble, NotOffered

from bot.adapters.discord import client
from bot.adapters.discord.desk import Desk
from bot.adapters.discord.doctor import diagnose
from bot.adapters.discord.hearing import actor_of
from bot.adapters.discord.run import checked_base, serve
from bot.adapters.discord.speaking import Speaker
from bot.app import App
from bot.command import Actor
from bot.errors import SettingsError
from bot.message import Message, Text, line
from bot.refreshing import Refresher
from bot.settings import load_settings
from seeds.importer import refresh_shipped
from storage import open_database, reading, writing
from storage.clubs import Account, ensure_member
from storage.spaces import expired, join


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> App:
    """The bot over the shipped lists, on SQLite; what is particular to an engine is tested elsewhere."""
    databases = Databases(tmp_path_factory.mktemp("discord"), None)
    return app_with_more(
        open_database(databases.url("catalogue", lambda engine: refresh_shipped(engine, NOW) and None))
    )


@pytest.fixture
async def discord() -> AsyncIterator[DiscordDouble]:
    async with DiscordDouble() as double:
        yield double


@pytest.fixture
async def scene(whole: App, discord: DiscordDouble) -> AsyncIterator[Scene]:
    async with scene_with(whole, discord) as made, running(whole, discord):
        yield made
        discord.check()


# ---- what is said and how it is answered ----


async def test_a_slash_command_is_answered_for_its_speaker_alone(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "paged attention"})
    assert "Attention" in done.text
    assert done.ephemeral
    assert done.deferred


async def test_the_next_page_replaces_the_first(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "attention"})
    first = done.message
    turned = await scene.discord.click(scene.ann, first, "Next ▶")
    assert turned.message is first
    assert "page 2" in first.text


async def test_a_share_button_says_it_to_the_channel(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "vllm"})
    shared = await scene.discord.click(scene.ann, done.message, "Share in channel")
    assert not shared.ephemeral
    assert "Ann" in scene.general.shown[-1].text
    seen = await scene.discord.click(scene.ann, scene.general.shown[-1], "Show")
    assert seen.ephemeral


async def test_who_turns_a_shared_answer_turns_it_for_themselves(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "attention"})
    await scene.discord.click(scene.ann, done.message, "Share in channel")
    shared = scene.general.shown[-1]
    turned = await scene.discord.click(scene.ann, shared, "Next ▶")
    assert turned.ephemeral
    assert "page 2" in turned.text
    assert "page 2" not in shared.text


async def test_a_card_in_the_channel_follows_votes_given_elsewhere(scene: Scene) -> None:
    asked = await scene.discord.slash(scene.ann, scene.general, "paper show", {"resource": "12"})
    await scene.discord.click(scene.ann, asked.message, "Share in channel")
    await scene.discord.mention(scene.ann, scene.general, "show 12")
    shared, _said, mentioned = scene.general.shown[-3:]
    values = {"resource": "12", "signal": "want"}
    bob = scene.discord.add_user("bob", scene.lab)
    await scene.discord.slash(bob, scene.general, "paper vote", values)
    assert "🙋" not in shared.text
    assert await Refresher(scene.app).round() == 2
    assert "Ann" in shared.text
    assert all("🙋" in message.text for message in (shared, mentioned))


async def test_what_is_declared_public_is_seen_by_all_and_its_errors_are_not(scene: Scene) -> None:
    told = await scene.discord.slash(scene.ann, scene.general, "paper announce", {"what": "Reading tonight"})
    assert not told.ephemeral
    failed = await scene.discord.slash(scene.ann, scene.general, "paper announce", {"what": "nothing"})
    assert [m.ephemeral for m in failed.messages] == [True]
    assert len(scene.general.shown) == 1


async def test_titles_are_completed(scene: Scene) -> None:
    done = await scene.discord.autocomplete(scene.ann, scene.general, "paper show", "resource", "vllm")
    assert done.choices


async def test_a_menu_browses(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper browse")
    menu = next(e for e in done.message.elements if e["type"] == 3)
    chosen = await scene.discord.select(scene.ann, done.message, menu["options"][0]["label"], name=menu["custom_id"])
    assert chosen.message is done.message


async def test_a_form_opens_as_a_window(scene: Scene) -> None:
    asked = await scene.discord.slash(scene.ann, scene.general, "paper propose", {"kind": "blog"})
    assert asked.modal is not None
    done = await scene.discord.submit(asked, {"title": "On caches"})
    assert done.text == "proposed a blog: On caches"


async def test_a_mention_and_a_direct_message_are_answered(scene: Scene) -> None:
    spoken = await scene.discord.mention(scene.ann, scene.general, "search vllm")
    assert "vLLM" in spoken.text
    direct = await scene.discord.dm(scene.ann, "search vllm")
    assert "vLLM" in direct.text


async def test_a_form_that_is_asked_for_in_a_mention_waits_behind_a_button(scene: Scene) -> None:
    spoken = await scene.discord.mention(scene.ann, scene.general, "propose")
    asked = await scene.discord.click(scene.ann, spoken.replies[0], "Go on")
    assert asked.modal is not None


async def test_links_of_a_message_are_shown_from_its_menu(scene: Scene) -> None:
    told = scene.discord.write(scene.ann, scene.general, "read https://arxiv.org/abs/2309.06180!")
    done = await scene.discord.context_menu(scene.ann, "Suggest this paper", told)
    assert "in the catalogue already" in done.text
    none = scene.discord.write(scene.ann, scene.general, "no link here")
    assert "no link" in (await scene.discord.context_menu(scene.ann, "Save to my list", none)).text


async def test_a_message_becomes_a_note_when_its_author_agrees(scene: Scene) -> None:
    eve = scene.discord.add_user("eve", scene.lab)
    told = scene.discord.write(eve, scene.general, 'The "block table" is\na page table, name:"x"')
    asked = await scene.discord.context_menu(scene.ann, "Keep as a note", told)
    question = await scene.discord.submit(asked, {"resource": "12"})
    assert not question.ephemeral
    refused = await scene.discord.click(scene.ann, question.message, "Yes, with my name")
    assert "Only the author" in refused.text
    kept = await scene.discord.click(eve, question.message, "Yes, with my name")
    assert "Your message now stands under" in kept.text
    shown = await scene.discord.slash(scene.ann, scene.general, "paper show", {"resource": "12"})
    assert "block table" in shown.text
    bots = await scene.discord.context_menu(scene.ann, "Keep as a note", question.message)
    assert "Only what a member has written" in bots.text


async def test_a_member_has_a_menu(scene: Scene) -> None:
    cy = scene.discord.add_user("cy", scene.lab)
    await scene.discord.slash(cy, scene.general, "paper vote", {"resource": "14", "signal": "up"})
    private = await scene.discord.context_menu(scene.ann, "What do they recommend?", cy, scene.general)
    assert private.ephemeral
    assert "keeps it private" in private.text
    await scene.discord.slash(cy, scene.general, "paper settings", {"name": "named"})
    told = await scene.discord.context_menu(scene.ann, "What do they recommend?", cy, scene.general)
    assert "Cy recommends" in told.text
    assert "#14" in told.text


async def test_chinese_speakers_are_answered_in_chinese(scene: Scene) -> None:
    mei = scene.discord.add_user("mei", scene.lab, locale="zh-CN")
    done = await scene.discord.slash(mei, scene.general, "paper help")
    assert "查找" in done.text


async def test_a_picture_keeps_its_alt_text(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper picture")
    assert [a.description for a in done.message.attachments] == ["Two bars, the left one higher"]


async def test_a_strangers_words_neither_ping_nor_format(scene: Scene) -> None:
    words = scene.discord.stranger(f"**@everyone** <@{scene.ann.id}> [x](https://evil.example) `a`")
    done = await scene.discord.slash(scene.ann, scene.general, "paper announce", {"what": words})
    assert not done.pings


async def test_a_long_line_still_fits_on_a_button(scene: Scene) -> None:
    words = "Reading tonight: " + "attention " * 30
    done = await scene.discord.slash(scene.ann, scene.general, "paper announce", {"what": words.strip()})
    again = await scene.discord.click(scene.ann, done.message, "Again")
    assert again.text == done.text


async def test_a_failure_shows_a_reference_and_no_trace(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper broken")
    assert "reference" in done.text
    assert "ZeroDivisionError" not in done.text
    assert "ZeroDivisionError" in caplog.text


# ---- rights ----


async def test_admin_commands_are_hidden_and_checked_again(scene: Scene) -> None:
    with pytest.raises(NotOffered):
        await scene.discord.slash(scene.ann, scene.general, "paper-admin schedule")
    spoken = await scene.discord.mention(scene.ann, scene.general, "schedule")
    refused = await scene.discord.click(scene.ann, spoken.replies[0], "Go on")
    assert "for admins" in refused.text
    boss = scene.discord.add_user("boss", scene.lab, admin=True)
    done = await scene.discord.slash(boss, scene.general, "paper-admin schedule")
    assert done.text == "scheduled"


async def test_a_missing_permission_is_named_before_anything_is_saved(scene: Scene) -> None:
    boss = scene.discord.add_user("boss", scene.lab, admin=True)
    scene.general.deny(scene.discord.bot, "send_messages", "attach_files")
    done = await scene.discord.slash(boss, scene.general, "paper-admin schedule")
    assert "Send Messages, Attach Files" in done.text


async def test_who_is_mentioned_where_it_may_not_speak_says_so_in_private(scene: Scene) -> None:
    scene.general.deny(scene.discord.bot, "send_messages")
    spoken = await scene.discord.mention(scene.ann, scene.general, "help")
    assert "Send Messages" in spoken.text
    assert spoken.replies[0].channel is scene.discord.direct(scene.ann)
    scene.discord.refused.clear()


async def test_what_a_member_does_is_not_done_before_all_when_the_bot_is_mentioned(scene: Scene) -> None:
    TOLD.clear()
    spoken = await scene.discord.mention(scene.ann, scene.general, "count")
    assert TOLD == []
    pressed = await scene.discord.click(scene.ann, spoken.replies[0], "Go on")
    assert (pressed.ephemeral, len(TOLD)) == (True, 1)


def test_a_line_in_a_message_acts_once_whichever_process_hears_it(whole: App) -> None:
    TOLD.clear()
    ann = Actor("discord", "", "5", "7", "Ann")
    answers = [Speaker(whole, "en").reply("count", ann, 4711) for _ in range(2)]
    assert [answer is None for answer in answers] == [False, True]
    assert len(TOLD) == 1


def test_private_talk_belongs_to_the_guild_of_who_talks(whole: App) -> None:
    with writing(whole.engine) as db:
        join(db, "discord", "77", "Home", NOW)
        ensure_member(db, Account("discord", "77", "7007", "Ann"), NOW)
    found = Speaker(whole, "en").reply("help", Actor("discord", "", "5", "7007", "Ann"), 4712)
    assert found is not None
    assert found.actor.space == "77"


def _asked(**said: object) -> Interaction:
    """What Discord tells of who speaks where: an administrator of a guild, unless said otherwise."""
    ann = SimpleNamespace(id=7, display_name="Ann")
    given = {
        "guild_id": 1, "channel_id": 5, "channel": None, "user": ann, "locale": Locale.american_english,
        "permissions": Permissions(administrator=True), "app_permissions": Permissions.none(),
        "is_user_integration": lambda: False, "is_guild_integration": lambda: True,
    }  # fmt: skip
    return cast(Interaction, SimpleNamespace(**given | said))


def test_rights_in_a_guild_that_does_not_have_the_bot_count_for_nothing() -> None:
    assert actor_of(_asked(), "en").admin
    brought = _asked(is_user_integration=lambda: True, is_guild_integration=lambda: False)
    actor = actor_of(brought, "en")
    assert (actor.space, actor.admin, actor.lacks) == ("", False, ())


def test_who_administers_lacks_nothing() -> None:
    assert actor_of(_asked(), "en").lacks
    assert actor_of(_asked(app_permissions=Permissions(administrator=True)), "en").lacks == ()


def test_a_thread_counts_as_its_channel() -> None:
    thread = Thread.__new__(Thread)
    thread.parent_id = 9
    assert actor_of(_asked(channel=thread), "en").channel == "9"


async def test_the_bot_goes_where_its_user_goes(scene: Scene) -> None:
    elsewhere = scene.discord.add_guild("Elsewhere", present=False)
    eve = scene.discord.add_user("eve", elsewhere, app_installed=True)
    done = await scene.discord.slash(eve, elsewhere.add_channel("lounge"), "paper search", {"query": "vllm"})
    assert "vLLM" in done.text


# ---- guilds ----


async def test_a_guild_left_is_noted_and_an_outage_is_not(scene: Scene) -> None:
    other = scene.discord.add_guild("Other")
    with writing(scene.app.engine) as db:
        join(db, "discord", other.id, "Other", NOW)
        join(db, "discord", scene.lab.id, "Lab", NOW)
    scene.discord.outage(scene.lab)
    scene.discord.kick(other)

    def gone() -> set[str]:
        with reading(scene.app.engine) as db:
            return {other.id, scene.lab.id} & set(expired(db, "discord", datetime.now(UTC) + timedelta(days=31)))

    assert await scene.discord.until(lambda: gone() == {other.id}, 10)  # in the order in which it happened


# ---- coming and going ----


async def test_old_cards_work_after_a_restart_and_unchanged_commands_are_not_sent_again(
    whole: App, discord: DiscordDouble
) -> None:
    async with scene_with(whole, discord) as scene:
        async with running(whole, discord):
            done = await discord.slash(scene.ann, scene.general, "paper search", {"query": "attention"})
        async with running(whole, discord):
            turned = await discord.click(scene.ann, done.message, "Next ▶")
            assert "page 2" in turned.text
        assert discord.syncs == 1
        discord.check()


async def test_what_was_acknowledged_is_finished_before_the_end(whole: App, discord: DiscordDouble) -> None:
    async with scene_with(whole, discord) as scene:
        async with running(whole, discord) as stop:
            pending = await discord.slash(scene.ann, scene.general, "paper slow", wait=False)
            await discord.responded(pending)
            stop.set()
        assert pending.text == "at last"


async def test_several_shards_can_be_shared_among_processes(whole: App, discord: DiscordDouble) -> None:
    discord.shards = 2
    async with scene_with(whole, discord) as scene:
        shard = (int(scene.lab.id) >> 22) % 2
        async with running(whole, discord, discord_shards=f"{shard}/2"):
            done = await discord.slash(scene.ann, scene.general, "paper help")
            assert "Paperclub" in done.text


async def test_guilds_that_went_while_nobody_listened_are_noted_by_their_shard(
    whole: App, discord: DiscordDouble
) -> None:
    discord.shards = 2
    ours, others = "5", str((1 << 22) + 5)
    with writing(whole.engine) as db:
        for guild in (ours, others):
            join(db, "discord", guild, None, NOW)

    def left() -> set[str]:
        with reading(whole.engine) as db:
            return {ours, others} & set(expired(db, "discord", datetime.now(UTC) + timedelta(days=31)))

    async with running(whole, discord, discord_shards="0/2"):
        assert await discord.until(lambda: left() == {ours}, 10)


async def test_a_refused_token_is_said_plainly(whole: App, discord: DiscordDouble) -> None:
    with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
        await serve(whole, settings_for(discord, discord_token="wrong"), asyncio.Event())


def test_the_token_goes_nowhere_but_to_discord() -> None:
    for base in ("http://discord.com/api/v10", "https://evil.example/api", "https://discord.com.evil.example"):
        with pytest.raises(SettingsError, match="DISCORD_API_BASE"):
            checked_base(base)
    assert checked_base("https://canary.discord.com/api/v10/") == "https://canary.discord.com/api/v10"
    assert checked_base("http://127.0.0.1:1/api/v10") == "http://127.0.0.1:1/api/v10"
    with pytest.raises(SettingsError):
        load_settings(discord_shards="many")


# ---- faults ----


async def test_a_delivery_that_comes_twice_acts_once(scene: Scene) -> None:
    TOLD.clear()
    scene.discord.duplicate_dispatches = True
    done = await scene.discord.slash(scene.ann, scene.general, "paper count")
    assert done.text == "1"
    assert len(TOLD) == 1


@pytest.mark.parametrize("kind", ["500", "reset", "commit_then_reset", "commit_then_500"])
async def test_an_acknowledgement_that_fails_is_tried_again(scene: Scene, kind: str) -> None:
    scene.discord.fail("create_interaction_response", kind)
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "vllm"})
    assert "vLLM" in done.text
    scene.discord.refused.clear()


@pytest.mark.parametrize("kind", ["500", "reset", "503", "429", "commit_then_reset"])
async def test_an_answer_that_fails_is_tried_again(scene: Scene, kind: str) -> None:
    scene.discord.fail("update_original_webhook_message", kind)
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "vllm"})
    assert "vLLM" in done.text
    assert len(done.messages) == 1


async def test_an_answer_to_a_dismissed_message_is_given_anew(scene: Scene) -> None:
    done = await scene.discord.slash(scene.ann, scene.general, "paper search", {"query": "attention"})
    pressed = await scene.discord.click(scene.ann, done.message, "Next ▶", wait=False)
    scene.discord.delete(done.message)
    await scene.discord.settle(pressed)
    assert "page 2" in pressed.text
    scene.discord.refused.clear()


async def test_an_answer_after_the_token_expired_comes_as_a_message(scene: Scene) -> None:
    pending = await scene.discord.slash(scene.ann, scene.general, "paper slow", wait=False)
    await scene.discord.responded(pending)
    scene.discord.advance(16 * 60)
    await scene.discord.fall_quiet(0.5)
    assert scene.discord.direct(scene.ann).shown[-1].text == "at last"
    scene.discord.refused.clear()


async def test_a_failure_leaves_the_pressed_card_to_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await scene.discord.slash(scene.ann, scene.general, "paper show", {"resource": "12"})
    await scene.discord.click(scene.ann, asked.message, "Share in channel")
    shared = scene.general.shown[-1]
    before = shared.text
    monkeypatch.setattr(Speaker, "answer", lambda *_: 1 / 0)
    pressed = await scene.discord.click(scene.ann, shared, "👍")
    assert [m.ephemeral for m in pressed.messages if "reference" in m.text] == [True]
    assert shared.text == before


async def test_an_error_leaves_the_pressed_card_to_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await scene.discord.slash(scene.ann, scene.general, "paper show", {"resource": "12"})
    await scene.discord.click(scene.ann, asked.message, "Share in channel")
    shared = scene.general.shown[-1]
    before = shared.text
    monkeypatch.setattr(App, "say", lambda *_: Message((Text((line("Not now."),)),), error=True))
    pressed = await scene.discord.click(scene.ann, shared, "👍")
    assert [m.text for m in pressed.messages if m.ephemeral] == ["Not now."]
    assert shared.text == before


async def test_tidying_goes_on_after_a_failure(
    whole: App, discord: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[datetime] = []

    def fail(_desk: Desk, now: datetime) -> None:
        tried.append(now)
        raise OSError("the database is away")

    monkeypatch.setattr(client, "tidy", fail)
    monkeypatch.setattr(client, "_HOUSEKEEPING", 0.01)
    async with running(whole, discord):
        assert await discord.until(lambda: len(tried) > 1, 10)


async def test_an_interaction_that_is_too_old_is_let_go(scene: Scene) -> None:
    scene.discord.fail("create_interaction_response", "slow", seconds=3.5)
    scene.discord.patience = 1
    done = await scene.discord.slash(scene.ann, scene.general, "paper help")
    assert done.error
    assert "Paperclub" in (await scene.discord.slash(scene.ann, scene.general, "paper help")).text
    scene.discord.refused.clear()


async def test_dropped_sockets_are_resumed_and_nothing_is_answered_twice(scene: Scene) -> None:
    for number in range(3):
        scene.discord.gateway.drop()
        await scene.discord.ready()
        done = await scene.discord.slash(scene.ann, scene.general, "paper announce", {"what": f"round {number}"})
        assert done.text == f"round {number}"
    assert len(scene.general.shown) == 3


async def test_settings_without_a_token_start_nothing(whole: App) -> None:
    with pytest.raises(SettingsError, match="not set"):
        await serve(whole, load_settings(), asyncio.Event())


# ---- paperclub doctor ----


async def test_the_doctor_finds_everything_in_order(scene: Scene) -> None:
    checks = await diagnose(scene.app, settings_for(scene.discord), NOW)
    assert [check.verdict for check in checks] == ["ok"] * 4
    assert "permissions=274878008320" in checks[-1].found


async def test_the_doctor_notices_commands_that_drifted(scene: Scene) -> None:
    fewer = App(scene.app.engine, {k: v for k, v in scene.app.commands.items() if k != "schedule"})
    found = [str(check) for check in await diagnose(fewer, settings_for(scene.discord), NOW)]
    assert any("paper-admin" in text for text in found)
    scene.discord.application_flags = 1 << 19
    found = [str(check) for check in await diagnose(fewer, settings_for(scene.discord), NOW)]
    assert any("privileged" in text for text in found)


async def test_the_doctor_says_what_is_wrong_with_the_settings(whole: App, discord: DiscordDouble) -> None:
    assert await diagnose(whole, load_settings(), NOW) == []
    (refused,) = await diagnose(whole, settings_for(discord, discord_token="wrong"), NOW)
    assert refused.verdict == "failed"
    (nowhere,) = await diagnose(whole, settings_for(discord, discord_api_base="http://127.0.0.1:9/api/v10"), NOW)
    assert "no answer" in nowhere.found
    (elsewhere,) = await diagnose(whole, settings_for(discord, discord_api_base="http://evil.example"), NOW)
    assert "DISCORD_API_BASE" in elsewhere.found
