"""Everything a member sees exists in English and Chinese."""

import io
import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import bot
from bot.app import load_commands
from bot.docs import CHINESE
from bot.language import Translator, nearest
from bot.message import bold
from bot.words import msgids, said

ROOT = Path(__file__).parents[1]


def _catalogue() -> Catalog:
    return read_po(io.BytesIO((ROOT / CHINESE).read_bytes()), locale="zh")


def test_the_chinese_catalogue_has_every_sentence() -> None:
    catalogue = _catalogue()
    wanted = {m if isinstance(m, str) else m[0] for m in msgids(Path(bot.__file__).parent, load_commands())}
    missing = sorted(m for m in wanted if not (found := catalogue.get(m)) or not all(_forms(found.string)))
    assert missing == []


def test_sentences_are_found_wherever_they_are_said() -> None:
    code = (
        """f"{ctx.t('in an f-string')} {x}"; t(names.get(x, mark("in " "a call"))); ctx.tn("{n} one", "{n} many", n)"""
    )
    assert set(said(code)) == {"in an f-string", "in a call", ("{n} one", "{n} many")}


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _names(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_translations_use_the_same_values() -> None:
    for message in _catalogue():
        if message.id:
            wanted = set().union(*(_names(m) for m in _forms(message.id)))
            for form in _forms(message.string):
                assert _names(form) <= wanted, message.id
                assert wanted - {"n"} <= _names(form), message.id


def test_chinese_is_set_as_chinese_is() -> None:
    """No blank beside full-width marks, no half-width mark after a character, and one way to address a member."""
    signs = "[\u4e00-\u9fff，。：；、（）《》]"
    wrong = re.compile(rf"{signs} +[“《]|[”》] +{signs}|你(?!们)|[\u4e00-\u9fff][,;:!?]|[。，：；！？、] ")
    texts = [form for message in _catalogue() for form in _forms(message.string)]
    assert [text for text in texts if wrong.search(text)] == []


def test_what_stands_in_a_row_is_joined_as_the_language_does() -> None:
    assert (Translator("en").listed("ab"), Translator("en").aside("a")) == ("a, b", " (a)")
    assert (Translator("zh").listed("ab"), Translator("zh").aside("a")) == ("a、b", "（a）")
    assert (Translator("en").after("A.", "B."), Translator("zh").after("甲。", "乙。")) == ("A. B.", "甲。乙。")


def test_a_counted_sentence_takes_the_right_number() -> None:
    assert Translator("en").tn("{n} list", "{n} lists", 1) == "1 list"
    assert Translator("en").tn("{n} list", "{n} lists", 2) == "2 lists"


def test_spans_keep_their_look_inside_a_sentence() -> None:
    assert Translator("en").line("Page {page} of x", page=bold("2"))[1].bold


@pytest.mark.parametrize(("tag", "language"), [("zh-CN", "zh"), ("en_GB", "en"), ("de", None), (None, None)])
def test_locale_tags_of_platforms_lead_to_a_language(tag: str | None, language: str | None) -> None:
    assert nearest(tag) == language


def test_an_unknown_language_falls_back_to_english() -> None:
    assert Translator("tlh").t("paper") == "paper"
