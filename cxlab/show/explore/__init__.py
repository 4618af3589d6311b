"""Explorers for JupyterLab: controls over a question, its answer, and the call that gives it."""

from cxlab.show.disclosure.subtraction import subtraction as subtraction
from cxlab.show.explore.explorer import Explorer as Explorer
from cxlab.show.explore.explorers import (
    explore_drivers as drivers,
    explore_journey as journey,
    explore_segments as segments,
    explore_surface as surface,
)
from cxlab.show.explore.questions import (
    explore_constructs as constructs,
    explore_disclosure as disclosure,
    explore_nps_error as nps_error,
    explore_what_if as what_if,
)

__all__ = [
    "Explorer",
    "constructs",
    "disclosure",
    "drivers",
    "journey",
    "nps_error",
    "segments",
    "subtraction",
    "surface",
    "what_if",
]
