"""The chat at the prompt: history, completion, numbered choices, pretend members."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, ThreadedCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.text import Text as RichText

from bot.adapters.console.render import Pick, show, show_options
from bot.adapters.console.sender import ConsoleSender
from bot.app import App
from bot.command import Actor, Command
from bot.language import LANGUAGES, Translator
from bot.message import Button, Form, Message, Text, bold, line

CHANNEL = "terminal"
_FIRST = ("search paged attention", "browse", "people", "recommend", "help")
"""What a newcomer may try."""


def member(name: str, language: str) -> Actor:
    """A pretend member of the terminal's own space; `/admin off` takes the rights away."""
    return Actor("console", CHANNEL, CHANNEL, name, name, language=language, admin=True)


class Chat:
    """One conversation: who speaks now, and which numbers mean what."""

    def __init__(self, app: App, console: Console, actor: Actor, ask: Callable[[str], str]) -> None:
        self.app = app
        self.console = console
        self.actor = actor
        self._ask = ask
        self._picks: list[Pick] = []

    def hear(self, text: str) -> bool:
        """Act on one typed line; False when it ends the chat."""
        text = text.strip()
        if text.lower() in {"/quit", "/exit", "quit", "exit"}:
            return False
        if text.isdigit() and 1 <= int(text) <= len(self._picks):
            self._press(self._picks[int(text) - 1])
        elif not self._switch(text):
            self._say(text)
        return True

    def _switch(self, text: str) -> bool:
        """`/lang zh`, `/as alice` and `/admin off` change who speaks; True when the line was one of them."""
        word, _, value = text.partition(" ")
        value = value.strip()
        if word == "/lang":
            return self._become(language=value) if value in LANGUAGES else self._tell("/lang en | zh")
        if word == "/as":
            return self._become(member=value, name=value) if value else self._tell("/as alice")
        if word == "/admin":
            return self._become(admin=value != "off")
        return False

    def _become(self, **changes: object) -> bool:
        self.actor = replace(self.actor, **changes)  # type: ignore[arg-type]
        t = Translator(self.actor.language).t
        rights = t("an admin") if self.actor.admin else t("a member")
        language = LANGUAGES[self.actor.language]
        return self._tell(t("You are {name}, {rights}, and read {language}.", name=self.actor.name, rights=rights,
                            language=language))  # fmt: skip

    def _tell(self, text: str) -> bool:
        self.console.print(RichText(text, style="dim"))
        return True

    def _press(self, pick: Pick) -> None:
        if pick.options:
            self._picks = show_options(self.console, pick)
        else:
            self._tell(f"› {pick.line}")
            self._say(pick.line)

    def _say(self, text: str) -> None:
        form = self.app.form(text, self.actor)
        message = self.app.say(text, self.actor) if form is None else self._fill(form)
        self.answer(message)

    def _fill(self, form: Form) -> Message:
        self.console.print(RichText(form.title, style="bold"))
        values = {}
        for field in form.fields:
            hint = f" ({' | '.join(label for _value, label in field.options)})" if field.options else ""
            values[field.name] = self._ask(f"{field.label}{hint}: ")
        return self.app.submit(form, values, self.actor)

    def answer(self, message: Message) -> None:
        """Print a message and remember its choices."""
        self._picks = show(self.console, message)


class LineCompleter(Completer):
    """Completes command names, option names and values (titles, people, topics…) from the catalogue."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Suggestions for the text before the cursor."""
        text = document.text_before_cursor.lstrip("/")
        commands = {name: c for name, c in self._chat.app.commands.items() if not c.hidden}
        found = next((c for name, c in commands.items() if text.startswith(f"{name} ")), None)
        if found is None:
            for name, command in commands.items():
                if name.startswith(text):
                    yield Completion(f"{name} ", start_position=-len(text), display_meta=command.help)
            return
        yield from self._arguments(found, text[len(found.name) + 1 :])

    def _arguments(self, command: Command, typed: str) -> Iterator[Completion]:
        word = typed.rsplit(" ", 1)[-1]
        option, colon, value = word.partition(":")
        if colon:
            yield from self._values(command, option, value)
            return
        rest = next((p for p in command.parameters if p.complete and (p.rest or p.required)), None)
        if rest is not None and len(typed) >= 2:
            yield from self._values(command, rest.name, typed)
        for parameter in command.parameters:
            if not parameter.rest and parameter.kind != "resource" and parameter.name.startswith(word) and word:
                yield Completion(f"{parameter.name}:", start_position=-len(word), display_meta=parameter.help)

    def _values(self, command: Command, parameter: str, typed: str) -> Iterator[Completion]:
        for found in self._chat.app.complete(command.name, parameter, typed, self._chat.actor):
            spaced = " " in found.value and command.parameter(parameter) is not None
            quoted = f'"{found.value}"' if spaced and not typed.startswith(found.value[:1]) else found.value
            yield Completion(quoted, start_position=-len(typed), display=found.label)


def chat(app: App, language: str, history: Path) -> None:
    """Talk until the member leaves. Without a terminal, lines are read from standard input."""
    console = Console(soft_wrap=not sys.stdout.isatty())
    if not sys.stdin.isatty():
        conversation = Chat(app, console, member("you", language), lambda prompt: sys.stdin.readline().strip())
        for text in sys.stdin:
            if text.strip() and not conversation.hear(text):
                break
        return
    history.parent.mkdir(parents=True, exist_ok=True)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)), complete_while_typing=False)
    conversation = Chat(app, console, member("you", language), lambda prompt: str(session.prompt(prompt)))
    session.completer = ThreadedCompleter(LineCompleter(conversation))
    app.senders["console"] = ConsoleSender(conversation.answer)
    _welcome(conversation)
    while True:
        try:
            with patch_stdout(raw=True):  # what is posted meanwhile is printed above the prompt
                said = session.prompt(f"{conversation.actor.name} › ")
            if not conversation.hear(said):
                return
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _welcome(conversation: Chat) -> None:
    t = Translator(conversation.actor.language).t
    what = line(bold(t("Paperclub finds, shows and remembers what your club reads.")))
    first = tuple(Button(text, text) for text in _FIRST)
    conversation.answer(Message((Text((what,)),), buttons=first))
    hint = t("Type a number to press a button. /lang zh switches the language, /as alice the member, /quit leaves.")
    conversation.console.print(RichText(hint, style="dim"))
