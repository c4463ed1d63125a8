"""A command is a typed function: its signature and docstring are the only declaration.

    @command(public=True)
    def show(ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")]) -> Message:
        \"\"\"Show one resource in full.\"\"\"

Discord's registration, Slack's manifest, help, completion and the README table are read from it.
"""

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from bot.language import Translator
from bot.message import Message, Span
from storage import Connection
from storage.records import Member, Resource

if typing.TYPE_CHECKING:
    from seeds.topics import Tree
    from storage.search import Concepts

KINDS = Literal["text", "integer", "flag", "choice", "resource", "resources"]


@dataclass(frozen=True)
class Arg:
    """What a parameter means.

    `rest` takes the remaining words as typed; `complete` names what offers completions ("title", "person",
    "topic", "venue", "kind", "source", "command"); numbers stay within `minimum` and `maximum`.
    """

    help: str
    rest: bool = False
    complete: str | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Parameter:
    """One argument of a command, as read from its signature."""

    name: str
    help: str
    kind: KINDS
    required: bool
    default: object = None
    rest: bool = False
    complete: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


Handler = Callable[..., Message]


@dataclass(frozen=True)
class Command:
    """A declared command. `writes` opens a writing transaction; `hidden` commands serve buttons and are not listed.

    `posts` says that something will be posted in the channel later, so the bot must be allowed to. `home` is the
    heading under which its answer stands on the member's home page, where the platform has one.
    """

    name: str
    help: str
    parameters: tuple[Parameter, ...]
    handler: Handler
    public: bool = False
    admin: bool = False
    writes: bool = False
    hidden: bool = False
    posts: bool = False
    home: str = ""
    form: tuple[str, ...] = ()
    example: str | None = None
    details: str = ""

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True)
class Actor:
    """Who speaks, where: ids are the platform's own; `admin` is what the platform says of them there.

    `lacks` names the permissions (msgids) without which the bot can't post in that channel; `overheard` says that
    everybody there sees the answer, whatever the command declares.
    """

    platform: str
    space: str
    channel: str
    member: str
    name: str
    language: str = "en"
    zone: str = "UTC"
    admin: bool = False
    lacks: tuple[str, ...] = ()
    overheard: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What does not change while the program runs: the topic tree and the concept table."""

    topics: "Tree"
    concepts: "Concepts"


@dataclass(frozen=True)
class Context:
    """What a handler works with. `db` is the command's one transaction; time comes in as `now`.

    `member` is the person behind the actor: always there in a command that `writes`, else None before their
    first one. `public` says that everybody will see the answer; `kept` is what commands keep between calls.
    """

    db: Connection
    actor: Actor
    now: datetime
    translator: Translator
    knowledge: Knowledge
    commands: Mapping[str, Command]
    member: Member | None = None
    said: str = ""
    prefix: str = "/paper "
    public: bool = False
    writes: bool = False
    kept: dict[str, Any] = field(repr=False, default_factory=dict)
    again: Callable[[str, "Context"], Message] = field(repr=False, default=lambda _line, _ctx: Message(()))

    @property
    def t(self) -> Callable[..., str]:
        """Say a msgid in the member's language."""
        return self.translator.t

    @property
    def tn(self) -> Callable[..., str]:
        """Say a counted msgid in the member's language."""
        return self.translator.tn

    @property
    def lead(self) -> Callable[..., Span]:
        """Say a msgid in bold, before what it leads to."""
        return self.translator.lead

    @property
    def listed(self) -> Callable[[Iterable[str]], str]:
        """Say several things in a row."""
        return self.translator.listed

    @property
    def aside(self) -> Callable[[str], str]:
        """Say a remark in brackets."""
        return self.translator.aside

    @property
    def me(self) -> Member:
        """The member, in commands that write."""
        if self.member is None:
            raise LookupError("only commands that write know who speaks")
        return self.member

    @property
    def language(self) -> str:
        """The language of this answer."""
        return self.translator.language


@dataclass(frozen=True)
class JobContext:
    """What a job works with, at every tick. `late` is how old a missed slot may be to be made up for."""

    db: Connection
    now: datetime
    knowledge: Knowledge
    late: timedelta
    kept: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing that is due: it runs in a transaction of its own, and when it fails no other one does."""

    key: str
    act: Callable[[JobContext], None]


@dataclass(frozen=True)
class Job:
    """Something that is looked after by the clock: at a tick it names the steps that are due. `every` spaces it."""

    name: str
    due: Callable[[JobContext], Sequence[Step]]
    every: timedelta = timedelta(0)


def job(*, every: timedelta = timedelta(0)) -> Callable[[Callable[[JobContext], Sequence[Step]]], Any]:
    """Declare a job; it is found like a command. The function must only look: the steps act."""

    def declare(due: Callable[[JobContext], Sequence[Step]]) -> Callable[[JobContext], Sequence[Step]]:
        due.__job__ = Job(due.__name__, due, every)  # type: ignore[attr-defined]
        return due

    return declare


def command(
    name: str | None = None,
    *,
    public: bool = False,
    admin: bool = False,
    writes: bool = False,
    hidden: bool = False,
    posts: bool = False,
    home: str = "",
    form: Sequence[str] = (),
    example: str | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a command. `form` names the parameters that are asked for in a form when the line lacks them.

    `home` puts its answer on the member's home page under that heading, a msgid.
    """

    def declare(handler: Handler) -> Handler:
        summary, _, details = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
        if not summary:
            raise TypeError(f"the command {handler.__name__} has no docstring, which is its help")
        handler.__command__ = Command(  # type: ignore[attr-defined]
            name=name or handler.__name__,
            help=" ".join(summary.split()),
            details=" ".join(details.split()),
            parameters=_parameters(handler),
            handler=handler,
            public=public,
            admin=admin,
            writes=writes,
            hidden=hidden,
            posts=posts,
            home=home,
            form=tuple(form),
            example=example,
        )
        return handler

    return declare


def _parameters(handler: Handler) -> tuple[Parameter, ...]:
    hints = typing.get_type_hints(handler, include_extras=True)
    signature = inspect.signature(handler)
    return tuple(_parameter(p, hints[p.name]) for p in list(signature.parameters.values())[1:])


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    if typing.get_origin(hint) is not Annotated:
        raise TypeError(f"parameter {parameter.name} needs Annotated[type, Arg(…)]")
    kind_hint, arg = typing.get_args(hint)[:2]
    kind, choices = _kind(kind_hint)
    required = parameter.default is inspect.Parameter.empty
    return Parameter(
        name=parameter.name.rstrip("_"),
        help=arg.help,
        kind=kind,
        required=required,
        default=None if required else parameter.default,
        rest=arg.rest,
        complete=arg.complete or ("title" if kind in {"resource", "resources"} else None),
        choices=choices,
        minimum=arg.minimum,
        maximum=arg.maximum,
    )


def _kind(hint: Any) -> tuple[KINDS, tuple[str, ...]]:
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        hint = next(x for x in typing.get_args(hint) if x is not type(None))
    if typing.get_origin(hint) is Literal:
        return "choice", tuple(str(x) for x in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return "resources", ()
    kinds: dict[Any, KINDS] = {str: "text", int: "integer", bool: "flag", Resource: "resource"}
    return kinds[hint], ()
