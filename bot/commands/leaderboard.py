"""`club leaderboard`: whether the statistics show streaks and who read most."""

from typing import Annotated, Literal

from bot.command import Arg, Context, command
from bot.message import Button, Message, Text, line
from storage.clubs import set_leaderboard


@command("club leaderboard", admin=True, writes=True, example="club leaderboard on")
def leaderboard(ctx: Context, state: Annotated[Literal["on", "off"], Arg("whether they show them")]) -> Message:
    """Show streaks and who read most in the statistics, or leave them out.

    They are left out until you switch them on. Only members who show their name are ranked.
    """
    wanted = state == "on"
    set_leaderboard(ctx.db, ctx.me.club, wanted)
    said = (
        ctx.t("The statistics now show streaks, and which of those who show their name read most.")
        if wanted
        else ctx.t("The statistics show neither streaks nor who read most.")
    )
    back = Button(ctx.t("Undo"), f"club leaderboard {'off' if wanted else 'on'}")
    return Message((Text((line(said),)),), buttons=(back, Button(ctx.t("The club's"), "stats club")))
