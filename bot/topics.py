"""Topics as members name and read them."""

from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.language import mark
from bot.message import Button
from seeds.topics import Topic, Tree


def topic_name(tree: Tree, topic_id: str, language: str) -> str:
    """The topic's name in a language; the id itself where a later version dropped the topic."""
    topic = next((t for t in tree.topics if t.id == topic_id), None)
    if topic is None:
        return topic_id
    return topic.zh if language == "zh" else topic.en


def find_topic(tree: Tree, text: str) -> Topic | None:
    """The topic of that id, name or word in either language, small typos forgiven; None when nothing is near."""
    folded = text.strip().lower()
    names = {name.lower(): t for t in reversed(tree.topics) for name in (*t.words, *t.headings)}
    names |= {name.lower(): t for t in tree.topics for name in (t.id.rpartition("/")[2], t.zh, t.en, t.id)}
    if folded in names:
        return names[folded]
    if len(folded) < 4:
        return None
    match = process.extractOne(folded, list(names), scorer=fuzz.ratio, score_cutoff=85)
    return names[match[0]] if match else None


def resolve_topic(tree: Tree, text: str) -> Topic:
    """The topic that is meant. Raises UserError that leads to the topics or to a search."""
    found = find_topic(tree, text)
    if found is None:
        raise UserError(
            mark("There is no topic “{text}”. Browse to see all topics, or search for the words."),
            text=text[:60],
            buttons=(Button(mark("Browse"), "browse"), Button(mark("Search for it"), f"search {text[:200]}")),
        )
    return found
