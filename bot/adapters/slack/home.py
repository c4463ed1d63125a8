"""The Home tab: what a member can see and do without typing."""

from collections.abc import Mapping, Sequence

from bot.adapters.slack.api import Api, settled
from bot.adapters.slack.people import People
from bot.adapters.slack.render import Block, Json, Shown, blocks, button, context, label, section
from bot.adapters.slack.text import escape, shorten
from bot.adapters.slack.tokens import ManyTokens, OneToken, client_for
from bot.adapters.slack.work import Work
from bot.app import App
from bot.command import Actor, Command
from bot.language import LANGUAGES, Translator
from bot.message import Message

_MOST_BLOCKS = 90
"""Blocks of all sections together; Slack takes 100, the head included."""
_MOST_AT_HAND = 15

Sections = Sequence[tuple[str, Message]]
"""The answers that stand on the Home tab, each with its command's name."""


class Home:
    """Publishes members' Home tabs."""

    def __init__(self, app: App, api: Api, tokens: OneToken | ManyTokens, people: People, work: Work) -> None:
        self._app = app
        self._api = api
        self._tokens = tokens
        self._people = people
        self._work = work

    async def show(self, team: str, user: str) -> None:
        """Publish a member's Home tab as it is now."""
        actor = await self._people.actor(team, user, "")
        await self.publish(actor, await self.sections(actor))

    async def sections(self, actor: Actor) -> Sections:
        """What stands on a member's Home tab now."""
        ours = [command.name for command in self._app.commands.values() if command.home]
        return await self._work.think(lambda: [(name, self._app.say(name, actor)) for name in ours])

    async def publish(self, actor: Actor, sections: Sections) -> None:
        """Show these answers."""
        language = next((message.language for _name, message in sections if message.language), actor.language)
        view = home_view(sections, self._app.commands, Translator(language), actor.zone)
        client = await client_for(self._api, self._tokens, actor.space)
        await settled(client.views_publish(user_id=actor.member, view=view))


def home_view(sections: Sections, commands: Mapping[str, Command], translator: Translator, zone: str) -> Json:
    """The Home tab: search, what can be pressed, and the sections that commands declare."""
    t = translator.t
    searching: Block = {
        "type": "actions",
        "elements": [
            {
                "type": "external_select",
                "action_id": "find:show:resource",
                "placeholder": label(t("Find a paper, a person, a repo …"), 150),
                "min_query_length": 1,
            }
        ],
    }
    content: list[Block] = [{"type": "header", "text": label("Paperclub", 150)}]
    content += [section(escape(t("Paperclub finds, shows and remembers what your club reads.")))]
    content += [searching] if "show" in commands else []
    content += [{"type": "actions", "elements": at_hand}] if (at_hand := _at_hand(commands)) else []
    for part in _fitting([_section(name, message, commands, translator) for name, message in sections]):
        content += [{"type": "divider"}, *part]
    if not any(command.home for command in commands.values()):
        content += [{"type": "divider"}, context(_settings(translator, zone))]
    return {"type": "home", "callback_id": "home", "blocks": content[:100]}


def _section(name: str, message: Message, commands: Mapping[str, Command], translator: Translator) -> list[Block]:
    heading = shorten(translator.t(commands[name].home), 200)
    shown = blocks(Shown(message, None, translator.t))
    return [section(f"*{escape(heading)}*"), *shown]


def _fitting(parts: Sequence[list[Block]]) -> Sequence[list[Block]]:
    """The parts with the longest ones cut, so that all fit; their last blocks are buttons and stay."""
    while sum(len(part) + 1 for part in parts) > _MOST_BLOCKS:
        del max(parts, key=len)[-2]
    return parts


def _at_hand(commands: Mapping[str, Command]) -> list[Json]:
    """A button for every command that needs no more than a press."""
    ready = [
        c.name
        for c in commands.values()
        if not (c.hidden or c.admin or c.writes or c.home or " " in c.name or any(p.required for p in c.parameters))
    ]
    return [button(name.capitalize(), name, f"go:{n}") for n, name in enumerate(ready[:_MOST_AT_HAND])]


def _settings(translator: Translator, zone: str) -> str:
    return escape(
        translator.t(
            "Language: {language} · Time zone: {zone} (both follow your Slack settings)",
            language=LANGUAGES[translator.language],
            zone=zone,
        )
    )
