"""What is logged, and what never is."""

import logging

_TELLING = ("discord", "slack_bolt", "slack_sdk")
"""Libraries whose details hold whatever members say."""


def log_to_stderr(level: str) -> None:
    """Log to standard error from this level on."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(discreet)


def discreet(record: logging.LogRecord) -> bool:
    """Whether a record may be written; the platforms' traffic, secret ballots and all, may not."""
    return record.levelno >= logging.INFO or not record.name.startswith(_TELLING)
