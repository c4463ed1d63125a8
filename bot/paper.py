"""The daily paper as it is read: the post, the reasons of a pick, and the story of a delivery in plain words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from babel.dates import format_date, format_datetime, get_day_names, get_timezone

from bot.cards import headline, post_card
from bot.command import Context
from bot.language import Msgid, mark
from bot.message import Button, Choice, Line, Message, Span, Text, bold, line, link
from bot.standing import PASSES, on
from bot.topics import topic_name
from storage import outbox
from storage.outbox import Post, thread_key
from storage.records import Resource
from storage.resources import all_sources, get
from storage.schedules import Schedule

KIND_WORDS: Mapping[str, Msgid] = {
    "daily": mark("Daily paper"),
    "weekly": mark("Weekly digest"),
    "monthly": mark("Monthly digest"),
    "personal": mark("Personal digest"),
}

GONE_WORDS: Mapping[str, Msgid] = {
    "channel": mark("The channel is gone. Say “daily on” in another one."),
    "archived": mark("The channel is archived or read-only. Open it again, or say “daily on” in another one."),
    "kicked": mark("I am not in the channel. Invite me there again."),
    "permission": mark("I may not post in the channel. Give me the permission to send messages there."),
    "token": mark("The app was removed from this space, or its token was revoked. Install it again."),
    "content": mark("The platform refused the message itself. The log of the bot says why."),
}
"""Why a platform takes nothing more, and what to do."""

_REASONS: Mapping[str, Msgid] = {
    "pinned": mark("an admin chose it for this day"),
    "stars": mark("{value} stars in a list"),
    "fresh": mark("new work, from {value}"),
    "classic": mark("older work, from {value}"),
    "people": mark("the day of people, labs and courses"),
}
_ON_TIME = timedelta(minutes=2)


def _zh(language: str) -> str:
    return "zh_Hans" if language == "zh" else "en"


def day_words(day: date, language: str) -> str:
    """A local day as people write it."""
    return format_date(day, "EEEE, d MMMM y" if language != "zh" else "y年M月d日 EEEE", locale=_zh(language))


def weekday_words(day: int, language: str) -> str:
    """A weekday, 0 for Monday, in short."""
    return str(get_day_names("abbreviated", locale=_zh(language))[day])


def slot_days(ctx: Context, schedule: Schedule) -> str:
    """The days on which something is posted: weekdays, or of what comes once a month the day of the month."""
    if schedule.kind == "monthly":
        return ctx.listed(ctx.t("day {n} of the month", n=day) for day in schedule.days)
    return ctx.listed(weekday_words(day, ctx.language) for day in schedule.days)


def time_words(at: datetime, zone: str, language: str) -> str:
    """An instant in a zone."""
    pattern = "y-MM-dd HH:mm"
    return f"{format_datetime(at, pattern, tzinfo=get_timezone(zone), locale=_zh(language))} {zone.replace('_', ' ')}"


def reason_words(ctx: Context, reasons: Sequence[tuple[str, str]]) -> str:
    """Why something was picked, in a few words."""
    return ctx.t("; ").join(filter(None, (_reason(ctx, code, value) for code, value in reasons)))


def _reason(ctx: Context, code: str, value: str) -> str:
    if code in _REASONS:
        return ctx.t(_REASONS[code], value=value)
    if code == "wanted":
        # How many are few would say who: one alone is never counted out.
        return ctx.t("wanted by {n} of you", n=value) if int(value) > 1 else ctx.t("wanted by at least one of you")
    if code == "bumped":
        return ctx.tn("{n} member moved it up", "{n} members moved it up", int(value))
    if code == "lists":
        return ctx.tn("recommended by {n} list", "recommended by {n} lists", int(value))
    topic = topic_name(ctx.knowledge.topics, value, ctx.language)
    if code == "interest":
        return ctx.t("your club likes {topic}", topic=topic)
    if code == "explore":
        return ctx.t("{topic} was rarely here lately", topic=topic)
    return ctx.t("it is the turn of {topic}", topic=topic) if code == "topic" else ""


def why_line(ctx: Context, reasons: Sequence[tuple[str, str]]) -> Line:
    """The line of a card that says why it is here."""
    return line(ctx.lead("Why today"), reason_words(ctx, reasons))


def paper(ctx: Context, resource: Resource, reasons: Sequence[tuple[str, str]], day: date) -> Message:
    """The post of a day, as everybody in the channel sees it."""
    said = f"today day:{day.isoformat()}"
    sources = {source.code: source for source in all_sources(ctx.db)}
    card = post_card(ctx, resource, sources, [why_line(ctx, reasons)], said)
    more = [Button(ctx.t("More like this"), f"similar {resource.number}")] if "similar" in ctx.commands else []
    more.append(Button(ctx.t("All about it"), f"show {resource.number}"))
    where = on(ctx, said)
    passes = Choice(
        ctx.t("How far did you read?"),
        tuple((ctx.t(words), f"press read {resource.number} pass:{n} {where}") for n, words in PASSES.items()),
    )
    head = Text((line("📄 ", bold(ctx.t("Paper of the day")), f" · {day_words(day, ctx.language)}"),))
    full = type(card)(card.title, card.facts, card.body, (*card.buttons, *more), card.number)
    return Message((head, full), buttons=(passes,))


def story(ctx: Context, post: Post, zone: str) -> list[Line]:
    """What became of a slot, in plain words."""
    slot = time_words(post.due_at, zone, ctx.language)
    kind = ctx.t(KIND_WORDS.get(post.kind, mark("Message")))
    head = line(bold(f"{kind} · {slot}" + ctx.t(": ")), _outcome(ctx, post, zone))
    lines = [head]
    if post.number is not None:
        resource, words = get(ctx.db, post.number), reason_words(ctx, post.reasons)
        title = link(headline_of(ctx, resource), resource.url) if resource else ""
        lines.append(line(f"#{post.number} ", title, f" · {words}" if words else ""))
    thread = outbox.find(ctx.db, thread_key(post))
    if thread is not None and thread.state == "failed":
        said = ctx.t("There is no thread under it. Let me open threads there; the platform said: {error}",
                     error=thread.error or "…")  # fmt: skip
        lines.append(line(said))
    return lines


def _outcome(ctx: Context, post: Post, zone: str) -> str:
    t = ctx.t
    if post.state == "sent" and post.sent_at is not None:
        late = _lateness(ctx, post, post.sent_at)
        if late is None:
            return t("posted on time.")
        return t("posted at {at}, late: {late}", at=time_words(post.sent_at, zone, ctx.language), late=late)
    if post.state == "failed":
        return t("failed: {why}", why=_failure(ctx, post))
    if post.state == "unclear":
        return t(
            "unclear: the platform did not tell whether it took the post, and gives me no way to look. "
            "I did not send it again, so that nobody gets it twice."
        )
    if post.state == "skipped":
        return t("skipped: {why}", why=_skipped(ctx, post.why or ""))
    if post.tries:
        return t("I am still trying; the last answer was: {error}", error=post.error or "…")
    return t("waiting to be posted.")


def _lateness(ctx: Context, post: Post, sent_at: datetime) -> str | None:
    """Why a post came late, None when it did not."""
    if sent_at - post.due_at <= _ON_TIME:
        return None
    if post.queued_at and post.queued_at - post.due_at > _ON_TIME:
        return ctx.t("I was not running when it was due.")
    if post.doubted_at is not None:
        return ctx.t("the first answer of the platform was lost, and I had to make sure not to post twice.")
    return ctx.tn("the platform took it at the {n}. try", "the platform took it at the {n}. try", post.tries)


def _failure(ctx: Context, post: Post) -> str:
    if post.why is not None and post.why in GONE_WORDS:
        return ctx.t(GONE_WORDS[post.why])
    if post.why == "gave-up":
        return ctx.t("the platform did not take it until it was too old; its last answer was: {error}",
                     error=post.error or "…")  # fmt: skip
    return ctx.t("the message could not be made: {error}", error=post.error or "…")


def _skipped(ctx: Context, why: str) -> str:
    code, _, value = why.partition(":")
    words = {
        "paused": mark("the schedule was paused."),
        "missed": mark("I was not running when it was due, and by then it was too old."),
        "empty": mark("the filters leave nothing that was not here yet."),
        "nothing": mark("there was nothing to say."),
        "off": mark("the schedule was switched off."),
        "withdrawn": mark("who was to be shown has withdrawn; something else takes the place."),
    }
    if code == "holiday":
        return ctx.t("it was a holiday ({name}).", name=value) if value else ctx.t("it was a holiday.")
    return ctx.t(words[code]) if code in words else why


def local_today(now: datetime, zone: str) -> date:
    """The day in a zone."""
    return now.astimezone(get_timezone(zone)).date()


def instant_line(label: Span, at: datetime | None, zone: str, language: str) -> Line:
    """A labelled instant that every reader sees in their own zone."""
    return line(label, instant_span(at, zone, language) if at else "–")


def instant_span(at: datetime, zone: str, language: str) -> Span:
    """An instant that every reader sees in their own zone."""
    return Span(time_words(at.astimezone(UTC), zone, language), time=at)


def headline_of(ctx: Context, resource: Resource) -> str:
    """The title in the language of the answer."""
    return headline(ctx, resource)[0]


def silence(ctx: Context, why: str) -> str:
    """Why a day to come has no post."""
    return _skipped(ctx, why)
