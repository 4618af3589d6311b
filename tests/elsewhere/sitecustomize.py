"""Put on PYTHONPATH, it takes from every process of a run what Windows lacks: fork, and for cxlab
the modules that only Unix has (tests/report/run/test_elsewhere.py).
"""

import builtins
import os
import sys
import types

for name in ("fork", "forkpty", "pidfd_open"):
    if hasattr(os, name):
        delattr(os, name)
_import, _processes = builtins.__import__, "cxlab.report.run.processes"
_msvcrt = types.ModuleType("msvcrt")
_msvcrt.LK_NBLCK, _msvcrt.locking = 2, lambda file, mode, size: None


def _as_there(name, *given, **named):
    asks = (given[0] if given else named.get("globals")) or {}
    if str(asks.get("__name__")).startswith(("cxlab", "__main__")):
        if name in ("resource", "fcntl", "pwd", "termios"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == "msvcrt":
            return _msvcrt
    found = _import(name, *given, **named)
    if _processes in sys.modules:
        sys.modules[_processes].LINUX = False
    return found


builtins.__import__ = _as_there
