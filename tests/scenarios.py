"""What members do with Paperclub, written once: the same scenarios run in the terminal, in Slack and in Discord."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

_LINK = re.compile(r"<https?://[^|>]*\|([^>]*)>|(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(https?://[^)]*\)")
_MARKS = re.compile(r"(?<!\\)(?:\*\*|__|[*`]|^-# )|[\u200b\u2060]", re.MULTILINE)
_TIME = re.compile(r"<t:(\d+):f>")
_ESCAPED = re.compile(r"\\([^\w\s])")


def bare(text: str) -> str:
    """What a reader sees: without the platform's markup."""
    text = _TIME.sub(lambda m: f"{datetime.fromtimestamp(int(m[1]), UTC):%Y-%m-%d %H:%M}", text)
    text = _LINK.sub(lambda m: m[1] or m[2], text)
    text = _ESCAPED.sub(r"\1", _MARKS.sub("", text))
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


@dataclass(frozen=True)
class Answer:
    """What the member sees: the text, what can be pressed or chosen, and the platform's own thing behind it."""

    text: str
    buttons: tuple[str, ...] = ()
    behind: Any = None


class Talk(Protocol):
    """A member at a keyboard, on some platform."""

    @property
    def admin(self) -> "Talk":
        """An admin of the same space at theirs."""

    async def say(self, line: str) -> Answer:
        """Say a line."""

    async def press(self, answer: Answer, label: str) -> Answer:
        """Press the first button of that label."""

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        """Choose the first option of a menu that begins with these words."""

    async def fill(self, opener: "str | tuple[Answer, str]", **values: str) -> Answer:
        """Say a line, or press a button, that opens a form, and fill it in by the names of its parameters."""


Scenario = Callable[[Talk], Awaitable[None]]


async def a_paper_is_found_by_its_name(talk: Talk) -> None:
    """Search finds the paper that a system's name stands for."""
    answer = await talk.say("search vllm")
    assert "Efficient Memory Management for Large Language Model Serving" in answer.text
    assert "results" in answer.text


async def pages_turn_forth_and_back(talk: Talk) -> None:
    """The second page differs from the first, and the way back leads there again."""
    first = await talk.say("search attention")
    second = await talk.press(first, "Next ▶")
    assert "page 2" in second.text
    again = await talk.press(second, "◀ Previous")
    assert "page 1" in again.text
    assert _titles(again.text) == _titles(first.text)


async def a_result_opens_in_full(talk: Talk) -> None:
    """The button beside a result shows everything on it."""
    found = await talk.say("search paged attention")
    number = _titles(found.text)[0]
    full = await talk.press(found, "Show")
    assert number in full.text
    assert "Listed in" in full.text or "Recommended by" in full.text


async def a_number_a_link_and_an_arxiv_id_name_the_same(talk: Talk) -> None:
    """A resource is named as people have it at hand."""
    by_id = await talk.say("show 2309.06180")
    (number, *_) = _titles(by_id.text)
    by_link = await talk.say("show https://arxiv.org/abs/2309.06180")
    by_number = await talk.say(f"show {number}")
    assert _titles(by_link.text)[0] == _titles(by_number.text)[0] == number


async def the_catalogue_is_browsed_by_menu(talk: Talk) -> None:
    """From the overview to the papers by one choice."""
    overview = await talk.say("browse")
    papers = await talk.choose(overview, "Kinds", "paper")
    assert _titles(papers.text)


async def what_is_wrong_is_said_and_mended_by_a_button(talk: Talk) -> None:
    """An empty search leads on to the topics."""
    lost = await talk.say("search xyzzyplugh")
    assert "Nothing found" in lost.text
    assert "resources" in (await talk.press(lost, "Browse")).text


async def help_names_the_commands(talk: Talk) -> None:
    """Help lists what can be said, and explains one."""
    assert "search" in (await talk.say("help")).text
    assert "what to look for" in (await talk.say("help search")).text


async def people_are_shown_with_what_they_made(talk: Talk) -> None:
    """A person is found by name."""
    assert "Lianmin Zheng" in (await talk.say("people Lianmin Zheng")).text


async def the_language_is_ones_own_choice(talk: Talk) -> None:
    """Who chooses Chinese is answered in Chinese from then on, and may change back."""
    await talk.say("settings language:zh")
    assert "论文" in (await talk.say("search vllm")).text
    await talk.say("settings language:en")
    assert "paper" in (await talk.say("search vllm")).text


