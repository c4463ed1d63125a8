"""What happens after an acknowledgement: a line is heard, run once, and its answer shown where it was said."""

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from bot.adapters.slack.access import lacking
from bot.adapters.slack.api import Api, Refused, Unconfirmed, settled
from bot.adapters.slack.home import Home
from bot.adapters.slack.people import People
from bot.adapters.slack.quoting import permalink, quoting_form
from bot.adapters.slack.render import Json, Shown, option, unshared
from bot.adapters.slack.replies import Replies
from bot.adapters.slack.text import heard, references
from bot.adapters.slack.tokens import ManyTokens, NotInstalled, OneToken, client_for
from bot.adapters.slack.views import Filled, Origin, answer_view, form_view, loading_view
from bot.adapters.slack.work import TooLate, Work
from bot.app import App, as_line
from bot.command import Actor, Command
from bot.language import Translator, mark
from bot.message import Button, Form, Message, Part, Text, line
from bot.posting import Sent
from bot.web import Metrics
from storage import deliveries, reading, slack, spaces, writing
from storage.clubs import find_member

log = logging.getLogger(__name__)

BUSY = mark("I have more to do than I can manage right now. Please try again in a moment.")
SORRY = mark("Something went wrong on our side. Please tell an admin this reference: {reference}")
NOT_QUOTABLE = mark("Only what a member has written can be kept as a note.")
_MOST_LINKS = 5
_LINES = 500
"""Lines whose meaning is kept: a line is looked at several times on its way."""


@dataclass(frozen=True)
class Said:
    """A line on its way. `key` names the delivery; `trigger` opens a window.

    A pressed button has a `level` (say: of a card, go: of the whole message, press: the card is shown as it is then),
    and knows the line `on` whose answer the card shows.
    """

    line: str
    origin: Origin
    key: str
    trigger: str = ""
    page: int = 0
    on: str = ""
    level: str = ""
    since: float = 0.0


