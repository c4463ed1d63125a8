"""Making very many values without the garbage collector looking through all of them again and again."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Within it only reference counts free memory: a list's entries hold no cycles, and they are many."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
