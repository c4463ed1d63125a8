"""One file per feature; every module here is found by itself."""
