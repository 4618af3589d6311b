"""A result knows what it is as long as it is that: its kind survives what leaves its rows as they
are, and goes with whatever changes, joins or removes what the rows say.
"""

import pickle

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.result import Result, in_reading_order

LABELS = {"en": {"delivery": "Delivery"}, "pt-BR": {"delivery": "Entrega"}}


def result() -> Result:
    frame = pd.DataFrame(
        {
            "used": [0.9, 0.8, 1.0, 0.7],
            "note": ["", "few", "", "few"],
            "touchpoint": ["delivery", "website", "support", "delivery"],
            "level": ["2017", "2017", "2018", "2018"],
            "n": [40, 30, 50, 20],
            "conf_low": [0.1, -0.5, 0.4, np.nan],
            "conf_high": [0.5, 0.1, 0.9, np.nan],
            "estimate": [0.3, -0.2, 0.6, np.nan],
        }
    )
    return Result.of(frame, "gap_scores", 0.9, {"by": "wave"}, LABELS)


KEPT = {
    "filter": lambda r: r[r["n"] > 25],
    "nothing left": lambda r: r[r["n"] > 1000],
    "loc": lambda r: r.loc[r["touchpoint"] == "delivery", :],
    "iloc": lambda r: r.iloc[[2, 0]],
    "sort_values": lambda r: r.sort_values("estimate"),
    "assign": lambda r: r.assign(verdict="fine"),
    "a new column in place": lambda r: r.insert(0, "verdict", "fine") or r,
    "head": lambda r: r.head(2),
    "reset_index": lambda r: r[r["n"] > 25].reset_index(drop=True),
    "drop an interval": lambda r: r.drop(columns=["conf_low", "conf_high"]),
    "drop a note": lambda r: r.drop(columns="note"),
    "rename a note": lambda r: r.rename(columns={"note": "remark"}),
    "copy": lambda r: r.copy(),
    "query": lambda r: r.query("n > 25"),
    "dropna": lambda r: r.dropna(),
    "columns in another order": lambda r: r[sorted(r)],
    "groupby": lambda r: next(group for _, group in r.groupby("level")),
    "pickle": lambda r: pickle.loads(pickle.dumps(r)),
}


@pytest.mark.parametrize("how", KEPT)
def test_the_kind_survives_what_leaves_the_rows_as_they_are(how):
    kept = KEPT[how](result())
    assert isinstance(kept, Result)
    assert (kept.result_kind, kept.conf_level) == ("gap_scores", 0.9)
    assert kept.settings == {"by": "wave"} and kept.labels == LABELS


def changed(r: Result, place: int, column: str, value: object) -> Result:
    r.iloc[place, r.columns.get_loc(column)] = value
    return r


LOST = {
    "drop n": lambda r: r.drop(columns="n"),
    "drop a key": lambda r: r.drop(columns="level"),
    "set_index": lambda r: r.set_index("touchpoint"),
    "rename a key": lambda r: r.rename(columns={"touchpoint": "outcome"}),
    "rename into another's place": lambda r: r.rename(columns={"estimate": "n", "n": "estimate"}),
    "columns that stand twice": lambda r: r[["n", *r]],
    "groupby.mean": lambda r: r.groupby("touchpoint").mean(numeric_only=True),
    "groupby.mean with keys": lambda r: r.groupby(["touchpoint", "level"], as_index=False).mean(
        numeric_only=True
    ),
    "T": lambda r: r.T,
    "melt": lambda r: r.melt(id_vars=["touchpoint", "level"]),
    "pivot": lambda r: r.pivot(index="touchpoint", columns="level", values="estimate"),
    "times two": lambda r: r * 2,
    "one column times two": lambda r: r.assign(estimate=r["estimate"] * 2),
    "round": lambda r: r.round(0),
    "merge": lambda r: r.merge(pd.DataFrame({"level": ["2017"], "temperature": [20]}), on="level"),
    "concat": lambda r: pd.concat([r, r]),
    "a changed estimate": lambda r: changed(r, 0, "estimate", 0.31),
    "a hidden estimate": lambda r: changed(r, 0, "estimate", np.nan),
    "a changed n": lambda r: changed(r, 1, "n", 31),
    "a changed key": lambda r: changed(r, 1, "touchpoint", "app"),
    "a row that stands twice": lambda r: r.iloc[[0, 0]],
    "a changed interval": lambda r: r.assign(conf_low=-9.0),
    "an interval of another row": lambda r: r.assign(conf_high=r["conf_high"].to_numpy()[::-1]),
    "an error in the place of a limit": lambda r: r.assign(experience_low=0.2),
    "an estimate of another row": lambda r: r.assign(estimate=r["estimate"].to_numpy()[::-1]),
}


@pytest.mark.parametrize("how", LOST)
def test_what_says_something_else_has_no_kind(how):
    assert getattr(LOST[how](result()), "result_kind", None) is None


def test_a_file_keeps_the_table_and_no_kind(tmp_path):
    result().to_parquet(tmp_path / "result.parquet")
    again = pd.read_parquet(tmp_path / "result.parquet")
    pd.testing.assert_frame_equal(again, pd.DataFrame(result()))
    assert getattr(again, "result_kind", None) is None