async def something_is_picked_at_random_until_it_pleases(talk: Talk) -> None:
    """Another one is a press away."""
    first = await talk.say("random")
    assert _titles((await talk.press(first, "Another one")).text)


# ---- votes, readings, notes ----


async def a_vote_is_given_seen_and_taken_back(talk: Talk) -> None:
    """Buttons on a card and words do the same, and undo takes it back."""
    assert "You want to read" in (await talk.say("vote 200 want")).text
    card = await talk.say("show 200")
    assert "🙋" in card.text
    liked = await talk.press(card, "👍")
    assert "👍" in liked.text
    assert _titles((await talk.say("top signal:want")).text) == ["#200"]
    assert "Taken back" in (await talk.say("undo")).text
    again = await talk.press(await talk.say("vote 200 want"), "Undo")
    assert "🙋" in again.text


async def a_reading_goes_from_saved_to_read(talk: Talk) -> None:
    """The list is kept by words and by the buttons on it."""
    assert "You are reading" in (await talk.say("reading 204")).text
    await talk.say("save 205 206")
    await talk.say("skip 207")
    listed = await talk.say("mine")
    assert "4 resources on your list" in listed.text
    assert "to read" in listed.text
    assert _titles((await talk.press(listed, "Reading")).text) == ["#204"]
    done = await talk.say("read 204 pass:2 rating:5")
    assert "second pass" in done.text
    assert "third pass" in (await talk.press(done, "Third pass")).text
    assert "third pass" in (await talk.say("progress")).text
    assert "Your reading" in (await talk.say("stats me")).text
    assert "club" in (await talk.say("stats club")).text.lower()


async def a_note_is_written_shared_and_deleted(talk: Talk) -> None:
    """A form asks for what a line leaves out."""
    kept = await talk.fill("note 200", text="the block table is a page table")
    assert "the block table is a page table" in kept.text
    assert "only you" in (await talk.say("notes")).text
    shared = await talk.press(kept, "Share with the club")
    assert "only you" not in shared.text
    assert "page table" in (await talk.admin.say("show 200")).text
    edited = await talk.fill((shared, "Edit"), text="blocks are pages")
    assert "blocks are pages" in edited.text
    asked = await talk.press(edited, "Delete")
    assert "deleted" in (await talk.press(asked, "Delete for good")).text


async def whoever_wishes_is_forgotten(talk: Talk) -> None:
    """What is kept is told to the member alone; a press deletes it."""
    await talk.say("read 200 rating:5")
    told = await talk.say("forget")
    assert "Readings: 1" in told.text
    assert "is deleted" in (await talk.press(told, "Delete everything about me")).text
    assert "Nothing is kept" in (await talk.say("forget")).text


async def a_person_who_asks_for_it_is_withdrawn(talk: Talk) -> None:
    """An admin takes somebody out of the catalogue, and is asked before."""
    asked = await talk.admin.say("withdraw Lianmin Zheng")
    assert "for good" in asked.text
    assert "Lianmin Zheng" in (await talk.say("people Lianmin Zheng")).text
    assert "Withdrawn for good" in (await talk.admin.press(asked, "Withdraw for good")).text
    assert "Lianmin Zheng" not in (await talk.say("people Lianmin Zheng")).text.replace("“Lianmin Zheng”", "")


async def what_to_read_next_comes_with_a_reason(talk: Talk) -> None:
    """Recommendations follow topics, votes and readings."""
    told = await talk.fill("start", topics="moe")
    assert "Mixture" in told.text or "MoE" in told.text
    await talk.say("read 200 rating:5")
    mine = await talk.say("recommend")
    assert "→" in mine.text
    assert _titles((await talk.press(mine, "For the club")).text)
    assert len(_titles((await talk.say("similar 200")).text)) == 5
    assert "others may see it" in (await talk.press(await talk.say("settings"), "Show my name")).text


# ---- the daily paper and digests ----


