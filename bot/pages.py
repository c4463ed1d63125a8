"""Long answers in pages: the line that says where one is, and the buttons that turn."""

from dataclasses import dataclass

from bot.command import Context
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Text, bold, line


@dataclass(frozen=True)
class Page:
    """One page of `total` things; `said` is the line that shows it, without its page."""

    said: str
    page: int
    total: int
    size: int = 5

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many things stand on the pages before."""
        return (self.page - 1) * self.size

    def head(self, ctx: Context, counted: str) -> Text:
        """The line above the page: what was found, and which page this is. Raises UserError past the last one."""
        if self.page > self.pages:
            raise UserError(
                mark("There is no page {page}; the last one is page {pages}."), page=self.page, pages=self.pages,
                buttons=(Button(mark("Last page"), f"{self.said} page:{self.pages}"),),
            )  # fmt: skip
        where = ctx.t("page {page} of {pages}", page=self.page, pages=self.pages)
        return Text((line(bold(counted), f" · {where}" if self.pages > 1 else ""),))

    def buttons(self, ctx: Context) -> tuple[Button, ...]:
        """Previous and next, where there are any."""
        earlier = (Button(ctx.t("◀ Previous"), f"{self.said} page:{self.page - 1}"),)
        later = (Button(ctx.t("Next ▶"), f"{self.said} page:{self.page + 1}", "primary"),)
        return (earlier if self.page > 1 else ()) + (later if self.page < self.pages else ())
