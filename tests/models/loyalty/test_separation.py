"""Separation: found exactly where it is, named, and never printed as a slope."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import cxlab as cx
from cxlab.models.loyalty.separation import separating_direction
from cxlab.stats.ordered import maximise
from tests.models.loyalty_studies import nps_frame, study

RNG = np.random.default_rng(5)
PLAIN = pd.DataFrame({"t": RNG.integers(1, 8, 80), "u": RNG.integers(1, 8, 80)})
TIES = PLAIN.assign(
    y=np.where(PLAIN["t"] > 4, 1, np.where(PLAIN["t"] < 4, 0, RNG.integers(0, 2, 80)))
)


def refusal(frame, kind="binary", family="binary", **keys) -> str:
    call = {
        key: keys.pop(key)
        for key in ("link", "touchpoints", "missing", "categories")
        if key in keys
    }
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(study(frame, kind, **keys), family=family, **call)
    return str(caught.value)


@pytest.mark.parametrize(
    ("frame", "keys", "message"),
    [
        (
            PLAIN.assign(y=(PLAIN["t"] > 4).astype(int)),
            {},
            (
                "outcome y: touchpoint t separates the 80 answers completely; its slope has no"
                " finite estimate: leave it out, or use penalty='firth'"
            ),
        ),
        (
            TIES,
            {},
            (
                "outcome y: touchpoint t separates the 80 answers but for ties; its slope has no"
                " finite estimate: leave it out, or use penalty='firth'"
            ),
        ),
        (
            TIES,
            {"link": "probit"},
            (
                "outcome y: touchpoint t separates the 80 answers but for ties; its slope has no"
                " finite estimate: leave it out, or use family='ols'"
            ),
        ),
        (
            TIES.assign(w=RNG.uniform(0.5, 2, 80)),
            {"weight": "w"},
            (
                "outcome y: touchpoint t separates the 80 answers but for ties; its slope has no"
                " finite estimate: leave it out, or use family='ols'"
            ),
        ),
        (
            PLAIN.assign(y=(PLAIN["t"] + PLAIN["u"] > 8).astype(int)),
            {},
            (
                "outcome y: touchpoint t + u separates the 80 answers completely; its slope has"
                " no finite estimate: leave it out, or use penalty='firth'"
            ),
        ),
        # Nobody who never met u came back: its indicator separates, not its rating.
        (
            pd.DataFrame(
                {
                    "t": PLAIN["t"],
                    "u": PLAIN["u"].where(np.arange(80) % 5 > 0, 8),
                    "y": np.where(np.arange(80) % 5 > 0, np.arange(80) % 2, 0),
                }
            ),
            {"missing": "usage"},
            (
                "outcome y: touchpoint u separates the 80 answers but for ties; its slope has no"
                " finite estimate: leave it out, or use penalty='firth'"
            ),
        ),
    ],
    ids=["complete", "ties", "probit", "weights", "together", "indicator"],
)
def test_the_touchpoint_is_named(frame, keys, message):
    assert refusal(frame, **keys) == message


def test_ordered_answers_can_be_separated_too():
    """statsmodels' OrderedModel reports convergence and a slope of hundreds here."""
    frame = PLAIN.assign(y=np.select([PLAIN["t"] <= 2, PLAIN["t"] <= 5], [3, 8], 10))
    assert refusal(frame, "nps", "ordinal").startswith(
        "outcome y: touchpoint t separates the 80 answers completely"
    )
    tied = frame.assign(y=frame["y"].where((frame["t"] != 2) | (np.arange(80) % 2 == 0), 8))
    assert refusal(tied, "nps", "ordinal", categories="nps") == (
        "outcome y: touchpoint t separates the 80 answers but for ties; its slope has no"
        " finite estimate: leave it out, or use family='ols'"
    )


def test_one_answer_across_makes_it_a_fit():
    """The nearest thing to separation that is none: large slopes, all finite, and the programme
    agrees.
    """
    frame = PLAIN.assign(y=(PLAIN["t"] > 4).astype(int))
    frame.loc[frame["t"].idxmax(), "y"], frame.loc[frame["t"].idxmin(), "y"] = 0, 1
    fit = cx.fit_loyalty(study(frame, "binary"), family="binary")
    assert separating_direction(frame[["t", "u"]].to_numpy(float), frame["y"].to_numpy(), 2) is None
    assert 0 < fit.params["t"] < 10 and fit.gradient < 1e-10


def overlap_by_definition(x: np.ndarray, y: np.ndarray) -> bool:
    """Albert & Anderson (1984) as written: no b ≠ 0 with s_i (1, x_i)'b ≥ 0 for all i and > 0 for
    one. A programme of another form.
    """
    signed = np.where(y == 1, 1, -1)[:, None] * np.column_stack([np.ones(len(y)), x])
    best = max(
        linprog(-signed[i], A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1, 1)).fun * -1
        for i in range(len(y))
    )
    return best < 1e-7


def test_a_fit_stands_exactly_where_the_answers_overlap():
    """Invariant: over small random studies, about half of them separated, the fit, the programme
    and the definition say the same.
    """
    kinds = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.integers(1, 5, (14, 2)).astype(float)
        y = (x @ [1.0, 0.7] + rng.logistic(size=14) * 0.8 > 4.2).astype(int)
        if y.min() == y.max() or np.linalg.matrix_rank(np.column_stack([np.ones(14), x])) < 3:
            continue
        overlap = overlap_by_definition(x, y)
        assert (separating_direction(x, y, 2) is None) == overlap, seed
        try:
            # What `fit_categorical` takes for proof that there is a maximum.
            proven = maximise(x, y, 2).curvature > 0
        except cx.ModelError:
            proven = False
        assert proven == overlap, seed
        kinds.append(overlap)
    assert 10 < sum(kinds) < len(kinds) - 10


def test_a_direction_separates():
    """Invariant: along the direction found, answers are ordered."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    codes = np.digitize(x @ [1.0, -2.0, 0.5], [-1, 1])
    direction, complete = separating_direction(x, codes, 3)
    along = x / x.std(axis=0) @ direction
    assert complete and all(
        along[codes == j].max() <= along[codes == j + 1].min() + 1e-9 for j in range(2)
    )
    assert separating_direction(x, rng.permutation(codes), 3) is None


def test_separation_in_the_whole_is_none_without_it():
    frame = nps_frame()
    frame["z"] = np.where(frame["y"] >= 9, 7, 1)
    assert refusal(frame.drop(columns=["w", "c", "seg", "wave", "im"]), "nps").startswith(
        "outcome y: touchpoint z separates the 300 answers completely"
    )
    assert cx.fit_loyalty(study(frame, "nps"), touchpoints=["t", "u"], family="binary").n == 300
