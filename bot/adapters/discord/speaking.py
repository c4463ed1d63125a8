"""What is answered, in threads: lines run in the right club and language, each once, and what is remembered of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import discord

from bot.adapters.discord.hearing import Heard, actor_of
from bot.adapters.discord.render import Shown, show
from bot.app import App
from bot.command import Actor, Command
from bot.language import Translator, mark, nearest
from bot.message import Button, Message, Part, Text, line
from storage import deliveries, reading, writing
from storage.clubs import find_channel
from storage.discord import KEEP_LINES, find_line, home_of, keep_lines


@dataclass(frozen=True)
class Turn:
    """One interaction that is being answered."""

    interaction: discord.Interaction
    heard: Heard
    since: float
    language: str
    public: bool = False
    in_place: bool = False

    @cached_property
    def actor(self) -> Actor:
        """Who speaks; looked at after the acknowledgement, where that is possible."""
        return actor_of(self.interaction, self.language)


@dataclass(frozen=True)
class Answer:
    """A message ready to be shown, and who is answered, in its language. `said` is the line that shows it again."""

    message: Message
    shown: Shown
    actor: Actor
    said: str | None


class Speaker:
    """Runs lines. Everything here waits for the database, so it belongs into threads."""

    def __init__(self, app: App, language: str) -> None:
        self._app = app
        self._language = language

    def command(self, text: str) -> Command | None:
        """The command of a line, without running it."""
        call = self._app.call(text)
        return call.command if call else None

    def kept(self, key: str) -> str | None:
        """The line that a component's id was too short for."""
        with reading(self._app.engine) as db:
            return find_line(db, key)

    def keep(self, long: Mapping[str, str], time: timedelta = KEEP_LINES) -> None:
        """Keep lines that ids are too short for; those of a form, soon filled in or never, for a short while."""
        if long:
            with writing(self._app.engine) as db:
                keep_lines(db, long, self._app.clock() - KEEP_LINES + time)

    def remember(self, answer: Answer, place: int, message: int) -> None:
        """Note where a public answer stands."""
        if answer.said is not None:
            self._app.remember(answer.message, answer.said, answer.actor, str(place), str(message))

    def answer(self, turn: Turn) -> Answer | None:
        """Run the lines of an interaction; None when another process, or an earlier delivery, does."""
        now = self._app.clock()
        heard = turn.heard
        commands = [heard.command] if heard.command else [self.command(x) for x in heard.lines]
        writes = any(c is not None and c.writes for c in commands)
        if writes and not self._claim(f"discord:{turn.interaction.id}", now):
            return None
        actor = self._settled(turn.actor, turn.public, turn.interaction.guild_locale)
        message = self._say(heard, actor, now)
        said = heard.lines[0] if len(heard.lines) == 1 and heard.values is None and not writes else None
        share = turn.interaction.guild_id is not None and not message.public
        return self._shown(message, actor, said, heard.page, share)

    def reply(self, text: str, actor: Actor, identity: int) -> Answer | None:
        """Run a line that stands in a message. What only one member may see waits behind a button."""
        now = self._app.clock()
        direct = not actor.space
        actor = self._settled(actor, public=not direct)
        command = self.command(text)
        if self._app.form(text, actor) or (
            command and (command.admin or (command.writes and not command.public and not direct))
        ):
            return self._shown(_go_on(text, Translator(actor.language).t), actor, None)
        if command and command.writes and not self._claim(f"discord:{identity}", now):
            return None
        message = self._app.say(text, actor, now)
        return self._shown(message, actor, None if command is None or command.writes else text)

    def _say(self, heard: Heard, actor: Actor, now: datetime) -> Message:
        if not heard.lines:
            gone = mark("I no longer know what this button said. Please ask again.")
            words = Translator(actor.language).t(gone if heard.payload else heard.nothing)
            return Message((Text((line(words),)),), error=True)
        if heard.values is not None:
            form = self._app.form(heard.lines[0], actor)
            if form is not None:
                return self._app.submit(form, heard.values, actor, now)
        answers = [self._app.say(x, actor, now) for x in heard.lines]
        return answers[0] if len(answers) == 1 else _together(answers)

    def _shown(self, message: Message, actor: Actor, said: str | None, page: int = 0, share: bool = False) -> Answer:
        shown = show(message, Translator(actor.language).t, said, page, share)
        self.keep(shown.long)
        return Answer(message, shown, actor, said)

    def _claim(self, key: str, now: datetime) -> bool:
        with writing(self._app.engine) as db:
            return deliveries.claim(db, key, now)

    def _settled(self, actor: Actor, public: bool, guild_language: object = None) -> Actor:
        """The actor at home: private talk belongs to their guild's club, public words are in the channel's language."""
        if actor.space and not public:
            return actor
        with reading(self._app.engine) as db:
            if not actor.space:
                return replace(actor, space=home_of(db, actor.member) or f"@{actor.member}")
            channel = find_channel(db, "discord", actor.space, actor.channel)
        spoken = channel.language if channel else nearest(str(guild_language or "")) or self._language
        return replace(actor, language=spoken)


def _go_on(text: str, t: Callable[..., str]) -> Message:
    words = t("Only you should see this. Press to go on.")
    return Message((Text((line(words),)),), (Button(t("Go on"), text, "primary"),))


def _together(answers: Sequence[Message]) -> Message:
    parts: list[Part] = [part for answer in answers for part in answer.parts]
    return Message(tuple(parts), tuple(b for answer in answers for b in answer.buttons)[:10])
