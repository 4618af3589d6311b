"""Tests wait for what they are about, not for seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds that a test waits for something that must happen. It decides nothing: what is waited for
# comes within a second or two on a machine at rest, and on a busy one when its turn has come.
PATIENCE = 300


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait for a condition; whether it came."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
