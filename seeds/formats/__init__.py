"""One parser per document shape, each a pure function from text to entries."""

from seeds.formats.detect import document_code, parse
from seeds.formats.errors import ParseError

__all__ = ["ParseError", "document_code", "parse"]
