"""Names are completed while they are typed, errors forgiven."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from storage import reading
from storage.search import Completion, complete

Completer = Callable[..., tuple[Completion, ...]]


@pytest.fixture
def names(catalogue: sa.Engine) -> Iterator[Completer]:
    """Complete a name of the shipped lists."""
    with reading(catalogue) as db:
        yield lambda prefix, kind=None, limit=25: complete(db, prefix, kind, limit)


@pytest.mark.parametrize(
    ("prefix", "kind", "label"),
    [
        ("Moon", "title", "Mooncake"),
        ("moonc", "title", "Mooncake"),
        ("tianqi", "person", "Tianqi CHEN"),
        ("tiaqni", "person", "Tianqi CHEN"),
        ("方佳", "person", "方佳瑞"),
        ("osd", "venue", "OSDI"),
        ("flashatt", "title", "FlashAttention"),
        ("flashatention", "title", "FlashAttention"),
        ("efficient memory manag", "title", "Efficient Memory Management"),
        ("分离式推理", "title", "图解大模型计算加速系列"),
    ],
)
def test_a_beginning_is_completed(names: Completer, prefix: str, kind: str, label: str) -> None:
    assert any(found.label.startswith(label) for found in names(prefix, kind)[:3])


def test_a_resource_is_completed_to_its_number_and_a_venue_to_itself(names: Completer) -> None:
    first = names("Mooncake", "title")[0]
    assert first.value == f"#{first.number}"
    assert names("OSDI", "venue")[0].value == "OSDI"


def test_no_more_than_asked_for_and_nothing_twice(names: Completer) -> None:
    found = names("s", None, 25)
    assert len(found) == 25
    assert len({x.value for x in found}) == 25
    assert names("s", None, 0) == ()


def test_nothing_typed_offers_something(names: Completer) -> None:
    assert len(names("", "person", 5)) == 5
    assert {x.kind for x in names("", "person", 5)} == {"person"}


@pytest.mark.parametrize("prefix", ["\0", '"', "%", "🙂", "x" * 10_000, "qzxqzx", "?" * 300])
def test_anything_may_be_typed(names: Completer, prefix: str) -> None:
    assert isinstance(names(prefix), tuple)
