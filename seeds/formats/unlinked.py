"""Titles that are no links: found in the text of a row, before the first label."""

import re
from collections.abc import Sequence

from seeds.formats.draft import (
    BARS,
    EMPTY_BRACKETS,
    TAG,
    Draft,
    clean,
    join_title,
    learn_aside,
    learn_detail,
    learn_details,
    line_end,
)
from seeds.formats.inline import BREAK, Span, undecorated
from seeds.formats.links import is_resource_link, label_role
from seeds.venues import (
    NOTHING,
    Tail,
    read_label,
    read_tag,
    read_tail,
)

_LABEL_END = re.compile(
    r"(?<=\w)[\s,;.(\[–—-]+(?:paper|link|code|pdf|url|arxiv|github|website|论文|链接|代码)\s*[:：]\s*$", re.I
)
_AUTHORS = re.compile(r"[\s,，;；.。(（]*(?:作者|\bAuthors?)\s*[:：].*", re.I | re.S)
_SURNAME = re.compile(r"^[A-Z][^\W\d_]+ et al\.?(?: [(（](?:19|20)\d\d[)）])?$")


def text_title(found: Sequence[Span], draft: Draft, linked: bool) -> bool:
    """Give a draft its title and what the text around it tells; whether the title had to be guessed.

    `linked` says that a link stands for the resource: then the title may be the first sentence of more.
    """
    kept, behind = _until_label(found, draft)
    kept = _without_lead(kept, draft)
    text, guess = _emphasised(kept)
    whole = "".join(span.text for span in kept)
    if len(text) < len(whole):
        first, *more = re.split(f"[\n{BREAK}]+", whole[whole.find(text) + len(text) :].strip(f"\n{BREAK}"))
        learn_aside(first, draft)
        for extra in more[:6]:
            learn_detail(extra, draft)
    line = text[: line_end(text)].replace("\n", " ")
    title = _title_piece(without_tags(line, draft), draft)
    draft.title = _first_sentence(_LABEL_END.sub("", title), draft) if linked else title
    learn_details([span for span in behind if span.url is None], draft)
    rest = text[line_end(text) :]
    for extra in re.split(f"[\n{BREAK}]", rest)[:6]:
        learn_detail(extra, draft)
    return guess


def _until_label(found: Sequence[Span], draft: Draft) -> tuple[list[Span], Sequence[Span]]:
    """The text up to the first link behind it, and what follows; a link's text may be the venue."""
    kept: list[Span] = []
    for n, span in enumerate(found):
        if span.url is None or not is_resource_link(span.url):
            kept.append(span)
            continue
        draft.learn(read_label(span.text))
        if any(clean(other.text) for other in kept):
            return kept, found[n:]
    return kept, ()


def _title_piece(line: str, draft: Draft) -> str:
    """The piece between bars that is the title, the first but for a venue or a date; the others are learnt."""
    if authors := _AUTHORS.search(line):
        draft.learn_authors(authors.group().strip(" ,，;；.。(（"))
        line = line[: authors.start()]
    pieces = BARS.split(line)
    while len(pieces) > 1 and (told := read_label(undecorated(pieces[0]))):
        draft.learn(told)
        del pieces[0]
    for piece in pieces[1:]:
        if not draft.learn_authors(undecorated(piece)):
            draft.learn(read_tail(undecorated(piece)))
    return pieces[0]


def _without_lead(kept: list[Span], draft: Draft) -> list[Span]:
    """A row without the venue or date that stands before its title, such as one set as code."""
    while len(kept) > 1:
        text, follows = clean(kept[0].text), next((s for s in kept[1:] if clean(s.text)), None)
        told = read_label(text) or (read_tag(text) if kept[0].code else NOTHING)
        if text and not (follows and told):
            break
        draft.learn(told)
        kept = kept[1:]
    return kept


def _emphasised(kept: Sequence[Span]) -> tuple[str, bool]:
    """The bold part if a row begins with one long enough to be a title, or the part before italics."""
    text = "".join(span.text for span in kept)
    solid = [span for span in kept if clean(span.text)]
    guess = any(span.guess for span in kept)
    if solid and solid[0].bold and len(clean(solid[0].text).split()) >= 2:
        return solid[0].text, solid[0].guess
    for n, span in enumerate(solid[1:], 1):
        if span.italic and not solid[0].italic and len("".join(s.text for s in solid[:n]).split()) >= 3:
            before = "".join(s.text for s in solid[:n])
            return before, guess
    return text, guess


def without_tags(line: str, draft: Draft) -> str:
    """A title line without "[OSDI'22]" or "(2023)" before it; "[vLLM] Efficient…" becomes "vLLM: Efficient…"."""
    line = EMPTY_BRACKETS.sub(" ", undecorated(line)).strip()
    name = ""
    while match := TAG.match(line):
        tag = match[1].strip()
        told = read_tag(tag)
        if told:
            draft.learn(told)
        elif re.fullmatch(r"(?:19|20)\d\d", tag):
            draft.learn(Tail(year=int(tag)))
        elif (
            match.group().lstrip()[0] in "[【"
            and len(tag.split()) <= 4
            and not label_role(tag)
            and "survey" not in tag.lower()
            and re.search(r"[^\W\d]", tag)
        ):
            name = tag
        elif match.group().lstrip()[0] not in "[【":
            break
        line = line[match.end() :]
    if name and name.lower() not in line.lower():
        return join_title(name, line)
    return line


def _first_sentence(text: str, draft: Draft) -> str:
    """The title of "Title. Authors. Venue 2023."; a quoted title is taken from its quotes."""
    quoted = re.search(r"[\"“]([^\"“”]{12,300}?)[,.]?[\"”]", text)
    if quoted and len(quoted[1].split()) >= 3:
        learn_aside(text[quoted.end() :], draft)
        return quoted[1]
    match = re.search(r"(?<=[a-z0-9)?!])[.?!]\s+(?=[A-Z(*])", text)
    if match and (_SURNAME.match(text[: match.start()]) or draft.learn_authors(text[: match.start()])):
        return _first_sentence(text[match.end() :], draft)
    if match and len(text[: match.start()].split()) >= 3:
        learn_aside(text[match.end() :], draft)
        return text[: match.start() + (text[match.start()] in "?!")]
    dash = re.search(r"\s[-–—]\s", text)
    if dash and len(text[: dash.start()].split()) >= 3 and "," in text[dash.end() :]:
        learn_aside(text[dash.end() :], draft)
        return text[: dash.start()]
    return text
