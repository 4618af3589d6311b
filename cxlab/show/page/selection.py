"""Rows of a result for one place of a page."""

import pandas as pd

from cxlab.show.page.refusals import Refusal


def cut_by(frame: pd.DataFrame | Refusal, by: str = "outcome") -> list:
    """A result cut into one frame for each value of `by`, in the order met; a Refusal alone."""
    if isinstance(frame, Refusal):
        return [frame]
    return [rows.reset_index(drop=True) for _value, rows in frame.groupby(by, sort=False)]


def only(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows of a result whose columns have these values: `only(metrics,
    outcome="recommend")`.
    """
    for column, value in values.items():
        frame = frame[frame[column] == value]
    return frame.reset_index(drop=True)


def first_metric(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first metric in a frame that holds several (the share before the mean)."""
    return only(frame, metric=frame["metric"].iloc[0])


def look(fit, member: str) -> pd.DataFrame:
    """`fit.glance()`, `fit.dropped` and the like by name, so that `attempt` can pass a Refusal
    on.
    """
    found = getattr(fit, member)
    return found() if callable(found) else found


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a result that `suppress` did not blank."""
    return frame[frame["n"].notna()].reset_index(drop=True)
