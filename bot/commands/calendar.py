"""Meetings in people's own calendars: a file, or a secret address to subscribe to."""

import secrets
from typing import Annotated, Literal

from bot import calendars
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.gatherings import the_meeting
from bot.language import mark
from bot.message import Button, File, Message, Text, code, line, link
from bot.standing import club_of
from storage import meetings


@command("meeting ics", example="meeting ics")
def meeting_ics(
    ctx: Context, meeting: Annotated[int | None, Arg("its number; without it all of them", minimum=1)] = None
) -> Message:
    """Give a calendar file (.ics) of one meeting with its series, or of all."""
    club = club_of(ctx)
    if meeting is not None:
        made, name = calendars.one(ctx.db, the_meeting(ctx, meeting)), f"meeting-{meeting}.ics"
    elif club is not None:
        made, name = calendars.club_calendar(ctx.db, club, ctx.now), "meetings.ics"
    else:
        raise UserError(mark("No meeting is planned. Plan one with “meeting plan”."))
    head = line(ctx.t("Open this file in your calendar."))
    return Message((Text((head,)), File(made, name, ctx.t("Calendar file"))))


@command("meeting feed", writes=True, example="meeting feed mine")
def meeting_feed(
    ctx: Context,
    what: Annotated[Literal["club", "mine"], Arg("all meetings, or those you come to")] = "club",
    act: Annotated[Literal["show", "new", "off"], Arg("make a new address, or revoke it")] = "show",
) -> Message:
    """Subscribe to the meetings in your calendar, at an address that only you know.

    It is shown once. A new one revokes the old one.
    """
    since = meetings.feed_since(ctx.db, ctx.me.id, what)
    buttons = (
        Button(ctx.t("New address"), f"meeting feed {what} new"),
        Button(ctx.t("Revoke"), f"meeting feed {what} off", "danger"),
    )
    if act == "off":
        meetings.drop_feed(ctx.db, ctx.me.id, what)
        return Message((Text((line(ctx.t("The address no longer works.")),)),), buttons=buttons[:1], share="")
    if since is not None and act == "show":
        said = ctx.t("You have an address since {date}. It is not shown again; make a new one if it is lost.",
                     date=since.date().isoformat())  # fmt: skip
        return Message((Text((line(said),)),), buttons=buttons, share="")
    token = secrets.token_urlsafe(24)
    meetings.put_feed(ctx.db, ctx.me.club, ctx.me.id, what, token, ctx.now)
    base = str(ctx.kept.get("public_url") or "").rstrip("/")
    path = f"{base}/calendar/{token}.ics"
    lines = [line(ctx.lead("Your calendar's address"), link(path, path) if base else code(path))]
    if not base:
        lines.append(line(ctx.t("Put the bot's own web address before it; whoever runs the bot knows it.")))
    lines.append(line(ctx.t("Keep it to yourself: whoever has it sees the meetings. It is shown only now.")))
    return Message((Text(tuple(lines)),), buttons=buttons[1:], share="")
