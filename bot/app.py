"""App: a line or a command with arguments in, a message out. One parser, one permission check, one transaction."""

import importlib
import logging
import pkgutil
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any

import bot.commands
from bot.command import Actor, Command, Context, Job, JobContext, Knowledge, Parameter, Step
from bot.complete import Suggestion, complete
from bot.errors import NotAllowed, UserError
from bot.language import Msgid, Translator, choice_label, mark
from bot.message import Button, Card, Field, Form, Message, Text, line
from bot.naming import Ambiguous, resolve, resolve_many, resolve_person
from bot.parse import Call, chosen, lacking, parse
from bot.posting import Sender, Underway
from seeds.concepts import load_concepts
from seeds.topics import load_tree
from storage import Connection, Engine, reading, writing
from storage.clubs import Account, ensure_member, find_channel, find_club, find_member
from storage.records import Member
from storage.shown import Shown, forget, naming, remember, showing

log = logging.getLogger(__name__)

LATE = timedelta(hours=6)
"""How old a missed slot may be to be made up for."""

_AFTER_FAILURE = timedelta(minutes=1)
_MOST_ROUNDS = 1000


def load_commands(package: ModuleType = bot.commands) -> Mapping[str, Command]:
    """Every command declared in the package, by name. Adding a file is enough."""
    found: dict[str, Command] = {}
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            declared = getattr(value, "__command__", None)
            if isinstance(declared, Command) and declared.handler.__module__ == info.name:
                if declared.name in found:
                    raise TypeError(f"two commands are called {declared.name}")
                found[declared.name] = declared
    return dict(sorted(found.items()))


def load_jobs(package: ModuleType = bot.commands) -> Sequence[Job]:
    """Every job declared in the package, by name."""
    found: dict[str, Job] = {}
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            declared = getattr(value, "__job__", None)
            if isinstance(declared, Job) and declared.due.__module__ == info.name:
                found[declared.name] = declared
    return [found[name] for name in sorted(found)]


