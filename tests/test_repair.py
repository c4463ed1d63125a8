"""Undoing the damage of UTF-8 read as a Windows code page, with its undefined bytes lost."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.repair import GUESS, LOST, damage, is_damaged, known_values, load_corrections, repair

SHARED = Path(__file__).parents[2] / "shared" / "seeds"
needs_documents = pytest.mark.skipif(not SHARED.is_dir(), reason="the raw documents are not here")


def intact(text: str) -> bool:
    return not any(byte in LOST for byte in text.encode())


def test_a_text_whose_bytes_all_survived_comes_back_exactly() -> None:
    text = "图解大模型：vLLM 源码（上），附代码"
    text = "".join(char for char in text if intact(char))
    assert repair(damage(text), ()) == text


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5).filter(intact), min_size=3))
def test_chinese_without_lost_bytes_is_repaired_without_guessing(text: str) -> None:
    assert repair(damage(text), ()) == text


def test_a_known_value_is_put_back_although_bytes_are_lost() -> None:
    broken = f"| {damage('深度学习推理架构')} |"
    assert repair(broken, ["深度学习推理架构"]) == "| 深度学习推理架构 |"


def test_a_known_value_counts_only_as_a_whole_field() -> None:
    broken = damage("不季叶不")
    assert GUESS in repair(broken, ["季叶"])


def test_what_has_to_be_guessed_is_marked() -> None:
    repaired = repair(damage("机器学习"), ())
    assert GUESS in repaired
    assert repaired.replace(GUESS, "") == "机器学习"


def test_the_document_itself_tells_which_character_was_meant() -> None:
    assert repair(damage("学") + "，" + damage("习"), ["学习"]).replace(GUESS, "")[0] == "学"


def test_stars_survive_as_stars() -> None:
    assert repair(damage("⭐️⭐️⭐️"), ()).count("⭐") == 3


def test_ticks_and_pictures_that_are_intact_survive() -> None:
    assert repair(damage("✅ 📌"), ()) == "✅ 📌"


def test_a_lost_no_break_space_is_found_again() -> None:
    assert repair(damage("内核").replace("\u00a0", " "), ()) == "内核"


def test_an_unrepairable_character_leaves_only_a_mark() -> None:
    repaired = repair("x" + "\u00f0" + "\u0178" + " y", ())
    assert repaired.replace(GUESS, "") == "x y"
    assert "\ufffd" not in repaired


@pytest.mark.parametrize(
    "text", ["", "plain", "Christopher Ré and Müller’s café", "机器学习系统", "Çağrı İşık, Gökçe Şen"]
)
def test_an_undamaged_text_is_not_taken_for_damaged(text: str) -> None:
    assert not is_damaged(text)


def test_names_with_accents_inside_a_damaged_text_stay() -> None:
    assert "Beyoncé" in repair("Beyoncé " + damage("图解"), ())


@given(st.text())
def test_repairing_never_fails(text: str) -> None:
    repair(text, ())


def test_the_known_values_name_their_origin() -> None:
    corrections = load_corrections()
    assert len(corrections["commit"]) == 40
    assert corrections["source"].startswith("github.com/")
    assert len(known_values()) > 50


@needs_documents
def test_the_known_values_are_those_that_were_looked_up() -> None:
    looked_up = json.loads((SHARED / "corrections_001.json").read_text(encoding="utf-8"))
    values = {v for f in looked_up["fields"] for v in (f["value"] if isinstance(f["value"], list) else [f["value"]])}
    assert (set(known_values()), load_corrections()["commit"]) == (values, looked_up["commit"])


@needs_documents
def test_every_known_value_is_found_in_the_damaged_document() -> None:
    text = (SHARED / "001_bc7d0fc31f1e744e.txt").read_text(encoding="utf-8")
    assert is_damaged(text)
    repaired = repair(text)
    assert [value for value in known_values() if value not in repaired] == []
