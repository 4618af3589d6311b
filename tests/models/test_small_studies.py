"""Every estimator gives numbers or a reason over studies that are small, coarse or almost empty."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.fit import Fit
from tests.test_signatures import FOUND

RNG = np.random.default_rng(5)


def study(n: int, points: int, low: int = 1, high: int = 7, blank: bool = False) -> cx.Study:
    """Touchpoints with every role, an NPS and a binary outcome, a segment."""
    roles = ["experience", "expectation", "adequate", "importance"]
    frame = pd.DataFrame(
        {f"{role}{i}": RNG.integers(low, high + 1, n) for i in range(points) for role in roles}
    ).astype(object)
    if blank and points:
        frame.iloc[1, 0] = None
    frame["nps"], frame["again"] = RNG.integers(0, 11, n), RNG.integers(0, 2, n)
    frame["g"] = np.where(np.arange(n) % 2, "a", "b")
    touchpoints = {
        f"t{i}": {"scale": "s"} | {role: f"{role}{i}" for role in roles} for i in range(points)
    }
    outcomes = {
        "r": {"kind": "nps", "column": "nps"},
        "again": {"kind": "binary", "column": "again"},
    }
    scales = {"s": {"min": low, "max": high}}
    return cx.Study.from_frame(frame, touchpoints, outcomes, scales=scales, segments=["g"])


STUDIES = {
    "one touchpoint, one blank": lambda: study(60, 1, blank=True),
    "0/1 ratings": lambda: study(60, 3, low=0, high=1, blank=True),
    "n = 12": lambda: study(12, 2, blank=True),
    "n = 1": lambda: study(1, 1),
}
FEW = {"n_boot": 50, "n_imputed": 3}  # that there are numbers does not hang on how many are drawn


def tried(call, *args, **options):
    """The result, or None where there is a reason why there is none."""
    try:
        return call(*args, **options)
    except cx.CxlabError as error:
        assert str(error)
        return None


@pytest.mark.parametrize("name", STUDIES)
def test_an_estimator_gives_numbers_or_a_reason(name):
    made = STUDIES[name]()
    repr(made), made._repr_html_(), made.missing(), made.flow
    fits = [
        tried(cx.fit_loyalty, made),
        tried(cx.fit_loyalty, made, "again", family="binary"),
        tried(cx.fit_loyalty, made, family="ordinal", missing="mice", n_imputed=3),
        tried(cx.fit_gap, made, form="difference"),
        tried(cx.fit_gap, made),
    ]
    for call in FOUND.values():
        if getattr(call, "__qualname__", "").count("."):
            continue
        few = {name: FEW[name] for name in FEW if name in inspect.signature(call).parameters}
        for first in (made, *(fit for fit in fits if fit is not None)):
            for more in ((), ("r",), ("g",)):
                try:
                    found = tried(call, first, *more, **few)
                except TypeError as error:  # an argument too many or too few
                    assert "argument" in str(error), (call.__name__, error)
                    continue
                if found is not None and not isinstance(found, Fit):
                    assert len(found.columns), call.__name__
    for fit in (fit for fit in fits if fit is not None):
        tried(fit.tidy), tried(fit.glance), tried(fit.augment), repr(fit)
