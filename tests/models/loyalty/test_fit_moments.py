"""A fit from cross-products is the fit of the rows: estimates, every kind of error, R², shares,
intervals; and what sums cannot know is refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.stats import block_products
from tests.stats.test_chunks import COLUMNS, rows

SCALES = {"any": {"min": -1e6, "max": 1e6, "whole": False}}


def study_of(frame: pd.DataFrame, **keys) -> cx.Study:
    names = [name for name in frame if name not in ("y", "w", "account")]
    return cx.Study.from_frame(
        frame,
        {name: {"experience": name} for name in names},
        {"y": {"kind": "score", "column": "y"}},
        scales=SCALES,
        **keys,
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    rows().to_parquet(path, row_group_size=1700)
    return path


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("covariance", [None, "HC2", "HC3", "linearised", "classical"])
def test_the_fit_is_that_of_the_rows_in_memory(file, weighted, clustered, covariance):
    weights, ids = (
        ({"weight": "w"} if weighted else {}),
        ({"account": "account"} if clustered else {}),
    )
    whole = rows().dropna()
    here = cx.fit_loyalty(
        study_of(whole, **weights, **ids), "y", missing="listwise", covariance=covariance
    )
    there = cx.fit_moments(
        cx.Moments.from_parquet(file, COLUMNS, **weights, cluster="account" if clustered else None),
        "y",
        covariance=covariance,
    )
    assert there.params.index.equals(here.params.index)
    assert there.params.to_numpy() == pytest.approx(here.params.to_numpy(), rel=1e-10)
    assert there.cov.to_numpy() == pytest.approx(here.cov.to_numpy(), rel=1e-10)
    assert there.r_squared == pytest.approx(here.r_squared, rel=1e-10)
    one, other = there.glance().iloc[0], here.glance().iloc[0]
    for column in other.index.difference(
        ["clusters", "outcome", "model", "covariance", "missing", "weighted"]
    ):
        assert one[column] == pytest.approx(other[column], rel=1e-10, nan_ok=True), column
    assert (one["covariance"], one["weighted"], one["clusters"]) == (
        other["covariance"],
        other["weighted"],
        other["clusters"],
    )
    pd.testing.assert_frame_equal(there.tidy(), here.tidy(), rtol=1e-9)
    assert there.dropped.to_numpy().tolist() == [["incomplete", 5000 - len(whole)]]


def test_shares_and_bootstrap_are_those_of_the_rows_in_memory(file):
    here = cx.importance(
        cx.fit_loyalty(study_of(rows().dropna(), account="account"), "y", missing="listwise"),
        n_boot=200,
        seed=4,
    )
    there = cx.importance(
        cx.fit_moments(cx.Moments.from_parquet(file, COLUMNS, cluster="account"), "y"),
        n_boot=200,
        seed=4,
    )
    pd.testing.assert_frame_equal(there, here, rtol=1e-9)


@pytest.mark.parametrize("clustered", [False, True])
def test_blocks_drawn_at_random_spread_as_rows_do_whatever_their_order(clustered, monkeypatch):
    # Sorted rows in blocks as they lie would differ far more between blocks than samples do.
    frame = rows(30_000, gaps=0).sort_values(
        ["account", "y"] if clustered else "y", ignore_index=True
    )
    moments = cx.Moments.from_frame(
        frame[COLUMNS], frame["w"], frame["account"] if clustered else None
    )
    fit = cx.fit_moments(moments, "y")
    monkeypatch.setattr(block_products, "ONE_BY_ONE", 100_000)
    each = np.concatenate(list(fit.resamples(400, seed=1)))
    monkeypatch.setattr(block_products, "ONE_BY_ONE", 100)
    blocks = np.concatenate(list(fit.resamples(1000, seed=1)))
    upper = np.triu_indices(4)
    ratio = (blocks.std(axis=0) / each.std(axis=0))[upper]
    assert np.abs(np.log(ratio)).max() < 0.17 and np.abs(np.log(ratio).mean()) < 0.06
    off = (blocks.mean(axis=0) - moments.covariance)[upper] / blocks.std(axis=0)[upper]
    assert np.abs(off).max() < 0.2
    # Read in other chunks, a row falls into other blocks; read in the same way, into the same.
    again = np.concatenate(list(fit.resamples(1000, seed=1)))
    assert np.array_equal(again, blocks)


def test_some_columns_of_the_moments(file):
    whole = rows().dropna()
    moments = cx.Moments.from_parquet(file, COLUMNS)
    fit = cx.fit_moments(moments, "y", touchpoints=["c", "a"])
    here = cx.fit_loyalty(study_of(whole), "y", touchpoints=["c", "a"], missing="listwise")
    assert list(fit.params.index) == ["intercept", "c", "a"]
    assert fit.params.to_numpy() == pytest.approx(here.params.to_numpy(), rel=1e-10)
    assert fit.cov.to_numpy() == pytest.approx(here.cov.to_numpy(), rel=1e-10)


def test_weights_that_are_all_alike_are_none():
    frame = rows(500, gaps=0)
    plain, alike = (
        cx.fit_moments(cx.Moments.from_frame(frame[COLUMNS]), "y"),
        cx.fit_moments(cx.Moments.from_frame(frame[COLUMNS], np.full(500, 2.5)), "y"),
    )
    assert alike.covariance == plain.covariance == "HC2" and not alike.glance()["weighted"].item()
    pd.testing.assert_frame_equal(alike.tidy(), plain.tidy(), rtol=1e-9)
    # One file of weight 1 and one of weight 2 are weighted all the same.
    half = frame.index < 250
    parts = [
        cx.Moments.from_frame(frame.loc[one, COLUMNS], np.full(250, w))
        for one, w in ((half, 1.5), (~half, 2.5))
    ]
    both = cx.fit_moments(parts[0] + parts[1], "y")
    here = cx.fit_loyalty(study_of(frame.assign(w=np.where(half, 1.5, 2.5)), weight="w"), "y")
    assert both.cov.to_numpy() == pytest.approx(here.cov.to_numpy(), rel=1e-10)


def test_a_second_look_takes_back_what_near_collinear_products_cost():
    rng = np.random.default_rng(5)
    a = rng.normal(size=2000)
    frame = pd.DataFrame({"a": a, "b": a + 1e-4 * rng.normal(size=2000)}).assign(
        y=lambda f: f["a"] + 2 * f["b"] + rng.normal(size=2000)
    )
    here = cx.fit_loyalty(study_of(frame), "y")
    there = cx.fit_moments(cx.Moments.from_frame(frame), "y")
    sums = cx.fit_moments(cx.Moments.from_frame(frame).bare(), "y", covariance="classical")
    assert there.params.to_numpy() == pytest.approx(here.params.to_numpy(), rel=1e-10)
    assert sums.params.to_numpy() == pytest.approx(here.params.to_numpy(), rel=1e-6)
    assert (
        np.abs(sums.params / here.params - 1).max() > np.abs(there.params / here.params - 1).max()
    )


def test_sums_alone_give_classical_errors_and_refuse_the_rest(file):
    moments = cx.Moments.from_parquet(file, COLUMNS).bare()
    fit = cx.fit_moments(moments, "y", covariance="classical")
    here = cx.fit_loyalty(
        study_of(rows().dropna()), "y", missing="listwise", covariance="classical"
    )
    assert fit.cov.to_numpy() == pytest.approx(here.cov.to_numpy(), rel=1e-9)
    assert cx.importance(fit, n_boot=0)["share"].sum() == pytest.approx(fit.r_squared, rel=1e-10)
    assert "rows out of reach" in repr(moments)
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_moments(moments, "y")
    assert (
        str(caught.value)
        == "covariance='HC2' needs the residual of every row, and the rows behind these moments are"
        " out of reach; use covariance='classical'"
    )
    with pytest.raises(
        cx.ModelError,
        match=(
            "the rows behind these moments are out of reach, so they cannot be resampled; n_boot=0"
        ),
    ):
        cx.importance(fit, n_boot=50)
    with pytest.raises(
        cx.ModelError,
        match=(
            "this fit came from sums over rows, and has no respondents to look at; use fit_loyalty"
        ),
    ):
        fit.augment()
    # Rows in reach on one side only are not in reach.
    assert (moments + cx.Moments.from_parquet(file, COLUMNS)).sources == ()


def lone(frame):
    return frame.assign(c=np.where(frame.index == 3, 1.0, 0.0))


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        (
            lambda f: f.assign(c=f["a"] + 2 * f["b"]),
            {},
            (
                "c follows exactly from a, b, so their effects cannot be told apart; leave one of"
                " them out (n = 300)"
            ),
        ),
        (lambda f: f.assign(c=4.0), {}, "term c: all 300 values are 4; leave it out"),
        (
            lambda f: f.assign(y=3.0),
            {},
            "outcome y: all 300 answers are 3; nothing can be explained",
        ),
        (
            lambda f: f.head(8),
            {},
            (
                "outcome y: only 8 of 8 respondents answered all that is compared; 4 terms need"
                " at least 9: use fewer touchpoints, or another treatment of missing answers"
            ),
        ),
        (
            lone,
            {},
            (
                "1 of 300 rows alone decide a term, so its error cannot be known; leave out a"
                " touchpoint that all but a few rate alike"
            ),
        ),
        (
            lambda f: f,
            {"covariance": "HC1"},
            "covariance='HC1': give HC2, CR2, HC3, clustered, linearised or classical",
        ),
        (
            lambda f: f,
            {"covariance": "clustered"},
            (
                "covariance='clustered': these moments have no clusters; name them by cluster="
                " where the moments are made"
            ),
        ),
        (lambda f: f, {"outcome": "z"}, "'z' is no column of these moments; they have: a, b, c, y"),
        (
            lambda f: f,
            {"touchpoints": ["a", "shop"]},
            "'shop' is no column of these moments; they have: a, b, c, y",
        ),
        (
            lambda f: f,
            {"touchpoints": ["a", "y"]},
            "touchpoints: name at least one column, each once, and not the outcome y",
        ),
        (
            lambda f: f,
            {"touchpoints": ["a", "a"]},
            "touchpoints: name at least one column, each once, and not the outcome y",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(change, call, message):
    frame = change(rows(300, gaps=0)[COLUMNS])
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_moments(cx.Moments.from_frame(frame[COLUMNS]), **{"outcome": "y", **call})
    assert str(caught.value) == message


def test_too_few_clusters_and_weights_that_look_like_counts_are_refused():
    frame = rows(300, gaps=0)
    with pytest.raises(
        cx.ModelError,
        match=(
            r"the 300 answers come from too few accounts \(or panel members\), or from very uneven"
            r" ones; they count as 2.0 of equal size, and a margin of error takes 3"
        ),
    ):
        cx.fit_moments(cx.Moments.from_frame(frame[COLUMNS], clusters=frame.index % 2), "y")
    # Each part has weights all alike; together they are counts.
    parts = [cx.Moments.from_frame(frame[COLUMNS], np.full(300, w)) for w in (1, 2)]
    counts = [replace(part, counts=True) for part in parts]
    with pytest.raises(
        cx.ModelError, match="these weights are all whole numbers: they look like counts"
    ):
        cx.fit_moments(counts[0] + counts[1], "y")


def test_it_says_what_it_is(file):
    fit = cx.fit_moments(cx.Moments.from_parquet(file, COLUMNS, "w"), "y")
    assert "HC2 errors" in repr(fit) and "left out: incomplete" in repr(fit)
    assert repr(fit.moments).startswith("Moments of a, b, c, y: 4,7") and "weighted" in repr(
        fit.moments
    )
    checks = cx.diagnose(fit)
    assert {"vif", "condition_index"} <= set(checks["check"]) and (
        checks["verdict"] != "unsafe"
    ).all()


def test_an_outcome_made_of_the_ratings_is_refused_as_in_memory():
    """Protects from an index of the same ratings, which slopes without error would explain."""
    frame = rows().dropna()[["a", "b", "c"]]
    frame["y"] = frame.mean(axis=1) + np.random.default_rng(1).normal(0, 1e-3, len(frame))
    with pytest.raises(cx.ModelError, match="it follows from what is to explain it") as there:
        cx.fit_moments(cx.Moments.from_frame(frame), "y")
    with pytest.raises(cx.ModelError) as here:
        cx.fit_loyalty(study_of(frame), "y")
    assert str(here.value) == str(there.value)
