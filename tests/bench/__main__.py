"""`python -m tests.bench [NAME …]`: run every benchmark beside this file; each prints its own figures."""

import importlib
import pkgutil
import sys

import tests.bench

for info in pkgutil.iter_modules(tests.bench.__path__):
    if not info.name.startswith("_") and (not sys.argv[1:] or info.name in sys.argv[1:]):
        importlib.import_module(f"tests.bench.{info.name}").main()
