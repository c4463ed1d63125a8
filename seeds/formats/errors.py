"""What the parsers say when a document holds no list."""


class ParseError(ValueError):
    """A document that can't be read as a list: one line, for the person who gave it."""
