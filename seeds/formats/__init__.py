"""One parser per document shape, each a pure function from text to entries."""