class App:
    """The bot without a platform. Safe to call from several threads."""

    def __init__(
        self,
        engine: Engine,
        commands: Mapping[str, Command] | None = None,
        prefix: str = "",
        public_url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.commands = load_commands() if commands is None else commands
        self.prefix = prefix
        self.late = LATE
        self.senders: dict[str, Sender] = {}
        self.underway = Underway()
        self.touched: deque[tuple[str, str, int]] = deque(maxlen=1000)
        """Resources whose counts changed lately, and where: public cards that show them are to be said again."""
        self._jobs = load_jobs()
        self._ran: dict[str, datetime] = {}
        self._kept: dict[str, Any] = {"public_url": public_url}

    @cached_property
    def knowledge(self) -> Knowledge:
        """The topic tree and the concept table, read once."""
        return Knowledge(topics=load_tree(), concepts=load_concepts())

    def say(self, text: str, actor: Actor, now: datetime | None = None) -> Message:
        """Answer a line. Never raises: what goes wrong becomes a message."""
        try:
            message = self._run(parse(text, self.commands), actor, now or self.clock(), text)
            self.touched.extend((actor.platform, actor.space, number) for number in message.touched)
            return message
        except UserError as error:
            return error_message(error, Translator(error.language or actor.language))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("command failed, reference %s", reference)
            words = mark("Something went wrong on our side. Please tell an admin this reference: {reference}")
            return error_message(UserError(words, reference=reference), Translator(actor.language))

    def call(self, text: str) -> Call | None:
        """What a line calls, without running it; None where that is no command. Touches no database."""
        try:
            return parse(text, self.commands)
        except UserError:
            return None

    def form(self, text: str, actor: Actor) -> Form | None:
        """The form that a line asks for before it can run, or None. Touches no database."""
        call = self.call(text)
        if call is None:
            return None
        missing = [p for p in call.command.parameters if p.name in call.command.form and p.name not in call.arguments]
        if not missing:
            return None
        t = Translator(actor.language).t
        return Form(
            title=t(call.command.help),
            command=call.command.name,
            fields=tuple(_field(p, t) for p in missing),
            given=tuple(call.arguments.items()),
            submit=t("OK"),
        )

    def submit(self, form: Form, values: Mapping[str, str], actor: Actor, now: datetime | None = None) -> Message:
        """Answer a filled-in form; empty inputs count as left out."""
        filled = {name: value for name, value in values.items() if value.strip()}
        return self.run(form.command, dict(form.given) | filled, actor, now)

    def run(self, name: str, arguments: Mapping[str, str], actor: Actor, now: datetime | None = None) -> Message:
        """Answer a command given with named arguments, as platforms with structured input do."""
        return self.say(as_line(self.commands[name], arguments), actor, now)

    def complete(self, name: str, parameter: str, prefix: str, actor: Actor) -> Sequence[Suggestion]:
        """At most 25 completions of what is typed so far for a parameter."""
        command = self.commands.get(name)
        declared = command.parameter(parameter) if command else None
        if declared is None:
            return ()
        with reading(self.engine) as db:
            return complete(db, declared, prefix, self.knowledge, Translator(actor.language), self.commands)

    def tick(self, now: datetime | None = None) -> int:
        """Do what is due; returns how many steps were done. Never raises: a step that fails is tried again later."""
        done = 0
        for job in self._jobs:
            moment = now or self.clock()
            if job.every and moment < self._ran.get(job.name, moment) + job.every and job.name in self._ran:
                continue
            self._ran[job.name] = moment
            done += self._work(job, now)
        return done

    def _work(self, job: Job, now: datetime | None) -> int:
        """Do all steps of a job, a few at a time so that no list of them grows long."""
        done: set[str] = set()
        for _round in range(_MOST_ROUNDS):
            moment = now or self.clock()
            steps = [
                step for step in self._due(job, moment)
                if step.key not in done and self._ran.get(f"failed {step.key}", moment) <= moment
            ]  # fmt: skip
            if not steps:
                break
            for step in steps:
                done.add(step.key)
                self._step(step, moment)
        return len(done)

    def _due(self, job: Job, now: datetime) -> Sequence[Step]:
        try:
            with reading(self.engine) as db:
                return job.due(self._job_context(db, now))
        except Exception:
            log.exception("looking for what is due failed: %s", job.name)
            return ()

    def _step(self, step: Step, now: datetime) -> None:
        try:
            with writing(self.engine) as db:
                step.act(self._job_context(db, now))
            self._ran.pop(f"failed {step.key}", None)
        except Exception:
            log.exception("what was due failed: %s", step.key)
            self._ran[f"failed {step.key}"] = now + _AFTER_FAILURE

    def _job_context(self, db: Connection, now: datetime) -> JobContext:
        return JobContext(db=db, now=now, knowledge=self.knowledge, late=self.late, kept=self._kept)

    def remember(self, message: Message, said: str, actor: Actor, place: str, reference: str) -> None:
        """Note where a public message stands, so that its cards are said again when their counts change.

        `said` is the line that it answered, `actor` who said it, in the message's language. What stood there before
        is forgotten.
        """
        numbers = [part.number for part in message.parts if isinstance(part, Card) and part.number is not None]
        if message.error:
            return
        again = said + naming("sharer", actor.name) if said.startswith("share ") else said
        where = Shown(actor.platform, actor.space, place, reference, again, actor.language)
        with writing(self.engine) as db:
            forget(db, where)
            remember(db, [(where, numbers)], self.clock())

    def outdated(
        self, numbers: Sequence[int], actor: Actor, now: datetime, most: int = 20
    ) -> list[tuple[Shown, Message]]:
        """The newest public messages that show these resources, each as it should be now, for adapters to edit.

        Older ones are brought up to date when somebody presses on them. A line that no longer works is left out.
        """
        with reading(self.engine) as db:
            club = find_club(db, actor.platform, actor.space)
            found = showing(db, club.id, numbers, most) if club and numbers else []
        again = []
        for where in found:
            message = self.say(where.line, _onlookers(where), now)
            if not message.error:
                again.append((where, replace(message, public=True, share=None)))
        return again

    def afresh(self, where: Shown, now: datetime) -> Message | None:
        """A public message as it should be now, also where its line no longer works; None when that can't be said."""
        try:
            message = self._run(parse(where.line, self.commands), _onlookers(where), now, where.line)
        except UserError:
            gone = Translator(where.language).t("What stood here is no longer there.")
            message = Message((Text((line(gone),)),), language=where.language)
        except Exception:
            log.exception("a message in channel %s can't be said again", where.channel)
            return None
        return replace(message, public=True, share=None)

    def _run(self, call: Call, actor: Actor, now: datetime, said: str) -> Message:
        if call.command.admin and not actor.admin:
            raise NotAllowed(mark("“{command}” is for admins of this space."), command=call.command.name)
        if call.command.posts and actor.lacks:
            raise _cannot_post(actor)
        transaction = writing if call.command.writes else reading
        with transaction(self.engine) as db:
            member = _member(db, actor, now, call.command.writes)
            context = Context(
                db=db,
                actor=actor,
                now=now,
                member=member,
                translator=Translator(_language(db, call.command, actor, member)),
                knowledge=self.knowledge,
                commands=self.commands,
                said=said,
                prefix=self.prefix,
                public=call.command.public or actor.overheard,
                writes=call.command.writes,
                kept=self._kept,
                again=self._again,
            )
            try:
                message = self._call(call, context)
                if actor.overheard and message.share == "":
                    alone = (Button(mark("Show it to me alone"), said),)
                    raise NotAllowed(mark("That answer is only for you; it can't be shared."), buttons=alone)
            except UserError as error:
                error.language = member.language if member else None
                raise
        return replace(_declared(message, call, said), language=context.language)

    def _again(self, text: str, context: Context) -> Message:
        """Run another line inside a running command, in its transaction."""
        call = parse(text, self.commands)
        if call.command.admin or call.command.hidden or (call.command.writes and not context.writes):
            raise NotAllowed(mark("“{command}” can't be said for others."), command=call.command.name)
        return self._call(call, context)

    def _call(self, call: Call, context: Context) -> Message:
        values = {p.name: _convert(p, call, context.db) for p in call.command.parameters}
        names = {p.rstrip("_"): p for p in call.command.handler.__annotations__}
        return call.command.handler(context, **{names[name]: value for name, value in values.items()})


def _onlookers(where: Shown) -> Actor:
    """Those who read a public message."""
    return Actor(where.platform, where.space, where.channel, "", "", where.language, overheard=True)


def _cannot_post(actor: Actor) -> UserError:
    t = Translator(actor.language).t
    words = mark("I can't post in this channel. Please give me these permissions here first: {permissions}")
    return UserError(words, permissions=", ".join(t(name) for name in actor.lacks))


def _member(db: Connection, actor: Actor, now: datetime, writes: bool) -> Member | None:
    if not writes:
        return find_member(db, actor.platform, actor.space, actor.member)
    return ensure_member(db, Account(actor.platform, actor.space, actor.member, actor.name), now)


def _language(db: Connection, command: Command, actor: Actor, member: Member | None) -> str:
    """What everybody reads is in the channel's language; what one reads alone, in theirs."""
    if not command.public and not actor.overheard:
        return (member.language if member else None) or actor.language
    channel = find_channel(db, actor.platform, actor.space, actor.channel)
    return channel.language if channel else actor.language


def as_line(command: Command, arguments: Mapping[str, str]) -> str:
    """The line that says a command with named arguments."""
    options = []
    rest = ""
    for n, parameter in enumerate(command.parameters):
        value = arguments.get(parameter.name)
        if value is None:
            continue
        if parameter.rest and all(p.name in arguments for p in command.parameters[:n] if p.kind != "flag"):
            rest = value
        else:  # without its name it would be taken for an earlier parameter
            quoted = value.replace('"', "'")
            options.append(f'{parameter.name}:"{quoted}"')
    return " ".join(filter(None, [command.name, rest, *options]))


def error_message(error: UserError, translator: Translator) -> Message:
    """The private reply that shows a UserError."""

    def said(value: object) -> object:
        return translator.t(value) if isinstance(value, Msgid) else value

    values = {name: said(value) for name, value in error.values.items()}
    buttons = tuple(Button(str(said(b.label)), b.line, b.style) for b in error.buttons)
    words = Text((line(translator.t(error.text, **values)),))
    return Message((words,), buttons=buttons, error=True, language=translator.language)


def _declared(message: Message, call: Call, said: str) -> Message:
    own = call.command.public or call.command.writes or message.error or message.share == ""
    return replace(message, public=call.command.public, share=None if own else (message.share or said))


def _field(parameter: Parameter, t: Callable[[str], str]) -> Field:
    options = tuple((choice, choice_label(t, parameter.name, choice)) for choice in parameter.choices)
    return Field(parameter.name, t(parameter.help), parameter.kind, parameter.required, options=options)


def _convert(parameter: Parameter, call: Call, db: Connection) -> object:
    raw = call.arguments.get(parameter.name)
    if raw is None or (not raw.strip() and not parameter.required):
        if parameter.required:
            raise lacking(call.command, parameter)
        return parameter.default
    if parameter.kind not in {"resource", "resources"}:
        return _plain_value(parameter, raw)
    try:
        if parameter.complete == "person":
            return resolve_person(db, raw)
        return resolve(db, raw) if parameter.kind == "resource" else resolve_many(db, raw)
    except Ambiguous as error:
        raise error.for_call(
            lambda number: as_line(call.command, {**call.arguments, parameter.name: number})
        ) from error


def _plain_value(parameter: Parameter, raw: str) -> object:
    if parameter.kind == "integer":
        return _integer(parameter, raw)
    if parameter.kind == "flag":
        return raw.lower() in {"1", "yes", "true", "on", "是"}
    if parameter.kind != "choice":
        return raw
    choice = chosen(parameter, raw)
    if choice is None:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=raw[:40],
            name=parameter.name,
            choices=", ".join(parameter.choices),
        )
    return choice


def _integer(parameter: Parameter, raw: str) -> int:
    digits = raw.lstrip("#＃").rstrip(",.，。、")
    value = int(digits) if digits.isdecimal() and len(digits) < 10 else None
    low, high = parameter.minimum or 0, parameter.maximum or 10**9
    if value is None or not low <= value <= high:
        raise UserError(
            mark("“{value}” is no {name}: a number from {low} to {high} is wanted."),
            value=raw[:40],
            name=parameter.name,
            low=low,
            high=high,
        )
    return value
