"""Letting nothing hold up acknowledgements: neither the garbage collector nor a thread that computes an answer."""

import gc
import sys


def tune() -> None:
    """Prepare a process that is about to serve; what stays for good has been loaded.

    That is left out of collections, which would take tens of milliseconds; and threads give way to the event loop
    after one millisecond instead of five.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
