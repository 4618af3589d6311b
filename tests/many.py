"""Many small studies, for what is true of most of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

import cxlab as cx


def stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The answers of all of them below one another."""
    return pd.concat(frames, ignore_index=True)


def parts(whole: cx.Study, count: int) -> Iterator[cx.Study]:
    """A study's rows as so many studies of equally many, in their order. To check and read
    one large study takes as long as two or three small ones.
    """
    rows = whole.n
    assert rows % count == 0
    part = np.arange(rows) // (rows // count)
    return (whole.where(part == number) for number in range(count))