async def the_daily_paper_is_set_up_and_looked_into(talk: Talk) -> None:
    """An admin decides; everybody sees what comes and why."""
    assert "for admins" in (await talk.press(await talk.say("daily status"), "Start it")).text
    on = await talk.admin.say("daily on time:09:00 zone:UTC days:mon-fri")
    assert "09:00 UTC" in on.text
    assert "09:00 UTC" in (await talk.say("daily status")).text
    queue = await talk.say("daily queue")
    assert "Why:" in queue.text
    first = _titles(queue.text)[0]
    assert first not in _titles((await talk.press(queue, "Not now")).text)
    preview = await talk.admin.press(on, "Preview")
    assert "Paper of the day" in preview.text
    assert "comes on" in (pinned := await talk.admin.say("daily pin 200 date:2026-03-05")).text
    assert _titles(pinned.text)[2] == "#200"
    assert "moves up" in (await talk.say("daily bump 205")).text
    assert "#205" in _titles((await talk.say("daily queue")).text)
    assert "will not come" in (await talk.say("daily skip 206")).text
    assert "Paused" in (await talk.admin.say("daily pause 2026-03-05")).text
    assert "2026-03-05 09:00" in (await talk.say("daily status")).text
    assert _titles((await talk.say("daily queue")).text)[0] == "#200"
    await talk.say("settings language:zh")
    assert "已暂停" in (await talk.say("daily status")).text
    assert "原因：" in (await talk.say("daily queue")).text
    assert "已提前" in (await talk.say("daily bump 205")).text
    await talk.say("settings language:en")
    assert "is on" in (await talk.admin.say("daily resume")).text
    assert "DE" in (await talk.admin.say("daily holidays country:DE")).text
    assert "no paper of the day" in (await talk.say("today")).text
    assert "Nothing was to be posted" in (await talk.say("why")).text
    assert "is off" in (await talk.admin.say("daily off")).text


async def digests_are_ordered_and_previewed(talk: Talk) -> None:
    """One's own, the week's and the month's."""
    await talk.say("read 200 pass:1")
    assert "Weekly digest: on" in (await talk.admin.say("digest weekly day:fri time:16:00 zone:UTC")).text
    assert "Monthly digest: on" in (await talk.admin.say("digest monthly day:1")).text
    assert "Personal digest: on" in (await talk.say("digest mine on")).text
    assert "Weekly digest" in (await talk.say("digest preview")).text


# ---- polls, meetings, the club ----


async def a_poll_runs_from_nominations_to_its_end(talk: Talk) -> None:
    """Nominated by form, voted by buttons, extended and called off."""
    asked = await talk.say('poll start nominations:"1 day" closes:"2 days"')
    assert "Nothing is nominated yet" in asked.text
    assert "is nominated" in (await talk.fill((asked, "Nominate"), resource="200")).text
    await talk.say("poll cancel")
    begun = await talk.say('poll start candidates:"200 204 205" closes:"2 days" What is next?')
    assert "0 have voted" in begun.text
    ballot = await talk.press(begun, "Vote")
    assert "Nobody else sees your ballot" in ballot.text
    marked = await talk.press(ballot, next(label for label in ballot.buttons if label.startswith("2.")))
    assert "Your ballot:" in marked.text
    assert "1 has voted" in (await talk.say("poll results")).text
    assert "1 has voted" in (await talk.say("poll list")).text
    assert "2 have voted" in (await talk.admin.say("poll vote 2 1")).text + (await talk.say("poll results")).text
    assert "runs longer" in (await talk.say('poll extend "5 days"')).text
    assert "can't change" in (await talk.say("poll edit question:Which?")).text
    assert "reminded" in (await talk.say("poll remind on")).text
    assert "cancelled" in (await talk.say("poll cancel")).text


async def a_meeting_is_planned_joined_and_moved(talk: Talk) -> None:
    """Who comes, who presents, when, where, and its calendar file."""
    planned = await talk.fill("meeting plan 200", when="2026-05-10 16:00")
    assert "2026-05-10 16:00" in planned.text
    joined = await talk.press(planned, "Coming")
    assert "1 coming" in joined.text
    assert "took it on" in (await talk.press(joined, "I will present")).text
    assert "Parts" in (await talk.say("meeting roles")).text
    assert "17:00" in (await talk.say("meeting move 2026-05-11 17:00")).text
    assert "Room 5" in (await talk.say('meeting edit place:"Room 5"')).text
    assert ".ics" in (await talk.say("meeting ics")).text
    assert "You are away" in (await talk.say("meeting away 2026-06-01 to 2026-06-05")).text
    assert "/calendar/" in (await talk.say("meeting feed mine")).text
    for line in ("meeting list", "meeting show"):
        assert "2026-05-11 17:00" in (await talk.say(line)).text
    assert "1 maybe" in (await talk.say("meeting rsvp maybe")).text
    assert "has not begun" in (await talk.say("meeting there 1")).text
    assert "no meeting 9" in (await talk.say("meeting swap 9")).text
    assert "no meeting yet" in (await talk.fill("meeting write", takeaways="caches are pages")).text
    assert "no meeting yet" in (await talk.say("meeting recap")).text
    assert "no meeting yet" in (await talk.say("history")).text
    assert "Who is next" in (await talk.say("meeting next")).text
    assert "cancelled" in (await talk.say("meeting cancel")).text
    assert "No meeting is planned" in (await talk.say("meeting skip")).text