class Desk:
    """Runs lines and shows their answers; each delivery acts once."""

    def __init__(
        self,
        app: App,
        api: Api,
        tokens: OneToken | ManyTokens,
        people: People,
        work: Work,
        metrics: Metrics,
        replies: Replies,
    ) -> None:
        self.app = app
        self.people = people
        self.work = work
        self.metrics = metrics
        self._api = api
        self._tokens = tokens
        self._replies = replies
        self._call = lru_cache(maxsize=_LINES)(app.call)
        self.home = Home(app, api, tokens, people, work)

    # ---- lines ----

    async def hear(self, said: Said) -> None:
        """Run what somebody typed; Slack's markup becomes plain text first."""
        names = {}
        for reference in sorted(references(said.line))[:5]:
            names[reference] = await self._name(said.origin.team, reference)
        await self.run(replace(said, line=heard(said.line, names.get)))

    async def _name(self, team: str, reference: str) -> str | None:
        if reference[0] in "UW":
            profile = await self.people.profile(team, reference)
            return profile.name if profile.known else None
        return await self.people.channel(team, reference)

    async def run(self, said: Said) -> None:
        """Run a line and show the answer, or open the form that it asks for."""
        actor = await self._actor(said)
        form = self.app.form(said.line, actor)
        if form is not None:
            actor = await self._as_chosen(actor)
            form = self.app.form(said.line, actor)
        if form is not None and said.trigger:
            if await self.work.think(lambda: self._claim(said.key)) and not await self._open_form(form, said, actor):
                await self._answer(said, actor, self._with_form(self.app.say(said.line, actor), said, actor))
            return
        actor = await self._poster(said, actor)
        said = said if form else self._on_its_card(said)
        if self._turns_for_all(said):
            actor = replace(actor, overheard=True)
        try:
            message = await self.work.think(lambda: self._say(said, actor), said.since or None)
        except TooLate:
            await self.refuse(said.origin)
            return
        if message is not None:
            message = self._with_form(message, said, actor) if form else message
            await self._answer(said, actor, message)
            await self._freshen_home(said)
        self._measure(said, message)

    async def _freshen_home(self, said: Said) -> None:
        """A window lies over the Home tab: what is pressed in it is to be seen there afterwards."""
        command = self._command(said.line)
        if said.level and said.origin.view and command is not None and command.writes:
            await self.home.show(said.origin.team, said.origin.user)

    async def _actor(self, said: Said) -> Actor:
        call = self._command(said.line)
        sure = call is not None and call.admin
        return await self.people.actor(said.origin.team, said.origin.user, said.origin.channel, sure=sure)

    async def _as_chosen(self, actor: Actor) -> Actor:
        """The actor in the language that they chose for themselves; commands see to that, windows do not."""

        def chosen() -> str | None:
            with reading(self.app.engine) as db:
                member = find_member(db, actor.platform, actor.space, actor.member)
            return member.language if member else None

        language = await self.work.think(chosen)
        return replace(actor, language=language or actor.language)

    async def _poster(self, said: Said, actor: Actor) -> Actor:
        """The actor, with what the bot lacks for posting in that channel later, where the line asks for that."""
        command = self._command(said.line)
        if command is None or not command.posts or said.origin.direct or not said.origin.channel:
            return actor
        try:
            client = await client_for(self._api, self._tokens, said.origin.team)
        except (Refused, Unconfirmed, NotInstalled):
            return actor
        return replace(actor, lacks=await lacking(client, said.origin.channel))

    def _command(self, text: str) -> Command | None:
        call = self._call(text)
        return call.command if call else None

    def _on_its_card(self, said: Said) -> Said:
        """What changes something on a card says itself where it stands; the card is then shown as it is."""
        call = self._call(said.line)
        if not said.level or call is None or call.command.name != "press":
            return said
        return replace(said, level="press", on=call.arguments.get("on", ""))

    def _say(self, said: Said, actor: Actor) -> Message | None:
        return self.app.say(said.line, actor) if self._claim(said.key) else None

    def _claim(self, key: str) -> bool:
        with writing(self.app.engine) as db:
            return deliveries.claim(db, key, datetime.now(UTC))

    def _measure(self, said: Said, message: Message | None) -> None:
        outcome = "repeated" if message is None else "error" if message.error else "answered"
        self.metrics.commands.labels("slack", outcome).inc()
        self.metrics.seconds.labels("slack").observe(time.monotonic() - said.since if said.since else 0.0)

    def _with_form(self, message: Message, said: Said, actor: Actor) -> Message:
        fill = Button(Translator(message.language or actor.language).t("Fill in a form"), said.line, "primary")
        return replace(message, buttons=(fill, *message.buttons)) if message.error else message

    async def _answer(self, said: Said, actor: Actor, message: Message) -> None:
        command = self._command(said.line)
        again = self._again(said, command)
        if said.level == "press" and again and not message.error:
            message = replace(message, share=again)
        language = message.language or actor.language
        origin = replace(said.origin, replace=self._in_place(said, message, command))
        apart = origin.direct or bool(origin.view)
        shared = message.public or (said.level == "press" and not origin.private)
        shown = Shown(
            message,
            said=again,
            t=Translator(language).t,
            page=said.page,
            share=not apart and not shared,
            back=self._way_back(said, command) if origin.replace or origin.view else None,
        )
        public = message.public and not origin.view
        sent = await self._replies.send(origin, shown, language, public=public)
        turned = origin.replace and not (origin.private or origin.direct) and said.level != "press"
        if sent is not None and again and not origin.view and (turned or (public and not origin.replace)):
            await self.work.think(lambda: self._remember(said, again, message, actor, sent))

    def _remember(self, said: Said, again: str, message: Message, actor: Actor, sent: Sent) -> None:
        """Note what a card that everybody sees shows now; a later page of it can't be said again by its line."""
        there = replace(actor, language=message.language or actor.language)
        shows = replace(message, parts=()) if said.page else message
        self.app.remember(shows, said.line if said.level == "share" else again, there, sent.place, sent.reference)

    @staticmethod
    def _again(said: Said, command: Command | None) -> str | None:
        """The line that shows the answer once more without doing anything once more."""
        if said.level == "press":
            return said.on or None
        if command is None or command.writes:
            return None
        return unshared(said.line)

    def _way_back(self, said: Said, command: Command | None) -> str | None:
        """The line of the card that was pressed, where another command has taken its place."""
        before = self._command(said.on) if said.on else None
        return said.on if before and before != command and said.level != "press" else None

    def _in_place(self, said: Said, message: Message, command: Command | None) -> bool:
        """Whether the answer takes the place of the card that was pressed.

        What only its reader sees is always edited. A card that everybody sees is only changed by what is said on it,
        or turned to another page of itself: somebody's ballot or draft must not take its place.
        """
        if not said.level or message.error or said.level == "share":
            return False
        if said.origin.private:
            return not message.public
        if said.origin.direct or said.level in {"press", "turn"} or message.public:
            return True
        return self._turns_for_all(said)

    def _turns_for_all(self, said: Said) -> bool:
        """Whether a press turns a card that everybody sees to another page of itself."""
        command = self._command(said.line)
        if said.origin.private or said.origin.direct or not said.origin.message or command is None or command.writes:
            return False
        return said.level == "turn" or (said.level == "go" and bool(said.on) and self._command(said.on) == command)

    # ---- windows ----

    async def _open_form(self, form: Form, said: Said, actor: Actor) -> bool:
        origin = replace(said.origin, view="")
        view = form_view(form, self.app.commands[form.command], origin, Translator(actor.language))
        return view is not None and await self._open(said, view, push=bool(said.origin.view)) is not None

    async def _open(self, said: Said, view: Json, *, push: bool = False) -> str | None:
        """Open a window; its id, or None where Slack no longer lets us."""
        try:
            client = await client_for(self._api, self._tokens, said.origin.team)
            call = client.views_push if push else client.views_open
            return str((await settled(call(trigger_id=said.trigger, view=view)))["view"]["id"])
        except (Refused, Unconfirmed, NotInstalled) as error:
            log.warning("a window could not be opened: %s", error)
            return None

    async def run_at_home(self, said: Said) -> None:
        """Run a line pressed on the Home tab. What it changes there is seen there; other answers come in a window."""
        actor = await self._as_chosen(await self._actor(said))
        command = self._command(said.line)
        if self.app.form(said.line, actor) is not None:
            await self.run(said)
        elif not await self.work.think(lambda: self._claim(said.key)):
            return
        elif command is not None and command.writes:
            await self._act_at_home(said, actor)
        else:
            view = await self._open(said, loading_view(Translator(actor.language)))
            origin = replace(said.origin, view=view) if view else replace(said.origin, direct=True)
            await self.run(replace(said, origin=origin, key=f"{said.key}:shown"))

    async def _act_at_home(self, said: Said, actor: Actor) -> None:
        before = await self.home.sections(actor)
        message = await self.work.think(lambda: self.app.say(said.line, actor))
        after = await self.home.sections(actor)
        if after != before:
            await self.home.publish(actor, after)
        if message.error or after == before:
            shown = Shown(message, None, Translator(message.language or actor.language).t)
            if await self._open(said, answer_view(shown)) is None:
                await self._replies.send(replace(said.origin, direct=True), shown, actor.language)
        self._measure(said, message)

    async def submit(self, filled: Filled, key: str, view: str, since: float) -> None:
        """Run a form that was filled in."""
        origin = filled.origin if filled.origin.channel else replace(filled.origin, view=view)
        if filled.form.command not in self.app.commands:
            raise KeyError(filled.form.command)
        command = self.app.commands[filled.form.command]
        values = {name: value for name, value in filled.values.items() if value.strip()}
        text = as_line(command, dict(filled.form.given) | values)
        await self.run_form(Said(text, origin, key, since=since), filled)

    async def run_form(self, said: Said, filled: Filled) -> None:
        """Run a filled-in form as its line; what is missing is said, not asked for again."""
        actor = await self._poster(said, await self._actor(said))

        def act() -> Message | None:
            return self.app.submit(filled.form, filled.values, actor) if self._claim(said.key) else None

        message = await self.work.think(act)
        if message is not None:
            await self._answer(said, actor, message)
        self._measure(said, message)

    async def use_shortcut(self, said: Said, lines: Sequence[str]) -> None:
        """Run lines about the links of a message, and show all answers in one window."""
        actor = await self._as_chosen(await self._actor(said))
        translator = Translator(actor.language)
        if not await self.work.think(lambda: self._claim(said.key)):
            return
        view = await self._open(said, loading_view(translator))
        message = await self.work.think(lambda: self._together(lines[:_MOST_LINKS], actor, translator))
        origin = replace(said.origin, view=view) if view else replace(said.origin, response_url="", direct=True)
        await self._replies.send(origin, Shown(message, None, translator.t), actor.language)

    async def quote(self, said: Said, message: Json) -> None:
        """Ask on which resource a message shall be kept as a note; its author then decides."""
        origin, ts = said.origin, str(message.get("ts") or "")
        actor = await self._as_chosen(await self._actor(said))
        client = await client_for(self._api, self._tokens, origin.team)
        author = await self.people.profile(origin.team, str(message.get("user") or ""))
        form = quoting_form(self.app, actor, message, author.name, await permalink(client, origin.channel, ts))
        if form is None:
            translator = Translator(actor.language)
            await self._replies.tell(origin, translator.t(NOT_QUOTABLE), translator.language)
        elif await self.work.think(lambda: self._claim(said.key)):
            there = Origin(origin.team, origin.user, origin.channel, thread=str(message.get("thread_ts") or ts))
            await self._open_form(form, replace(said, origin=there), actor)

    def _together(self, lines: Sequence[str], actor: Actor, translator: Translator) -> Message:
        if not lines:
            return Message((Text((line(translator.t("There is no link in that message.")),)),), error=True)
        answers = [self.app.say(x, actor) for x in lines]
        parts: list[Part] = [part for answer in answers for part in answer.parts]
        return Message(tuple(parts), tuple(b for answer in answers for b in answer.buttons)[:10])

    # ---- what is always there ----

    async def suggest(self, command: str, parameter: str, typed: str, team: str, user: str) -> list[Json]:
        """What may be chosen for what is typed so far."""
        language = self.people.known_language(team, user)
        actor = Actor("slack", team, "", user, user, language)
        found = await self.work.think(lambda: self.app.complete(command, parameter, typed, actor), time.monotonic())
        labels = {s.value: s.label for s in found if 0 < len(s.value) <= 150}
        own = typed.strip()
        declared = self.app.commands[command].parameter(parameter) if command in self.app.commands else None
        named = declared is None or declared.kind not in {"resource", "resources"} or re.search(r"\d{3}|://", own)
        if named and 0 < len(own) <= 150 and own not in labels:
            labels[own] = f"“{own}”"
        return [option(text, value) for value, text in list(labels.items())[:100]]

    # ---- when things go wrong, or end ----

    async def refuse(self, origin: Origin) -> None:
        """Tell a member that there is too much to do."""
        self.metrics.commands.labels("slack", "shed").inc()
        language = self.people.known_language(origin.team, origin.user)
        await self._replies.tell(origin, Translator(language).t(BUSY), language)

    async def sorry(self, origin: Origin, reference: str) -> None:
        """Tell a member that something failed, with the reference that is in the log."""
        language = self.people.known_language(origin.team, origin.user)
        await self._replies.tell(origin, Translator(language).t(SORRY, reference=reference), language)

    async def leave(self, team: str, event_time: float) -> None:
        """Forget a workspace that removed the app, unless it has installed it again since."""

        def purge() -> None:
            with writing(self.app.engine) as db:
                if slack.uninstall(db, team, datetime.fromtimestamp(event_time, UTC)):
                    spaces.purge(db, "slack", team)

        await self.work.think(purge)
        self._tokens.forget(team)
        self.people.forget(team)
