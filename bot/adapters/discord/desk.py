"""What happens after an interaction or a mention: acknowledged first, run once, its answer shown where it was said."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import discord

from bot.adapters.discord import faults
from bot.adapters.discord.forms import modal
from bot.adapters.discord.hearing import Heard, actor_of, after_mention, focused, hear
from bot.adapters.discord.intake import Intake, Seen
from bot.adapters.discord.registration import places
from bot.adapters.discord.render import Ids, Json, Shown
from bot.adapters.discord.sending import Layout, Window, files
from bot.adapters.discord.speaking import Speaker, Turn
from bot.adapters.discord.text import escape, label
from bot.app import App
from bot.command import Actor
from bot.language import Translator, mark, nearest
from bot.message import Form

log = logging.getLogger(__name__)
T = TypeVar("T")

SORRY = mark("Something went wrong on our side. Please tell an admin this reference: {reference}")
_IN_TIME = 1.5
"""Seconds that an interaction may wait before it is acknowledged; Discord gives 3, the way there and back included."""
_ACKNOWLEDGE = 20.0
"""Seconds for which an acknowledgement is tried: only Discord can say whether one got through whose answer was lost."""
_REPEATED = 0.2
"""Seconds after which an acknowledgement was surely tried more than once, by the library or by us."""
_ANSWER = 600.0
"""Seconds for which an answer is tried; the interaction's token lives for 900."""
_FORM_LIVES = timedelta(days=1)
_THREADS = 8
_ON_ITS_CARD = "press "
"""How lines begin whose answer is the pressed card as it is now, for everybody who sees it."""


