"""The interval of an NPS that is planned is that of an NPS that was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import cxlab as cx

COLUMNS = ["estimate", "conf_low", "conf_high", "promoters", "passives", "detractors", "n"]


@pytest.mark.parametrize("counts", [(90, 76, 34), (10, 0, 0), (1, 2, 2), (500, 0, 500)])
def test_what_is_planned_is_what_is_measured(counts):
    answers = pd.Series(np.repeat([10, 8, 3], counts))
    n, (promoters, _, detractors) = len(answers), counts
    planned = cx.waves.nps_error(n, promoters / n, detractors / n, conf_level=0.9)
    measured = cx.nps(answers, conf_level=0.9)
    assert planned[COLUMNS].iloc[0].to_numpy() == pytest.approx(
        measured[COLUMNS].iloc[0].to_numpy(float)
    )


@pytest.mark.parametrize("margin", [0.5, 5, 20])
def test_the_answers_needed_are_the_fewest_that_do(margin):
    row = cx.waves.nps_error(100, 0.5, 0.2, margin=margin).iloc[0]
    needed = int(row["n_needed"])
    ends = [
        cx.waves.nps_error(n, 0.5, 0.2).eval("(conf_high - conf_low) / 2").iloc[0]
        for n in (needed, needed - 1)
    ]
    assert ends[0] <= margin < ends[1]
    textbook = 1e4 * (0.7 - 0.3**2) * (norm.ppf(0.975) / margin) ** 2
    assert needed == pytest.approx(textbook, abs=4)


def test_as_many_answers_as_are_needed_miss_by_more_than_the_margin_once_in_twenty():
    needed = int(cx.waves.nps_error(100, 0.4, 0.25, margin=6)["n_needed"].iloc[0])
    drawn = np.random.default_rng(1).multinomial(needed, [0.4, 0.35, 0.25], 4000)
    miss = np.abs(100 * (drawn[:, 0] - drawn[:, 2]) / needed - 15) > 6
    assert miss.mean() == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((0, 0.5, 0.2), "n=0"),
        ((100, 0.7, 0.4), "add up to 1 at most"),
        ((100, -0.1, 0.4), "shares from 0 to 1"),
    ],
)
def test_shares_that_are_none_are_refused(given, words):
    with pytest.raises(cx.ModelError, match=words):
        cx.waves.nps_error(*given)
    with pytest.raises(cx.ModelError, match="above 0"):
        cx.waves.nps_error(100, 0.5, 0.2, margin=0)
