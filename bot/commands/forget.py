"""`forget`: what is kept about a member, and having it deleted for good."""

from collections.abc import Mapping
from typing import Annotated

from bot.command import Arg, Context, command
from bot.gatherings import find_presenter
from bot.language import Msgid, mark
from bot.message import Button, Line, Message, Text, bold, line
from storage import forgetting, meetings
from storage.forgetting import Kept

WORDS: Mapping[str, Msgid] = {
    "votes.member": mark("Your votes"),
    "readings.member": mark("Readings"),
    "readings.passes": mark("Finished passes"),
    "notes.member": mark("Notes"),
    "notes.shared": mark("Takeaways shared with the club"),
    "note_requests.account": mark("Messages that wait to become notes"),
    "note_requests.asked_by": mark("Messages that wait to become notes"),
    "interests.member": mark("Topics of interest"),
    "suggestions.member": mark("Your suggestions"),
    "candidates.nominated_by": mark("Nominations"),
    "ballots.member": mark("Ballots"),
    "polls.creator": mark("Polls started"),
    "wanting_reminders.member": mark("Reminders of polls"),
    "rsvps.member": mark("Answers to meetings"),
    "rsvps.attended": mark("Meetings attended"),
    "meetings.presenter": mark("Meetings presented"),
    "meetings.creator": mark("Meetings planned"),
    "presenting.member": mark("Presentations passed or swapped"),
    "presenting.other_member": mark("Presentations passed or swapped"),
    "away.member": mark("Times away"),
    "feeds.member": mark("Calendars"),
    "wishes.member": mark("Wishes for the daily paper"),
    "schedules.member": mark("Personal digests"),
    "schedules.account": mark("Schedules set up"),
    "autopilots.account": mark("Schedules set up"),
    "slack_installations.installer": mark("Installations of the app"),
    "posts.target": mark("Direct messages sent to you"),
    "changes.member": mark("Changes that can be undone"),
    "link_codes.member": mark("Codes to link an account"),
    "members.id": mark("Choices in your settings"),
    "accounts.member": mark("Accounts"),
}
"""How the counts are called; those of one name are added up."""

_MEANS: tuple[tuple[str, Msgid], ...] = (
    ("ballots.member", mark("Your ballots in running polls are taken back; closed polls keep their result only.")),
    ("meetings.presenter", mark("Meetings to come that you would present look for somebody else.")),
    ("schedules.account", mark("Another admin of this space, if one is known, hears of trouble with your schedules.")),
    ("accounts.member", mark("What you started for the club, and accepted suggestions, stay without your name.")),
    ("accounts.member", mark("Messages in channels that show you are changed over the next minutes.")),
)
"""What deleting means, where the member has anything of the kind."""


@command(writes=True, example="forget")
def forget(ctx: Context, sure: Annotated[bool, Arg("delete it without asking again")] = False) -> Message:
    """See what is kept about you, and have all of it deleted.

    It holds for all accounts that you have linked in this club. What belongs to the club stays without you: the result
    of a closed poll, an accepted suggestion, a planned meeting.
    """
    found = forgetting.kept(ctx.db, ctx.me.id)
    if found.anything and not sure:
        return _asked(ctx, found)
    for number in forgetting.forget(ctx.db, ctx.me.id, ctx.now):
        _find_another(ctx, number)
    said = (
        ctx.t("Everything about you is deleted. If you ever vote or save something again, you start anew.")
        if found.anything
        else ctx.t("Nothing is kept about you.")
    )
    return Message((Text((line(said),)),), share="")


def _find_another(ctx: Context, number: int) -> None:
    """Let a meeting to come, which has lost its presenter, be presented by whose turn it is."""
    meeting = meetings.get(ctx.db, number, lock=True)
    if meeting is not None and meeting.ends_at > ctx.now:
        find_presenter(ctx.db, meetings.change(ctx.db, meeting, ctx.now, presenter=None), ctx.now)


def _asked(ctx: Context, found: Kept) -> Message:
    t = ctx.t
    lines = [line(bold(t("This is kept about you:"))), *_counted(ctx, found)]
    told = [line(bold(t("If you go on, all of it is deleted for good, for all your accounts in this club.")))]
    told += [line("• ", t(words)) for what, words in _MEANS if found.counts[what]]
    buttons = (Button(t("Delete everything about me"), "forget sure:yes", "danger"), Button(t("My list"), "mine"))
    return Message((Text(tuple(lines)), Text(tuple(told))), buttons=buttons, share="")


def _counted(ctx: Context, found: Kept) -> list[Line]:
    """A line for each kind of thing of which there is any."""
    counts: dict[str, int] = {}
    for what, words in WORDS.items():
        counts[words] = counts.get(words, 0) + found.counts[what]
    name = line(ctx.lead("Your name"), ctx.me.name)
    return [name, *(line(ctx.lead(words), str(n)) for words, n in counts.items() if n)]