async def a_suggestion_goes_through_a_moderator(talk: Talk) -> None:
    """A form takes the link; an admin decides by a button."""
    sent = await talk.fill("suggest", what="https://example.org/a-paper-on-caches")
    assert "A moderator will look at it" in sent.text
    waiting = await talk.admin.say("suggestions")
    assert "example.org/a-paper-on-caches" in waiting.text
    assert "Declined" in (await talk.admin.press(waiting, "Decline")).text


async def a_club_is_set_up_by_its_admin(talk: Talk) -> None:
    """Its own words for search, its reminders, its autopilot."""
    taught = await talk.admin.say("club concepts zorblax = paged attention")
    assert "zorblax" in taught.text
    assert _titles((await talk.say("search zorblax")).text)
    assert "48 hours before" in (await talk.admin.say("club reminders early:48 late:15")).text
    assert "no autopilot" in (await talk.admin.say("club autopilot status")).text
    assert "show streaks" in (await talk.admin.say("club leaderboard on")).text
    assert "in the other space" in (await talk.admin.say("club link")).text


async def an_account_is_linked_by_a_code(talk: Talk) -> None:
    """The code is for one's other account, and a wrong one does nothing."""
    assert "link " in (await talk.say("link")).text
    assert "not known" in (await talk.say("link ABCDEFGH")).text


async def every_change_is_taken_back_by_its_button(talk: Talk) -> None:
    """Votes, marks, ratings, notes and settings: “Undo” stands under each, and brings back what was."""
    lines = ("vote 201 want", "save 201", "reading 201", "read 201 pass:2 rating:4", "skip 201", "note 201 a thought",
             "settings name:named", "start topics:moe name:private")  # fmt: skip
    before = (await talk.say("show 201")).text
    for line in lines:
        undone = await talk.press(await talk.say(line), "Undo")
        assert "Taken back" in undone.text, line
        assert (await talk.say("show 201")).text == before, line


async def what_is_recommended_says_why_and_obeys(talk: Talk) -> None:
    """A deep reading brings its like; what is skipped does not come again."""
    await talk.say("read 2309.06180 pass:3")
    answer = await talk.say("recommend")
    assert "because you read" in answer.text
    first = _titles(answer.text)[0]
    await talk.say(f"skip {first.removeprefix('#')}")
    assert first not in _titles((await talk.say("recommend")).text)
    for _ in range(2):
        await talk.say("undo")


SCENARIOS: tuple[Scenario, ...] = (
    a_paper_is_found_by_its_name,
    pages_turn_forth_and_back,
    a_result_opens_in_full,
    a_number_a_link_and_an_arxiv_id_name_the_same,
    the_catalogue_is_browsed_by_menu,
    what_is_wrong_is_said_and_mended_by_a_button,
    help_names_the_commands,
    people_are_shown_with_what_they_made,
    the_language_is_ones_own_choice,
    something_is_picked_at_random_until_it_pleases,
    a_vote_is_given_seen_and_taken_back,
    a_reading_goes_from_saved_to_read,
    a_note_is_written_shared_and_deleted,
    whoever_wishes_is_forgotten,
    a_person_who_asks_for_it_is_withdrawn,
    what_to_read_next_comes_with_a_reason,
    the_daily_paper_is_set_up_and_looked_into,
    digests_are_ordered_and_previewed,
    a_poll_runs_from_nominations_to_its_end,
    a_meeting_is_planned_joined_and_moved,
    a_suggestion_goes_through_a_moderator,
    a_club_is_set_up_by_its_admin,
    every_change_is_taken_back_by_its_button,
    what_is_recommended_says_why_and_obeys,
)


def _titles(text: str) -> list[str]:
    """The numbers of the cards, in order."""
    return re.findall(r"^\s*(#\d+)", text, re.MULTILINE)
