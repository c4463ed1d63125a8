"""`settings`: the member's own language, zone and name."""

from dataclasses import replace
from typing import Annotated, Literal

from bot.command import Arg, Context, command
from bot.language import LANGUAGES, Translator, mark
from bot.message import Button, Message, Text, line
from bot.when import parse_zone
from storage import journal, shown
from storage.clubs import change_member


@command(writes=True, example="settings language:zh")
def settings(
    ctx: Context,
    language: Annotated[Literal["en", "zh"] | None, Arg("language of private answers")] = None,
    zone: Annotated[str | None, Arg("your time zone, for example Asia/Shanghai", complete="zone")] = None,
    name: Annotated[Literal["private", "named"] | None, Arg("whether others may see your name")] = None,
) -> Message:
    """Show or change your language, time zone and privacy."""
    changes: dict[str, str | bool | None] = {}
    if language:
        changes["language"] = language
    if zone:
        changes["zone"] = parse_zone(zone)
    if name:
        changes["named"] = name == "named"
    if changes:
        journal.note_before(ctx.db, ctx.me.id, ctx.now, choices=True)
        change_member(ctx.db, ctx.me.id, **changes)
    return _shown(ctx, changes)


@command("settings-show", hidden=True, home=mark("My settings"))
def settings_show(ctx: Context) -> Message:
    """Show your settings; who only looks is not noted as a member."""
    return replace(_shown(ctx, {}), share="")


def _shown(ctx: Context, changes: dict[str, str | bool | None]) -> Message:
    chosen = {name: getattr(ctx.member, name, None) for name in ("language", "zone", "named")} | changes
    speak = Translator(str(chosen["language"] or ctx.actor.language))
    t = speak.t
    name = t("others may see it") if chosen["named"] else t("only counts are shown")
    lines = (
        line(speak.lead("Language"), LANGUAGES[speak.language]),
        line(speak.lead("Time zone"), str(chosen["zone"] or ctx.actor.zone)),
        line(speak.lead("Your name"), name),
    )
    other = "en" if speak.language == "zh" else "zh"
    buttons = (
        Button(LANGUAGES[other], f"settings language:{other}"),
        Button(t("Hide my name"), "settings name:private")
        if chosen["named"]
        else Button(t("Show my name"), "settings name:named"),
        *([Button(t("Undo"), "undo")] if changes else []),
    )
    touched = shown.marked_by(ctx.db, ctx.me.id) if "named" in changes else []
    return Message((Text(lines),), buttons=buttons, touched=tuple(touched))