class Desk:
    """Runs lines and shows their answers; each delivery acts once."""

    def __init__(self, app: App, language: str = "en", count: Callable[[str], None] = lambda _outcome: None) -> None:
        self.app = app
        self._language = language
        self._count = count
        self._speaker = Speaker(app, language)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="discord")
        self._placed = places(app.commands)
        self._seen = Seen()
        self._interactions = Intake(most=256, patience=_IN_TIME, shed=lambda: count("shed"))
        self._suggestions = Intake(most=16, patience=_IN_TIME / 2, shed=lambda: count("shed"))
        self._messages = Intake(most=64, patience=60.0, shed=lambda: count("shed"))

    @property
    def load(self) -> int:
        """How many things are being done or wait."""
        return self._interactions.load + self._messages.load

    async def think(self, act: Callable[[], T]) -> T:
        """Run something slow in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, act)

    async def close(self, seconds: float) -> None:
        """Take nothing more; finish what was acknowledged."""
        await asyncio.gather(*(x.close(seconds) for x in (self._interactions, self._suggestions, self._messages)))

    async def end(self) -> None:
        """Nothing is thought about any more; the connection, which may still have to note something, is closed."""
        await self.close(0)
        self._pool.shutdown(wait=False, cancel_futures=True)

    # ---- interactions ----

    def interaction(self, interaction: discord.Interaction) -> None:
        """Take an interaction in, whatever it is."""
        since = time.monotonic()
        if not self._seen.new(interaction.id):
            return
        if interaction.type is discord.InteractionType.autocomplete:
            self._suggestions.take(lambda: self._suggest(interaction), _nobody)
            return
        self._interactions.take(
            lambda: self._answer(interaction, since), lambda reference: self._sorry(interaction, reference)
        )

    async def _suggest(self, interaction: discord.Interaction) -> None:
        asked = focused(interaction, self._placed)
        if asked is None:
            return
        actor = actor_of(interaction, self._language)
        found = await self.think(lambda: self.app.complete(*asked, actor))
        choices = [
            discord.app_commands.Choice(name=label(s.label, 100), value=s.value)
            for s in found
            if 0 < len(s.value) <= 100
        ]
        try:
            await interaction.response.autocomplete(choices[:25])
        except (discord.HTTPException, *faults.LOST) as error:
            log.debug("suggestions came too late: %s", error)

    async def _answer(self, interaction: discord.Interaction, since: float) -> None:
        heard = hear(interaction, self._placed)
        if heard is None:
            heard = Heard(("help",))
        if heard.payload and heard.payload.kept:
            kept = await self.think(lambda: self._speaker.kept(heard.payload.text))  # type: ignore[union-attr]
            heard = replace(heard, lines=(kept,) if kept else ())
        turn = Turn(interaction, heard, since, self._language)
        form = self._form(turn)
        if form is not None:
            await self._ask(turn, form)
            return
        turn = replace(turn, public=self._public(turn), in_place=self._in_place(turn))
        if await self._acknowledge(turn):
            await self._run(turn)

    def _form(self, turn: Turn) -> Form | None:
        """The form that a line asks for before it can run."""
        heard = turn.heard
        if heard.values is not None or len(heard.lines) != 1 or (heard.command and not heard.command.form):
            return None
        return self.app.form(heard.lines[0], turn.actor)

    async def _ask(self, turn: Turn, form: Form) -> None:
        """Open the window of a form."""
        ids = Ids()
        command = self.app.commands[form.command]
        made = modal(form, command, ids.make("f", turn.heard.lines[0]), Translator(turn.actor.language))
        if ids.long:
            await self.think(lambda: self._speaker.keep(ids.long, _FORM_LIVES))
        await self._first(turn, lambda: turn.interaction.response.send_modal(Window(made)))

    async def _acknowledge(self, turn: Turn) -> bool:
        """Tell Discord that an answer comes; False when it is too late for one."""
        response = turn.interaction.response
        if turn.in_place:
            return await self._first(turn, response.defer)
        return await self._first(turn, lambda: response.defer(ephemeral=not turn.public, thinking=True))

    async def _first(self, turn: Turn, respond: Callable[[], object]) -> bool:
        """Give the first response. Whether it, or a twin of it whose outcome got lost, arrived."""
        begun = time.monotonic()
        try:
            await faults.insist(respond, turn.since + _ACKNOWLEDGE)  # type: ignore[arg-type]
        except (discord.HTTPException, *faults.LOST) as error:
            known = faults.code_of(error)
            repeated = time.monotonic() - begun > _REPEATED
            if known == faults.ALREADY_ANSWERED or (repeated and await self._arrived(turn)):
                return True
            self._count("late")
            log.debug("an interaction could not be acknowledged: %s", error)
            return False
        return True

    async def _arrived(self, turn: Turn) -> bool:
        """Whether Discord has a first response, asked where the answers to all tries were lost or came too late."""
        try:
            await faults.insist(turn.interaction.original_response, turn.since + _ACKNOWLEDGE)
        except (discord.HTTPException, discord.ClientException, *faults.LOST):
            return False
        return True

    def _public(self, turn: Turn) -> bool:
        """Whether everybody shall see the answer, as the command declares."""
        heard = turn.heard
        command = heard.command or (self._speaker.command(heard.lines[0]) if len(heard.lines) == 1 else None)
        return command is not None and command.public and (not command.admin or turn.actor.admin)

    def _in_place(self, turn: Turn) -> bool:
        """Whether the pressed message becomes the answer: a card of its own, or a message that nobody else sees."""
        message = turn.interaction.message
        if turn.heard.payload is None or turn.heard.values is not None or message is None or not turn.heard.lines:
            return False
        if turn.heard.lines[0].startswith(_ON_ITS_CARD):
            return True
        return turn.heard.payload.kind in {"g", "v"} and (message.flags.ephemeral or turn.interaction.guild_id is None)

    async def _run(self, turn: Turn) -> None:
        answer = await self.think(lambda: self._speaker.answer(turn))
        if answer is None:
            return  # another process, or an earlier delivery, acts on it
        if answer.message.error and turn.in_place:
            await self._follow_up(turn, answer.shown, ephemeral=True)
        elif answer.message.error and turn.public:
            await self._answer_privately(turn, answer.shown)
        else:
            sent = await self._edit(turn, answer.shown)
            if sent is not None and turn.public:
                await self.think(lambda: self._speaker.remember(answer, sent.channel.id, sent.id))
        self._count("error" if answer.message.error else "answered")

    # ---- showing answers ----

    async def _edit(self, turn: Turn, shown: Shown) -> discord.InteractionMessage | None:
        """Fill in the deferred answer, or turn the pressed message into it; None when it was answered otherwise."""
        interaction = turn.interaction

        async def edit() -> discord.InteractionMessage:
            return await interaction.edit_original_response(view=Layout(shown.components), attachments=files(shown))

        try:
            return await faults.insist(edit, turn.since + _ANSWER)
        except discord.HTTPException as error:
            await self._otherwise(turn, shown, error)
        return None

    async def _otherwise(self, turn: Turn, shown: Shown, error: discord.HTTPException) -> None:
        """Answer after the answer was refused: the message is gone, the token has expired, or we made a mistake."""
        if error.code == faults.UNKNOWN_MESSAGE:
            await self._follow_up(turn, shown, ephemeral=not turn.public)
        elif error.code in {faults.TOKEN_EXPIRED, faults.UNKNOWN_WEBHOOK, faults.UNKNOWN_INTERACTION}:
            await self._send_directly(turn, shown)
        else:
            raise error

    async def _follow_up(self, turn: Turn, shown: Shown, ephemeral: bool) -> None:
        await turn.interaction.followup.send(view=Layout(shown.components), files=files(shown), ephemeral=ephemeral)

    async def _send_directly(self, turn: Turn, shown: Shown) -> None:
        """A normal message instead of an answer: in the channel when it is for everybody, else to the member."""
        channel = turn.interaction.channel
        place = channel if turn.public and isinstance(channel, discord.abc.Messageable) else turn.interaction.user
        try:
            await place.send(view=Layout(shown.components), files=files(shown), nonce=str(turn.interaction.id))
        except (discord.HTTPException, discord.RateLimited) as error:
            log.warning("the answer to interaction %s could not be delivered: %s", turn.interaction.id, error)

    async def _answer_privately(self, turn: Turn, shown: Shown) -> None:
        """An error of a public command concerns only who said it."""
        await faults.insist(turn.interaction.delete_original_response, turn.since + _ANSWER)
        await self._follow_up(turn, shown, ephemeral=True)

    async def _sorry(self, interaction: discord.Interaction, reference: str) -> None:
        """Tell a member that something failed, with the reference that is in the log."""
        self._count("failed")
        language = nearest(interaction.locale.value) or self._language
        text = escape(Translator(language).t(SORRY, reference=reference))
        apology = Layout([{"type": 10, "content": text}])
        if interaction.response.type is discord.InteractionResponseType.deferred_message_update:
            await interaction.followup.send(view=apology, ephemeral=True)  # the pressed message stays as it is
        elif interaction.response.is_done():
            await interaction.edit_original_response(view=apology, attachments=[])
        else:
            await interaction.response.send_message(view=apology, ephemeral=True)

    # ---- mentions and direct messages ----

    def message(self, message: discord.Message, me: int) -> None:
        """Take in a message that is addressed to the bot."""
        if self._seen.new(message.id):
            self._messages.take(lambda: self._reply(message, me), _nobody)

    async def _reply(self, message: discord.Message, me: int) -> None:
        names = {str(u.id): u.display_name for u in message.mentions}
        text = after_mention(message.content, me, names)
        actor = self._writer(message)
        answer = await self.think(lambda: self._speaker.reply(text, actor, message.id))
        if answer is None:
            return
        reference = message.to_reference(fail_if_not_exists=False)

        async def send() -> discord.Message:
            return await message.channel.send(
                view=Layout(answer.shown.components),
                files=files(answer.shown),
                reference=reference,
                mention_author=False,
                nonce=str(message.id),  # Discord knows a repetition by it
            )

        try:
            sent = await faults.insist(send, time.monotonic() + 60)
            self._count("answered")
            if answer.actor.overheard:
                await self.think(lambda: self._speaker.remember(answer, sent.channel.id, sent.id))
        except discord.Forbidden as error:
            await self._explain(message, error, actor)
        except discord.NotFound as error:
            log.debug("the channel of message %s is gone: %s", message.id, error)

    def _writer(self, message: discord.Message) -> Actor:
        author = message.author
        space = str(message.guild.id) if message.guild else ""
        return Actor(
            "discord",
            space,
            str(message.channel.id),
            str(author.id),
            author.display_name,
            self._language,
            overheard=bool(space),
        )

    async def _explain(self, message: discord.Message, error: discord.Forbidden, actor: Actor) -> None:
        """Tell somebody in private why they got no answer in a channel."""
        t = Translator(actor.language).t
        missing = faults.missing_permission(error)
        words = mark(
            "I can't answer in {channel}: the permission “{permission}” is missing there. An admin can give it."
        )
        text = t(words, channel=f"<#{message.channel.id}>", permission=t(missing) if missing else str(error.code))
        try:
            await message.author.send(view=Layout([{"type": 10, "content": text}]))
        except (discord.HTTPException, discord.RateLimited) as again:
            log.info("nobody could be told that channel %s is closed to us: %s", message.channel.id, again)


async def _nobody(_reference: str) -> None:
    """There is nobody to be told."""


__all__ = ["Desk", "Json"]
