"""Paperclub in Slack: what members see, over Socket Mode and signed HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from slack_app import STRANGE, Scene, connected, fresh_database, listening, make_app
from slack_double import Message, SlackDouble

from bot.adapters.slack.manifest import manifest


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """SQLite is enough here; what is stored is tested on both engines elsewhere."""
    with fresh_database(tmp_path) as made:
        yield made


@pytest.fixture(params=["socket", "http"])
async def scene(request: pytest.FixtureRequest, engine: sa.Engine) -> AsyncIterator[Scene]:
    """The bot at work, by either way; at the end Slack must have had nothing to complain about."""
    async with SlackDouble() as slack:
        slack.declare(manifest(make_app(engine).commands))
        made = Scene(slack)
        serving = connected if request.param == "socket" else listening
        async with serving(make_app(engine), made):
            yield made
        slack.check()


async def test_a_command_is_answered_privately(scene: Scene) -> None:
    done = await scene.say("find moe")
    assert done.acked
    assert "Paper on moe" in done.text
    assert done.message.ephemeral
    assert "Share in channel" in done.message.buttons


async def test_a_public_command_is_seen_by_all(scene: Scene) -> None:
    done = await scene.say("count")
    assert not done.message.ephemeral
    assert "Share in channel" not in done.message.buttons


async def test_nothing_typed_is_help(scene: Scene) -> None:
    assert "`find`" in (await scene.say("")).text


async def test_a_button_edits_its_private_card(scene: Scene) -> None:
    done = await scene.say("find moe")
    pressed = await scene.slack.click(scene.ann, done.message, "Next ▶")
    assert pressed.edited[0].shown.count("Paper on moe 2") == 1
    assert pressed.replies == []


async def test_from_another_command_a_button_leads_back(scene: Scene) -> None:
    done = await scene.say("find moe")
    shown = await scene.slack.click(scene.ann, done.message, "Show")
    assert "◀ Back" in shown.message.buttons
    back = await scene.slack.click(scene.ann, shown.message, "◀ Back")
    assert "Paper on moe" in back.text


async def test_titles_of_strangers_notify_nobody(scene: Scene) -> None:
    done = await scene.say("open 7")
    assert done.message.notifies == []
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in done.message.shown


async def test_sharing_shows_the_answer_to_all_once(scene: Scene) -> None:
    done = await scene.say("find moe")
    await scene.slack.click(scene.ann, done.message, "Share in channel")
    await scene.slack.click(scene.ann, done.message, "Share in channel", wait=False)
    await scene.slack.fall_quiet(0.2)
    shared = [m for m in scene.general.messages if not m.ephemeral]
    assert len(shared) == 1
    assert "ann shares:" in shared[0].shown


async def test_a_private_answer_on_a_public_card_goes_to_who_pressed(scene: Scene) -> None:
    done = await scene.say("find moe")
    shared = (await scene.slack.click(scene.ann, done.message, "Share in channel")).replies[0]
    pressed = await scene.slack.click(scene.bo, shared, "Show")
    assert pressed.message.ephemeral
    assert pressed.message.seen_by == scene.bo.id
    turned = await scene.slack.click(scene.bo, shared, "Next ▶")
    assert turned.edited == [shared]


async def test_a_mention_takes_the_same_line_in_a_thread(scene: Scene) -> None:
    first = scene.slack.write(scene.ann, scene.general, "Let us read")
    done = await scene.slack.mention(scene.ann, scene.general, "find moe", thread=first)
    assert "Paper on moe" in done.text
    assert done.message.ephemeral
    assert done.message.thread_ts == first.ts


async def test_a_direct_message_is_answered_there(scene: Scene) -> None:
    done = await scene.slack.dm(scene.ann, "find moe")
    assert "Paper on moe" in done.text
    assert "Share in channel" not in done.message.buttons
    assert (await scene.slack.click(scene.ann, done.message, "Next ▶")).edited == [done.message]


@pytest.mark.parametrize("what", [{"bot_id": "B1"}, {"subtype": "message_changed"}, {"edited": {"ts": "1.2"}}])
async def test_the_bot_answers_neither_bots_nor_edits(scene: Scene, what: dict[str, object]) -> None:
    channel = scene.acme.direct(scene.ann)
    said = {"user": scene.ann.id, "text": "help", "ts": "1.1"} | what
    await scene.slack.event(scene.acme, {"type": "message", "channel_type": "im", "channel": channel.id} | said)
    await scene.slack.fall_quiet(0.1)
    assert channel.messages == []


async def test_the_bot_answers_no_bot_that_mentions_it(scene: Scene) -> None:
    text = f"<@{scene.acme.bot.id}> count"
    said = {"user": scene.ann.id, "bot_id": "B1", "text": text, "ts": "1.1", "channel": scene.general.id}
    await scene.slack.event(scene.acme, {"type": "app_mention"} | said)
    await scene.slack.fall_quiet(0.1)
    assert scene.general.messages == []


async def test_typed_text_is_unescaped_once(scene: Scene) -> None:
    assert '"a" &lt; b &amp; c' in (await scene.say("mind “a” < b & c")).text


async def test_members_and_channels_are_said_by_name(scene: Scene) -> None:
    text = f"mind <@{scene.bo.id}> and <@{scene.ann.id}|annie> in <#{scene.general.id}|general> <https://x.org/?a=1&amp;b=2>"
    done = await scene.say(text, raw=True)
    assert "@bo and @annie in #general https://x.org/?a=1&amp;b=2" in done.text


async def test_what_is_too_long_goes_on_behind_more(scene: Scene) -> None:
    done = await scene.say("long")
    assert "Card 0 " in done.text
    seen = done.message.shown
    for _ in range(20):
        if "… more" not in done.message.buttons:
            break
        done = await scene.slack.click(scene.ann, done.message, "… more")
        seen += done.message.shown
    assert all(f"Card {n} " in seen for n in range(60))


async def test_a_menu_says_its_line(scene: Scene) -> None:
    done = await scene.say("menu")
    chosen = await scene.slack.click(scene.ann, done.message, "Menu", choose="Find")
    assert "Paper on it" in chosen.text


async def test_an_error_comes_with_what_helps(scene: Scene) -> None:
    done = await scene.slack.dm(scene.ann, "mind no")
    assert "That is no good." in done.text
    assert done.message.buttons == ["Find"]


@pytest.mark.parametrize(("choice", "private"), [("Fail", True), ("Count", False)])
async def test_errors_and_what_is_for_all_leave_a_private_card_alone(scene: Scene, choice: str, private: bool) -> None:
    card = (await scene.say("menu")).message
    chosen = await scene.slack.click(scene.ann, card, "Menu", choose=choice)
    assert chosen.edited == []
    assert [bool(m.ephemeral) for m in chosen.replies] == [private]


async def test_a_bug_is_told_by_reference_only(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "bot.app")
    done = await scene.say("crash")
    assert "reference" in done.text
    assert "a bug" not in done.text


async def test_language_zone_and_rights_come_from_slack(scene: Scene) -> None:
    assert (await scene.say("whoami")).text.startswith(f"ann en Europe/Berlin False {scene.acme.id} {scene.general.id}")
    done = await scene.slack.command(scene.bo, scene.general, "/paper", "whoami")
    assert "bo zh" in done.text
    assert "True" in done.text


async def test_a_change_of_a_member_counts_at_once(scene: Scene) -> None:
    await scene.say("whoami")
    await scene.slack.change_user(scene.ann, locale="zh-CN")
    assert "ann zh" in (await scene.say("whoami")).text


async def test_admin_commands_are_for_admins(scene: Scene) -> None:
    assert "for admins" in (await scene.say("rule")).text
    assert "Ruled" in (await scene.slack.command(scene.bo, scene.general, "/paper", "rule")).text


async def test_a_form_is_a_window_and_answers_where_it_began(scene: Scene) -> None:
    opened = await scene.say("ask how:firmly")
    done = await scene.slack.submit(scene.ann, opened.view, {"What to ask": "why <b> & so?"})
    assert opened.view.closed
    assert await scene.slack.until(lambda: bool(opened.replies), 10)
    assert "ann asks firmly: why &lt;b&gt; &amp; so?" in opened.text + done.text


async def test_a_form_offers_suggestions(scene: Scene) -> None:
    opened = await scene.say("choose")
    found = await scene.slack.suggest(scene.ann, opened.view, "find:choose:source", "finnd")
    assert "find" in [option["value"] for option in found.options]


async def test_in_a_thread_a_form_waits_for_a_press(scene: Scene) -> None:
    done = await scene.slack.mention(scene.ann, scene.general, "ask")
    pressed = await scene.slack.click(scene.ann, done.message, "Fill in a form")
    assert pressed.view.title == "Ask"


async def test_the_same_event_acts_once(scene: Scene) -> None:
    scene.slack.duplicate_events = True
    await scene.slack.mention(scene.ann, scene.general, "count")
    await scene.slack.fall_quiet(0.2)
    assert [m.shown.splitlines()[0] for m in scene.general.messages if m.by_bot] == ["Counted 1"]


async def test_the_home_tab_works_without_typing(scene: Scene) -> None:
    await scene.slack.open_home(scene.ann)
    home = scene.slack.home(scene.ann)
    assert "Europe/Berlin" in home.shown
    pressed = await scene.slack.click(scene.ann, home, "Menu")
    assert await scene.slack.until(lambda: "Choose" in pressed.view.shown, 10)
    chosen = await scene.slack.click(scene.ann, pressed.view, "Menu", choose="Find", wait=False)
    assert chosen.acked
    assert await scene.slack.until(lambda: "Paper on it" in pressed.view.shown, 10)


async def test_a_window_gets_its_answer_though_the_token_had_to_be_renewed(scene: Scene) -> None:
    await scene.slack.open_home(scene.ann)
    scene.slack.fail("views.update", "token_expired")
    pressed = await scene.slack.click(scene.ann, scene.slack.home(scene.ann), "Menu")
    assert await scene.slack.until(lambda: "Choose" in pressed.view.shown, 10)
    scene.slack.refused.clear()


async def test_a_shortcut_reads_the_links_of_a_message(scene: Scene) -> None:
    message = scene.slack.write(scene.ann, scene.general, "see https://arxiv.org/abs/2309.06180 & more")
    done = await scene.slack.shortcut(scene.ann, "save", message)
    await scene.slack.until(lambda: "moment" not in done.view.shown, 10)
    assert "no command" in done.view.shown


async def test_commands_are_answered_where_the_bot_is_no_member(scene: Scene) -> None:
    far = scene.acme.add_channel("far", scene.ann, kind="private", bot=False)
    done = await scene.slack.command(scene.ann, far, "/paper", "find moe")
    assert "Paper on moe" in done.text


async def test_what_is_numbered_is_shared_also_where_the_bot_is_no_member(scene: Scene) -> None:
    far = scene.acme.add_channel("far", scene.ann, kind="private", bot=False)
    done = await scene.slack.command(scene.ann, far, "/paper", "find moe")
    await scene.slack.click(scene.ann, done.message, "Share in channel")
    assert ["ann shares:" in m.shown for m in far.messages if not m.ephemeral] == [True]
    scene.slack.refused.clear()


async def test_where_the_bot_can_not_answer_it_says_in_private_how_to_add_it(scene: Scene) -> None:
    far = scene.acme.add_channel("far", scene.ann, kind="private", bot=False)
    scene.slack.fail("response_url", "expired_url")
    await scene.slack.command(scene.ann, far, "/paper", "find moe")
    (told,) = scene.acme.direct(scene.ann).messages
    assert "/invite @Paperclub" in told.shown
    assert "Paper on moe" in told.shown
    scene.slack.refused.clear()


async def test_two_presses_in_a_row_are_both_answered(scene: Scene) -> None:
    done = await scene.say("count")
    await asyncio.gather(*(scene.slack.click(scene.ann, done.message, "Count") for _ in range(2)))
    assert await scene.slack.until(lambda: "Counted 3" in done.message.shown, 10)
    assert STRANGE not in done.message.shown


def images(message: Message) -> list[str]:
    return [block["alt_text"] for block in message.blocks if block["type"] == "image"]


async def test_a_picture_is_uploaded_once_where_that_is_allowed(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        scene = Scene(slack)
        async with connected(make_app(engine), scene):
            done = [await scene.say("draw"), await scene.slack.dm(scene.ann, "draw")]
            assert [images(one.message) for one in done] == [["bars that grow"]] * 2
            shared = await scene.slack.click(scene.ann, done[0].message, "Share in channel")
            assert images(shared.message) == ["bars that grow"]
        assert sum(call.method == "files.completeUploadExternal" for call in slack.calls) == 1
        slack.check()


async def test_a_picture_that_slack_is_not_done_with_is_shown_a_moment_later(engine: sa.Engine) -> None:
    async with SlackDouble(processing=0.5) as slack:
        scene = Scene(slack)
        async with connected(make_app(engine), scene):
            assert images((await scene.say("draw")).message) == ["bars that grow"]
            slack.fail("files.completeUploadExternal", "500")
            scene.served.uploads.forget(scene.acme.id)
            done = await scene.say("draw")
            assert images(done.message) == []
            assert "bars that grow" in done.text


async def test_without_the_scope_a_picture_is_described_and_nothing_refused(scene: Scene) -> None:
    done = await scene.say("draw")
    assert images(done.message) == []
    assert "bars that grow" in done.text
    assert "files:write" in (await scene.say("file")).text


async def test_a_file_comes_by_direct_message_or_beside_what_all_see(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        scene = Scene(slack)
        async with connected(make_app(engine), scene):
            direct = scene.acme.direct(scene.ann)
            done = await scene.say("file", wait=False)
            assert await slack.until(lambda: bool(done.replies) and any(m.files for m in direct.messages), 10)
            await slack.click(scene.ann, done.replies[0], "Share in channel", wait=False)
            assert await slack.until(lambda: any(m.files for m in scene.general.messages), 10)
            (beside,) = [m for m in scene.general.messages if m.files]
            assert [m.files[0]["name"] for m in (*direct.messages, beside) if m.files] == ["club.ics"] * 2
            assert beside.thread_ts
        slack.check()
