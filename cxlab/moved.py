"""Where names of the face of an earlier release have gone, so that an old notebook says its new
line instead of an AttributeError.

Statistics that moved into a room still work for one release; what drew pages by hand is gone.
"""

import importlib
import re
import warnings
from typing import Any

ROOMS = (
    "describe",
    "gap",
    "drivers",
    "journey",
    "waves",
    "events",
    "comments",
    "money",
    "constructs",
    "segments",
)
_PAGE = "page = cx.Page(study, languages, seed=seed, n_boot=n_boot)"
# What drew pages by hand: a pattern of its names, and the line that stands in its place.
GONE = {
    r"attempt|suppress\w*|at_least|merge_small|members_of|Refusal|shown|look|only|cut_by"
    r"|first_metric": f"{_PAGE}; gaps = page(cx.gap_scores)",
    r"block|prose|bullets|footnote|section|question|cards|Html|cover|provenance|list_entry": (
        f'{_PAGE}; page.section("gaps", gaps.say(), gaps.plot())'
    ),
    r"say_\w+|quotes": "cx.say(result, language=language)",
    r"plot_\w+|Picture": "cx.plot(result)",
}


def new_line(name: str) -> str | None:
    """The line that stands in the place of a name that is gone; None for any other."""
    return next((line for names, line in GONE.items() if re.fullmatch(names, name)), None)


def _places(name: str) -> list[tuple[str, str]]:
    """Rooms in which a name may be, and its name there."""
    if name.startswith("explore_"):
        return [("explore", name.removeprefix("explore_"))]
    return [(room, name) for room in ROOMS]


def moved(name: str) -> Any:
    """A name that moved into a room, with a warning. Raises AttributeError, with the new line where
    the name was known once.
    """
    for room, own in _places(name):
        module = getattr(importlib.import_module("cxlab"), room)
        if own in module.__all__:
            warnings.warn(
                f"cx.{name} is cx.{room}.{own} now; the old name goes with the next release",
                DeprecationWarning,
                stacklevel=3,
            )
            return getattr(module, own)
    line = new_line(name)
    raise AttributeError(
        f"module 'cxlab' has no attribute {name!r}"
        + (f": it is gone; write {line}" if line else "")
    )
