"""The catalogue's sources: parsers of curated lists, what makes two entries one work, and how lists merge."""
