"""Every real command over the shipped lists, as members of a Slack workspace see them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_app import Scene, connected
from slack_double import SlackDouble, spec

from bot.adapters.slack.manifest import manifest
from bot.app import App
from bot.refreshing import Refresher
from storage import reading
from storage.clubs import club_members

MOST_BUTTONS = 2
"""Buttons pressed on each answer."""


@pytest.fixture
async def scene(app: App) -> AsyncIterator[Scene]:
    """The bot with all its commands; at the end Slack must have had nothing to complain about."""
    async with SlackDouble(rate_limits=False) as slack:
        slack.declare(manifest(app.commands))
        made = Scene(slack)
        async with connected(app, made):
            yield made
        slack.check()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is Slack's rules that are tried, at length
async def test_every_command_and_button_shows_something_slack_takes(scene: Scene, app: App) -> None:
    scene.slack.quiet = 0.01
    examples = [c.example for c in app.commands.values() if c.example and not c.hidden]
    for said in [*app.commands, *examples, "show 12", "people", "browse kind:person", "nonsense words"]:
        done = await scene.say(said)
        assert done.acked
        assert done.answered, said
        for position in range(MOST_BUTTONS):
            if not done.replies or position >= len(done.message.buttons):
                break
            await scene.slack.click(scene.ann, done.message, done.message.buttons[position])
            done = await scene.say(said)  # a press may have changed every label, or what there is to press


async def test_a_member_who_reads_chinese_gets_chinese(scene: Scene) -> None:
    done = await scene.slack.command(scene.bo, scene.general, "/paper", "search paged attention")
    assert "查看" in done.message.buttons


async def test_the_home_tab_shows_what_the_commands_declare(scene: Scene) -> None:
    await scene.slack.open_home(scene.ann)
    home = scene.slack.home(scene.ann)
    assert home.buttons
    found = await scene.slack.suggest(scene.ann, home, "find:show:resource", "pagd attention")
    assert found.options
    shown = await scene.slack.click(scene.ann, home, "find:show:resource", choose=found.options[0])
    assert await scene.slack.until(lambda: "#" in shown.view.shown, 10)


async def test_windows_are_in_the_language_that_a_member_chose(scene: Scene) -> None:
    await scene.say("settings language:zh")
    opened = await scene.say("meeting plan 12")
    assert opened.view.given["close"]["text"] == "取消"
    told = await scene.slack.shortcut(scene.ann, "save", scene.slack.write(scene.ann, scene.general, "no link"))
    assert await scene.slack.until(lambda: "链接" in told.view.shown, 10)


async def test_list_meeting_poll_and_settings_are_at_home_without_typing(scene: Scene, app: App) -> None:
    day = (app.clock() + timedelta(days=9)).date()
    for said in (
        "save 12",
        f"meeting plan 12 {day} 16:00",
        f'poll start candidates:"12 15" closes:{day} Next?',
    ):
        await scene.say(said)
    await scene.slack.open_home(scene.ann)
    home = scene.slack.home(scene.ann)
    for words in (
        "My reading list",
        "1 resource",
        "The next meeting",
        str(day),
        "Next?",
        "My settings",
        "Europe/Berlin",
    ):
        assert words in home.shown
    for label in ("📖 Reading", "Coming", "中文"):
        before = home.updates
        pressed = await scene.slack.click(scene.ann, home, label, wait=False)
        assert await scene.slack.until(lambda before=before: home.updates > before, 10), label
        assert pressed.views == []
    for words in ("我的书单", "在读", "1 参加"):
        assert words in home.shown
    vote = await scene.slack.click(scene.ann, home, "投票")
    await scene.slack.until(lambda: len(vote.view.elements) > 1, 10)
    await scene.slack.click(scene.ann, vote.view, vote.view.elements[0]["action_id"], wait=False)
    assert await scene.slack.until(lambda: "1 人已投票" in home.shown, 10)


async def test_who_was_forgotten_is_not_noted_again_by_looking_at_home(scene: Scene, app: App) -> None:
    await scene.say("save 12")
    await scene.say("forget sure:yes")
    await scene.slack.open_home(scene.ann)
    shown = scene.slack.home(scene.ann).shown
    assert "My settings" in shown
    assert "1 resource" not in shown
    with reading(app.engine) as db:
        assert club_members(db, 1) == []


async def test_a_message_becomes_a_note_once_its_author_agrees(scene: Scene) -> None:
    text = "The block table author:U99 & <b> is the trick."
    message = scene.slack.write(scene.bo, scene.general, text)
    opened = await scene.slack.shortcut(scene.ann, "note", message)
    await scene.slack.until(lambda: bool(opened.views), 10)
    label = opened.view.blocks[0]["label"]["text"]
    options = (await scene.slack.suggest(scene.ann, opened.view, "find:quote:resource", "paged attention")).options
    asked = await scene.slack.submit(scene.ann, opened.view, {label: options[0]})
    await scene.slack.until(lambda: any(m.thread_ts == message.ts for m in scene.general.messages), 10)
    question = next(m for m in scene.general.messages if m.thread_ts == message.ts)
    assert asked.errors == {}
    assert "bo" in question.shown
    assert question.notifies == []
    yes = "Yes, with my name"
    foreign = await scene.slack.click(scene.ann, question, yes)
    assert "Only the author" in foreign.text
    agreed = await scene.slack.click(scene.bo, question, yes)
    assert "#" in agreed.text
    notes = await scene.slack.command(scene.bo, scene.general, "/paper", f"notes {options[0]['value']}")
    assert "block table author: U99 &amp; &lt;b&gt; is the trick." in notes.text


async def test_what_no_member_wrote_is_not_kept(scene: Scene) -> None:
    done = await scene.say("show 12")
    shared = (await scene.slack.click(scene.ann, done.message, "Share in channel")).replies[0]
    assert "Only what a member has written" in (await scene.slack.shortcut(scene.ann, "note", shared)).text


async def test_nothing_is_scheduled_where_the_bot_can_not_post(scene: Scene) -> None:
    far = scene.acme.add_channel("far", scene.bo, bot=False)
    daily = "daily on time:09:00 zone:UTC"
    refused = await scene.slack.command(scene.bo, far, "/paper", daily)
    assert "/invite @Paperclub" in refused.text
    assert "没有" in (await scene.slack.command(scene.bo, far, "/paper", "daily status")).text
    scene.slack.refused.clear()
    done = await scene.slack.command(scene.bo, scene.general, "/paper", daily)
    assert "09:00" in done.text
    assert scene.acme.scheduled == []


async def test_a_vote_on_a_shared_card_changes_the_card_for_all(scene: Scene) -> None:
    done = await scene.say("show 12")
    shared = (await scene.slack.click(scene.ann, done.message, "Share in channel")).replies[0]
    before = shared.shown
    voted = await scene.slack.click(scene.bo, shared, "👍")
    assert voted.edited == [shared]
    assert shared.shown != before
    assert "ann shares:" in shared.shown


async def test_a_vote_elsewhere_changes_the_cards_that_stand_in_the_channel(scene: Scene, app: App) -> None:
    for words in ("show 12", "search paged attention"):
        done = await scene.say(words)
        shared = (await scene.slack.click(scene.ann, done.message, "Share in channel")).replies[0]
        number = re.findall(r"#(\d+)", shared.shown)[0]
        before = shared.shown
        await scene.slack.command(scene.bo, scene.general, "/paper", f"vote {number} up")
        await Refresher(app).round()
        assert shared.edits == 1
        assert shared.shown != before
        assert "ann shares:" in shared.shown
        voted = await scene.slack.click(scene.bo, shared, "👎" if "👎" in shared.buttons else "Show")
        assert "sharer" not in voted.text


async def test_a_turned_card_is_not_turned_back(scene: Scene, app: App) -> None:
    done = await scene.say("search attention")
    shared = (await scene.slack.click(scene.ann, done.message, "Share in channel")).replies[0]
    number = re.findall(r"#(\d+)", shared.shown)[0]
    await scene.slack.click(scene.bo, shared, "Next ▶")
    await scene.slack.command(scene.bo, scene.general, "/paper", f"vote {number} up")
    await Refresher(app).round()
    assert shared.edits == 1
    assert f"#{number} " not in shared.shown


async def test_a_vote_on_a_private_card_keeps_the_card(scene: Scene) -> None:
    done = await scene.say("show 12")
    voted = await scene.slack.click(scene.ann, done.message, "👍")
    assert voted.edited == [done.message]
    assert "Share in channel" in done.message.buttons


def test_the_specification_is_found_where_it_is_shared() -> None:
    folder = Path(__file__).parents[2] / "shared"
    assert (spec("slack-limits") is not None) == folder.exists()
