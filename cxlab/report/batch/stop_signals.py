"""What a stop signal does to a batch: it leaves by an exception, so that what was started is ended
on the way out, and nothing interrupts that.
"""

import contextlib
import math
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

STOP_SECONDS = 2.0  # a stop signal so soon after another is the same wish


@dataclass
class Stops:
    """The stop signals of a run."""

    ending: bool = False  # what is left at work is being ended: no signal interrupts that
    last: float = -math.inf
    missed: int = 0  # the signal that came meanwhile


@contextlib.contextmanager
def stop_signals() -> Iterator[Stops]:
    """SIGTERM and SIGHUP leave by an exception, as SIGINT does. Several in a row are one."""
    stops = Stops()
    if threading.current_thread() is not threading.main_thread():
        # only the main thread may set handlers; the jobs then end when this process does
        yield stops
        return

    def stop(number: int, frame: Any) -> None:
        again, stops.last = time.monotonic() - stops.last < STOP_SECONDS, time.monotonic()
        if stops.ending or again:
            stops.missed = stops.missed or number
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        kinds.append(signal.SIGINT)
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield stops
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
        # Whoever has this as a part of a longer work is to stop too.
        if stops.missed and getattr(before[stops.missed], "__code__", None) is stop.__code__:
            signal.raise_signal(stops.missed)
