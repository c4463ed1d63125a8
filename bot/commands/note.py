"""`note`, `notes`: what a member writes about a resource, kept private or shared with the club."""

from typing import Annotated

from bot.cards import headline
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Line, Message, Span, Text, bold, line
from bot.pages import Page
from bot.standing import club_of
from storage import journal, notes
from storage.notes import Note
from storage.records import Resource
from storage.resources import get_many

LONGEST = 1500
"""Characters of a note."""


@command(writes=True, form=("text",), example="note 12 the block table is the page table of an OS")
def note(
    ctx: Context,
    resource: Annotated[Resource, Arg("number, arXiv id, link or title")],
    text: Annotated[str, Arg("your note; only you see it", rest=True)],
    share: Annotated[bool, Arg("show it to the club, with your name")] = False,
) -> Message:
    """Write a note on a resource; it stays yours until you share it."""
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=[resource.number])
    made = notes.add(ctx.db, ctx.me.id, resource.number, _fitting(text), ctx.now, shared=share)
    return _after(ctx, made, ctx.t("Your note is kept and shared.") if share else ctx.t("Your note is kept."))


@command("note-edit", writes=True, hidden=True, form=("text",))
def note_edit(
    ctx: Context,
    note: Annotated[int, Arg("which note", minimum=1)],
    text: Annotated[str, Arg("the new text", rest=True)],
) -> Message:
    """Change a note."""
    own = _changing(ctx, note)
    notes.change(ctx.db, own.id, ctx.now, text=_fitting(text))
    return _after(ctx, own.id, ctx.t("Your note is changed."))


@command("note-share", writes=True, hidden=True)
def note_share(ctx: Context, note: Annotated[int, Arg("which note", minimum=1)]) -> Message:
    """Show a note to the club, with your name."""
    own = _changing(ctx, note)
    notes.change(ctx.db, own.id, ctx.now, shared=True)
    return _after(ctx, own.id, ctx.t("Your note now stands under the card, with your name."))


@command("note-hide", writes=True, hidden=True)
def note_hide(ctx: Context, note: Annotated[int, Arg("which note", minimum=1)]) -> Message:
    """Keep a shared note to yourself again."""
    own = _changing(ctx, note)
    notes.change(ctx.db, own.id, ctx.now, shared=False)
    return _after(ctx, own.id, ctx.t("Only you see your note now."))


@command("note-delete", writes=True, hidden=True)
def note_delete(
    ctx: Context,
    note: Annotated[int, Arg("which note", minimum=1)],
    sure: Annotated[bool, Arg("delete it without asking again")] = False,
) -> Message:
    """Delete a note for good; nothing keeps its text, so this can't be undone."""
    own = _own(ctx, note)
    mine = Button(ctx.t("My notes"), "notes")
    if not sure:
        asked = Text((line(ctx.t("Delete this note for good? It can't be undone.")),))
        delete = Button(ctx.t("Delete for good"), f"note-delete {own.id} sure:yes", "danger")
        return Message((asked, _shown(ctx, own)), buttons=(delete, mine))
    notes.delete(ctx.db, own.id)
    journal.forget_note(ctx.db, ctx.me.id, own.id)
    return Message((Text((line(ctx.t("Your note is deleted.")),)),), buttons=(mine,), touched=(own.number,))


@command("notes", example="notes")
def notes_(
    ctx: Context,
    resource: Annotated[Resource | None, Arg("only on this one, with what others share")] = None,
    page: Annotated[int, Arg("which page", minimum=1, maximum=10000)] = 1,
) -> Message:
    """Show your notes, or everything on one resource that you may see."""
    number = resource.number if resource else None
    said = f"notes {number}" if number else "notes"
    view = Page(said, page, 0)
    found: list[Note] = []
    total = 0
    if ctx.member is not None:
        found, total = notes.mine(ctx.db, ctx.member.id, number, limit=view.size, offset=view.offset)
    club = club_of(ctx)
    others = notes.takeaways(ctx.db, club, [number]) if number and club is not None else []
    others = [x for x in others if ctx.member is None or x.member != ctx.member.id]
    if not total and not others:
        again = (Button(mark("Write a note"), f"note {number}"),) if number else (Button(mark("My list"), "mine"),)
        raise UserError(mark("There is no note here yet. Write one with “note 12 …”."), buttons=again)
    titles = {r.number: headline(ctx, r)[0] for r in get_many(ctx.db, sorted({x.number for x in [*found, *others]}))}
    view = Page(said, page, total)
    head = view.head(ctx, ctx.tn("{n} note of yours", "{n} notes of yours", total))
    shared = tuple(_theirs(ctx, x) for x in others) if page == 1 else ()
    cards = tuple(_card(ctx, x, titles.get(x.number, "")) for x in found)
    return Message((head, *cards, *([Text(shared)] if shared else [])), buttons=view.buttons(ctx), share="")


def _theirs(ctx: Context, found: Note) -> Line:
    source = (" ", Span("↗", url=found.link)) if found.link and found.link.startswith("https://") else ()
    return line("💬 ", bold(f"{found.name}{ctx.t(': ')}"), found.text, *source)


def _card(ctx: Context, found: Note, title: str) -> Card:
    state = ctx.t("shared with the club") if found.shared else ctx.t("only you see it")
    sharing = (
        Button(ctx.t("Hide"), f"note-hide {found.id}")
        if found.shared
        else Button(ctx.t("Share with the club"), f"note-share {found.id}")
    )
    source = (line(Span(ctx.t("From a message"), url=found.link)),) if found.link else ()
    return Card(
        title=line(f"#{found.number} ", bold(title)),
        facts=(line(Span(state, italic=True)),),
        body=(line(found.text), *source),
        buttons=(
            Button(ctx.t("Edit"), f"note-edit {found.id}"),
            sharing,
            Button(ctx.t("Delete"), f"note-delete {found.id}", "danger"),
        ),
        number=found.number,
    )


def _fitting(text: str) -> str:
    if len(text) > LONGEST:
        raise UserError(
            mark("That note has {length} characters; please keep it under {longest}."),
            length=len(text),
            longest=LONGEST,
        )
    return text


def _own(ctx: Context, note: int) -> Note:
    """The member's own note. Others' notes are as unknown as those that never were."""
    found = notes.find(ctx.db, note, ctx.me.id)
    if found is None:
        raise UserError(mark("You have no such note."), buttons=(Button(mark("My notes"), "notes"),))
    return found


def _changing(ctx: Context, note: int) -> Note:
    """The member's own note, as it may be undone."""
    found = _own(ctx, note)
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=[found.number])
    return found


def _after(ctx: Context, note: int, said: str) -> Message:
    found = notes.find(ctx.db, note, ctx.me.id)
    if found is None:
        raise LookupError(f"note {note} vanished")
    buttons = (Button(ctx.t("Undo"), "undo"), Button(ctx.t("My notes"), "notes"))
    return Message((Text((line(said),)), _shown(ctx, found)), buttons=buttons, touched=(found.number,))


def _shown(ctx: Context, found: Note) -> Card:
    return _card(ctx, found, next((headline(ctx, r)[0] for r in get_many(ctx.db, [found.number])), ""))
