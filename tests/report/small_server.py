"""The warm process of reports that show a line: it imports what a kernel needs, and rehearses
nothing, so that it starts in a third of the time. For tests of how processes begin and end.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from cxlab.data_files import read_data
from cxlab.report.run import forkserver, starters

COMPUTE = ("seaborn", "statsmodels")


def warm() -> None:
    forkserver.import_nbformat()
    for name in read_data("report.run", "packages.yml")["imported"]:
        if not name.startswith(COMPUTE):
            importlib.import_module(name)


def dask_setup(_worker: Any) -> None:
    """What a worker of a cluster does that preloads this module: start such processes."""
    starters.SERVER = __name__


if __name__ == "__main__":
    forkserver.warm = warm
    sys.exit(forkserver.main())
