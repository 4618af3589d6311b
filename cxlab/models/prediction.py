"""The terms of a fit at given ratings."""

from typing import Any

import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT


def terms_at(fit: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """The fit's terms at given ratings, and at the means of controls that are not given."""
    design, x = fit.design, pd.DataFrame({INTERCEPT: 1.0}, index=frame.index)
    for t in fit.touchpoints:
        if t not in frame:
            raise ModelError("predict: the frame has no column {touchpoint}", touchpoint=t)
        rating, shift, used = frame[t].astype(float), 0.0, f"{t}:used"
        if len(design.x):
            scale = fit.study.scale_of(t)
            refuse_off_scale(t, rating, scale.min, scale.max)
            # Usage coding centres ratings; an imputed one is known in the design only.
            shift = (fit.study.rating(t)[design.x.index] - design.x[t]).median()
        if rating.isna().any() and (not len(design.x) or fit.met()[t].all()):
            raise ModelError(
                "predict: {touchpoint} has no rating in some rows, and all respondents of this fit"
                " met it",
                touchpoint=t,
            )
        x[t] = (rating - shift).fillna(0.0)
        if used in fit.params:
            x[used] = rating.notna().astype(float)
    for term in design.controls:
        name, _, level = term.partition("[")
        if name not in frame:
            x[term] = design.sample.average(design.x[term])
        else:
            x[term] = frame[name] == level[:-1] if level else frame[name]
    return x.astype(float)


def refuse_off_scale(name: str, ratings: pd.Series, low: float, high: float) -> None:
    """Raise ModelError where a rating is beyond the ends of its scale."""
    if ratings.min() < low or ratings.max() > high:
        raise ModelError(
            "{role}: {least:g} to {most:g} is not within the scale {low:g}–{high:g}",
            role=name,
            least=ratings.min(),
            most=ratings.max(),
            low=low,
            high=high,
        )
