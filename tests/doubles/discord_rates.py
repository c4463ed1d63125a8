"""Rate limits of the Discord double: a bucket per route and owner, one over all, and the ban for ignoring them."""

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from doubles.discord_world import Clock

LIMITS: dict[str, tuple[int, float]] = {
    "create_message": (5, 5.0),
    "update_message": (5, 5.0),
    "delete_message": (5, 1.0),
    "create_thread_from_message": (50, 10.0),
    "create_thread": (50, 10.0),
    "create_dm": (10, 10.0),
    "create_guild_scheduled_event": (5, 10.0),
    "bulk_set_application_commands": (5, 20.0),
    "execute_webhook": (5, 2.0),
    "update_webhook_message": (5, 2.0),
    "update_original_webhook_message": (5, 2.0),
}
"""Uses and seconds per bucket; everything else has DEFAULT."""
DEFAULT = (50, 1.0)
WEBHOOKS = ("execute_webhook", "update_webhook_message", "update_original_webhook_message", "get_webhook_message",
            "get_original_webhook_message", "delete_webhook_message", "delete_original_webhook_message")  # fmt: skip
UNLIMITED = ("create_interaction_response", "get_bot_gateway", "get_gateway")


class Limited(NamedTuple):
    """A request that has to wait: seconds, and whether the limit is global or of the bucket."""

    retry_after: float
    scope: str


@dataclass
class Bucket:
    """One window of uses."""

    limit: int
    seconds: float
    used: int = 0
    ends: float = 0.0


@dataclass
class Rates:
    """Counts uses. `overrides` replaces LIMITS by operation; `enabled` False lets everything through."""

    clock: Clock
    enabled: bool = True
    everything: int = 50
    overrides: dict[str, tuple[int, float]] = field(default_factory=dict)
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    forced: dict[str, float] = field(default_factory=dict)
    invalid: deque[float] = field(default_factory=deque)
    _window: Bucket = field(default_factory=lambda: Bucket(0, 1.0))

    def limit(self, operation: str, seconds: float, owner: str = "") -> None:
        """Answer 429 on a bucket until so many seconds have passed."""
        self.forced[f"{operation}:{owner}"] = self.clock.now() + seconds

    def limit_everything(self, seconds: float) -> None:
        """Answer 429 with the global flag for so many seconds."""
        self.forced["*"] = self.clock.now() + seconds

    @property
    def banned(self) -> bool:
        """Whether 10,000 invalid requests came within ten minutes."""
        edge = self.clock.now() - 600
        while self.invalid and self.invalid[0] < edge:
            self.invalid.popleft()
        return len(self.invalid) >= 10_000

    def take(self, operation: str, owner: str) -> tuple[Limited | None, dict[str, str]]:
        """Use a bucket once: whether it was too much, and the headers to send."""
        now = self.clock.now()
        forced = self._forced(operation, owner, now)
        if forced is not None:
            return forced, self._headers(operation, owner, Bucket(1, 1.0, 1, now + forced.retry_after), now)
        if not self.enabled or operation in UNLIMITED:
            return None, {}
        if operation not in WEBHOOKS and (wait := self._use(self._window, now, self.everything, 1.0)):
            return Limited(wait, "global"), {}
        limit, seconds = self.overrides.get(operation, LIMITS.get(operation, DEFAULT))
        bucket = self.buckets.setdefault((operation, owner), Bucket(limit, seconds))
        wait = self._use(bucket, now, limit, seconds)
        headers = self._headers(operation, owner, bucket, now)
        return (Limited(wait, "user") if wait else None), headers

    def _forced(self, operation: str, owner: str, now: float) -> Limited | None:
        for key, scope in (("*", "global"), (f"{operation}:{owner}", "user"), (f"{operation}:", "user")):
            ends = self.forced.get(key, 0.0)
            if ends > now and not (key == "*" and operation in (*WEBHOOKS, *UNLIMITED)):
                return Limited(ends - now, scope)
        return None

    @staticmethod
    def _use(bucket: Bucket, now: float, limit: int, seconds: float) -> float:
        if now >= bucket.ends:
            bucket.limit, bucket.seconds, bucket.used, bucket.ends = limit, seconds, 0, now + seconds
        if bucket.used >= limit:
            return max(bucket.ends - now, 0.001)
        bucket.used += 1
        return 0.0

    @staticmethod
    def _headers(operation: str, owner: str, bucket: Bucket, now: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(max(bucket.limit - bucket.used, 0)),
            "X-RateLimit-Reset": f"{bucket.ends:.3f}",
            "X-RateLimit-Reset-After": f"{max(bucket.ends - now, 0):.3f}",
            "X-RateLimit-Bucket": hashlib.blake2s(operation.encode(), digest_size=8).hexdigest(),
        }

    def forget(self) -> None:
        """Drop windows that are over."""
        now = self.clock.now()
        self.buckets = {key: one for key, one in self.buckets.items() if one.ends > now}
