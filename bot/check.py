"""One finding of `paperclub doctor`."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, what was found, and, unless all is well, what mends it."""

    name: str
    verdict: Verdict
    found: str
    mend: str = ""

    def __str__(self) -> str:
        sign = {"ok": "✓", "warning": "!", "failed": "✗"}[self.verdict]
        lines = [f"{sign} {self.name}: {self.found}"]
        return "\n".join([*lines, f"    {self.mend}"] if self.mend else lines)


def ok(name: str, found: str) -> Check:
    """All is well."""
    return Check(name, "ok", found)


def warning(name: str, found: str, mend: str) -> Check:
    """It works, but not as well as it could."""
    return Check(name, "warning", found, mend)


def failed(name: str, found: str, mend: str) -> Check:
    """It does not work."""
    return Check(name, "failed", found, mend)