def test_another_frame_can_take_the_kind_over_and_a_changed_one_cannot_lend_it():
    hidden = result().assign(estimate=np.nan)
    assert hidden.result_kind is None
    taken = result().like(hidden)
    assert (taken.result_kind, taken.conf_level, taken.labels) == ("gap_scores", 0.9, LABELS)
    with pytest.raises(TypeError, match="no result any more"):
        hidden.like(result())


def test_the_frame_it_was_made_of_is_not_touched():
    frame = pd.DataFrame({"outcome": ["y"], "estimate": [1.0], "n": [9]})
    made = Result.of(frame, "nps")
    made["estimate"] = 2.0
    assert frame["estimate"].item() == 1.0 and type(frame) is pd.DataFrame


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_labels_are_the_study_s_in_each_language(language):
    study = cx.simulate_study(60, seed=1)
    assert cx.gap_scores(study).labels[language] == study.labels(language)
    assert cx.fit_gap(study).tidy().labels[language] == study.labels(language)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (cx.nps, "metrics"),
        (cx.metrics, "metrics"),
        (lambda study: cx.metrics(study, by="channel"), "metrics_by_group"),
        (cx.experience_scores, "experience_scores"),
        (lambda study: cx.fit_gap(study).tidy(), "tidy"),
        (lambda study: cx.fit_gap(study).glance(), "glance"),
        (lambda study: cx.fit_gap(study).dropped, "dropped"),
        (
            lambda study: cx.gap.expectation_sources(study, sources=["channel"]).tidy(),
            "expectation_sources",
        ),
    ],
)
def test_estimators_tell_what_they_give(make, kind):
    assert make(cx.simulate_study(120, seed=1)).result_kind == kind


def test_a_split_by_wave_is_a_kind_of_its_own_by_either_name():
    frame = pd.DataFrame({"nps": [9, 3, 10, 7] * 5, "year": ["2017", "2018"] * 10, "p": 4})
    study = cx.Study.from_frame(
        frame,
        {"t": {"experience": "p", "scale": {"min": 1, "max": 7}}},
        {"recommend": {"kind": "nps", "column": "nps"}},
        wave="year",
    )
    for by in ("wave", "year"):
        assert cx.nps(study, by=by).result_kind == "metrics_by_wave"


def test_settings_are_the_plain_arguments():
    study = cx.simulate_study(60, seed=1)
    found = cx.surface(cx.fit_gap(study), n_boot=0, conf_level=0.9)
    plain = {"n_boot": 0, "seed": 0, "conf_level": 0.9}
    assert found.settings == {**plain, "center": 4.0, "n": 60, "by_stage": False}
    assert found.conf_level == 0.9


def test_no_answer_of_a_respondent_is_inside():
    rng = np.random.default_rng(0)
    ids = [f"respondent-{i:04}" for i in range(80)]
    frame = pd.DataFrame(
        {
            "id": ids,
            "e": rng.integers(1, 8, 80),
            "p": rng.integers(1, 8, 80),
            "nps": rng.integers(0, 11, 80),
            "why": [f"my reason is {i:04}" for i in range(80)],
        }
    )
    study = cx.Study.from_frame(
        frame,
        {"delivery": {"expectation": "e", "experience": "p", "scale": {"min": 1, "max": 7}}},
        {"recommend": {"kind": "nps", "column": "nps"}},
        respondent="id",
        comments={"why": {"column": "why"}},
    )
    fit = cx.fit_gap(study)
    found = [cx.nps(study), cx.gap_scores(study), cx.surface(fit, n_boot=0)]
    for one in [*found, fit.tidy(), fit.glance(), fit.dropped]:
        stored = pickle.dumps(one)
        assert not any(answer.encode() in stored for answer in (*ids, *frame["why"]))
        # Nothing that has a row a respondent either.
        assert len(stored) < 20_000
        assert not any(part.encode() in stored for part in ("Study", "Fit", "Design", "Answers"))


def test_at_80_columns_estimate_interval_and_n_come_first():
    with pd.option_context("display.width", 80):
        for found in (cx.nps(cx.simulate_study(60, seed=1)), result()):
            first = repr(found).split("\n\n")[0].splitlines()[0]
            assert len(first) <= 80
            columns = first.removesuffix("\\").split()
            assert {"estimate", "conf_low", "conf_high", "n"} <= set(columns)
            assert str(found) == repr(found)


def test_columns_stand_in_reading_order_and_those_that_say_nothing_are_left_out():
    told = result().assign(group="all", empty=np.nan, blank="", p_value=0.5)
    shown = in_reading_order(told)
    wanted = ["touchpoint", "level", "estimate", "conf_low", "conf_high", "n", "p_value"]
    assert [*shown] == [*wanted, "used", "note"]
    assert [*in_reading_order(told.head(0))][:3] == ["touchpoint", "level", "group"]
    html = result()._repr_html_()
    places = [html.index(f"<th>{column}</th>") for column in ["touchpoint", *wanted[2:6], "note"]]
    assert places == sorted(places)


def test_a_table_with_other_columns_is_printed_as_it_is():
    for other in (result().T, result()[["n", *result()]]):
        assert repr(other) == repr(pd.DataFrame(other))
        assert other._repr_html_() == pd.DataFrame(other)._repr_html_()
