"""One file per platform folder; each only translates."""
