"""The error tree.

    PaperclubError
    ├── SettingsError    the environment or .env is wrong; every problem is listed
    └── UserError        the member can mend it; the text says what is wrong and what to do
        └── NotAllowed   the command is for admins

Everything else that is raised is our fault: it is logged once with a reference, and the member sees only that.
"""

from bot.message import Button


class PaperclubError(Exception):
    """The root of the errors that Paperclub raises on purpose."""


class SettingsError(PaperclubError):
    """The settings can't be used; the text lists every problem, one a line."""


class UserError(PaperclubError):
    """A sentence for the member, translated when shown: `text` is a msgid with {names} for `values`.

    `language` is set when the member's own choice is known.
    """

    language: str | None = None

    def __init__(self, text: str, /, *, buttons: tuple[Button, ...] = (), **values: object) -> None:
        super().__init__(text.format(**values))
        self.text = text
        self.values = values
        self.buttons = buttons


class NotAllowed(UserError):
    """The member lacks the right to say this line."""
