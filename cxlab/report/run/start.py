"""The first lines of a process that a batch starts: it ends with the one who started it, and leaves
no folder.

To import what a report needs takes seconds, and who is killed meanwhile can tell nobody. So
`python -m cxlab.report.run.start PARENT FOLDER MODULE …` sees to its own end first, then runs the
module.
"""

import os
import runpy
import shutil
import signal
import sys
import threading
import time

import psutil

from cxlab.report.run import processes


def main() -> None:
    """Run a module for as long as the process PARENT lives, in FOLDER, which goes with it."""
    parent, folder, sys.argv = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    processes.adopt_descendants()
    signal.signal(signal.SIGTERM, lambda *_: _leave(folder))
    if not processes.die_with(parent, signal.SIGTERM):
        threading.Thread(target=_watch, args=(parent, folder), daemon=True).start()
    processes.enter(folder)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _watch(parent: int, folder: str) -> None:
    """Look each second whether the parent lives, where the system does not tell of its end."""
    # Windows goes on naming a parent that is gone.
    held = psutil.Process(parent) if psutil.pid_exists(parent) else None
    while held and os.getppid() == parent and held.is_running():
        time.sleep(1)
    _leave(folder)


def _leave(folder: str) -> None:
    processes.end_descendants()
    if not processes.LINUX:  # where nobody adopts the orphans
        processes.end_carriers(os.environ[processes.TOKEN], spare=os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    main()
