"""Paths, moves, times, loops and ends, held against logs of known numbers and plain pandas."""

from collections import Counter
from itertools import groupby, pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm
from tests.models.events.logs import bare, frame_of, read, walked

ECOM = {"respondent": "session_id", "touchpoint": "event", "time": "timestamp"}
FINES = {"respondent": "case_id", "touchpoint": "activity", "time": "timestamp"}


@pytest.fixture(scope="module")
def paths():
    return walked(900, 1)


@pytest.fixture(scope="module")
def log(paths):
    return read(frame_of(paths), success="buy")


@pytest.mark.parametrize(
    "file, keys, moves, kinds, variants",
    [("ecom_events", ECOM, 27_501, 336, 3_003), ("traffic_fines", FINES, 24_724, 40, 44)],
)
def test_moves_and_variants_of_two_logs_are_those_of_pm4py(
    shared, file, keys, moves, kinds, variants
):
    log = cx.events.read_events(bare(), shared / "data" / "events" / f"{file}.csv.gz", **keys)
    table = cx.events.transitions(log)
    within = table[(table["before"] != "path_start") & (table["touchpoint"] != "path_lost")]
    assert (within["moves"].sum(), len(within)) == (moves, kinds)
    assert cx.events.paths(log, repeats=True)["variants"].sum() == variants


def test_moves_are_counted_by_customer(log, paths):
    table = cx.events.transitions(log).set_index(["before", "touchpoint"])
    ended = [[*path, *["path_lost"] * (path[-1] != "buy")] for path in paths]
    pairs = [[*pairwise(["path_start", *path])] for path in ended]
    moves, customers = (
        Counter(one for each in pairs for one in kind(each)) for kind in (list, set)
    )
    assert table["moves"].to_dict() == dict(moves) and table["n"].to_dict() == dict(customers)
    leaving = Counter(one for each in pairs for one, _ in each)
    for (before, to), row in table.iterrows():
        assert row["estimate"] == pytest.approx(moves[before, to] / leaving[before])
        assert row["n_before"] == sum(before in (one for one, _ in each) for each in pairs)
    # One first contact a customer: the plain interval of a share.
    row = table.loc["path_start", "a"]
    ends = proportion_confint(row["moves"], 900, method="wilson")
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(ends, rel=2e-3)


def test_moves_of_one_customer_count_less_than_those_of_many():
    many = read(frame_of([["a", "b"]] * 60 + [["a", "a"]] * 60))
    few = read(frame_of([["a", "b"] * 10] * 6 + [["a", "a"] * 10] * 6 + [["a"]] * 20))
    wide, narrow = (
        cx.events.transitions(one).set_index(["before", "touchpoint"]).loc["a", "a"]
        for one in (few, many)
    )
    assert np.ptp(wide[["conf_low", "conf_high"]]) > 1.5 * np.ptp(narrow[["conf_low", "conf_high"]])


def test_a_path_ends_at_its_first_success_and_an_open_one_is_not_counted():
    frame = frame_of([["a", "buy", "b", "buy"]] * 20 + [["a", "b"]] * 30)
    late = frame_of([["b", "a"]] * 7).assign(time=pd.Timestamp("2026-03-01"))
    frame = pd.concat([frame, late.assign(id="late" + late["id"])])
    log = read(frame, success="buy", window_days=30)
    row = cx.events.event_log(log).iloc[0]
    assert row[["n", "n_success", "n_open", "contacts"]].tolist() == [50, 20, 7, 154]
    assert row["estimate"] == 0.4 and (row["first"], row["last"]) == ("2026-01-05", "2026-03-01")
    drop = cx.events.drop_off(log).set_index("touchpoint")
    assert drop["n_lost"].to_dict() == {"a": 0, "b": 30} and drop["n"].to_dict() == {
        "a": 50,
        "b": 30,
    }
    told = [str(one.problem) for one in log.notices]
    assert "40 events after the first success are left out" in told
    assert "7 paths are still open, and are not counted" in told
    assert cx.events.event_log(read(frame, success="buy"))["n_open"].item() == 0


def test_the_most_frequent_paths_and_nothing_of_few(log, paths):
    runs = [" → ".join(one for one, _ in groupby(path)) for path in paths]
    wanted = Counter(run + " → path_lost" * (not run.endswith("buy")) for run in runs)
    table = cx.events.paths(log, most=1000, min_cell=10)
    assert table["n"].min() >= 10 and table["n"].sum() == 900
    own = table[table["path"] != "path_other"].set_index("path")["n"]
    assert own.to_dict() == {path: n for path, n in wanted.items() if n >= 10}
    assert table["variants"].sum() == len(wanted)
    short = cx.events.paths(log, most=3)
    assert short["path"].tolist() == [*own.index[:3], "path_other"]
    # Where the rest is few it takes the next smallest along.
    few = read(frame_of([["a"]] * 40 + [["b"]] * 20 + [["c"]] * 4))
    assert cx.events.paths(few, min_cell=10)["n"].tolist() == [40, 24]


def test_what_flows_into_a_contact_flows_out_of_it(log):
    table = cx.events.first_steps(log, steps=4, min_cell=10).astype({"step": int})
    assert table["n"].min() >= 10 and table.loc[table["step"] == 1, "n"].sum() == 900
    ends = {"buy", "path_lost"}
    for step in (1, 2):
        come = table[(table["step"] == step) & ~table["touchpoint"].isin(ends)]
        gone = table[table["step"] == step + 1]
        assert come.groupby("touchpoint")["n"].sum().to_dict() == (
            gone.groupby("before")["n"].sum().to_dict()
        )
    plain = cx.events.first_steps(log, steps=3, min_cell=2)
    assert plain.groupby("step")["n"].sum().iloc[0] == 900 >= plain["n"].sum() / 2


def test_the_time_between_contacts_is_the_median_of_customers():
    rng = np.random.default_rng(2)
    frame = frame_of([["a", "b", "a", "b"]] * 81)
    frame["time"] += pd.to_timedelta(np.cumsum(rng.exponential(90_000, len(frame))), unit="s")
    table = cx.events.time_between(read(frame)).set_index(["before", "touchpoint"])
    waits = frame.groupby("id")["time"].apply(lambda t: t.iloc[1] - t.iloc[0])
    days = np.sort(waits.dt.total_seconds() / 86_400)
    row = table.loc["a", "b"]
    assert row["estimate"] == pytest.approx(np.median(days)) and row["n"] == 81
    low, high = 81 / 2 - 0.98 * 9, 1 + 81 / 2 + 0.98 * 9
    wanted = days[[int(low) - 1, int(np.ceil(high)) - 1]]
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(wanted.tolist())


def test_loops_are_returns_after_another_contact(log, paths):
    table = cx.events.loops(log).set_index("touchpoint")
    for name in "abc":
        met = [path for path in paths if name in path]
        runs = [[one for one, _ in groupby(path)].count(name) for path in met]
        assert table.loc[name, "n"] == len(met)
        assert table.loc[name, "estimate"] == pytest.approx(np.mean(np.array(runs) > 1))
        twice = [any(a == b == name for a, b in pairwise(path)) for path in met]
        assert table.loc[name, "repeated"] == pytest.approx(np.mean(twice))
        visits = [path.count(name) for path in met]
        assert table.loc[name, "visits"] == pytest.approx(np.mean(visits))


@pytest.fixture(scope="module")
def linked(paths):
    """A study of the customers, of whom half answered, with a rating of a that goes with its
    end.
    """
    rng = np.random.default_rng(3)
    ended = np.array([path[-1] == "a" for path in paths[:450]])
    rating = np.clip(np.round(rng.normal(4.5 - 1.2 * ended, 1.2)), 1, 7).astype(int)
    answers = pd.DataFrame(
        {"id": [f"c{i}" for i in range(450)], "q": rating, "e": 6, "f": 5, "plan": ["x", "y"] * 225}
    )
    keys = {"scales": {"s": {"min": 1, "max": 7}}, "respondent": "id", "segments": ["plan"]}
    points = {"a": {"experience": "q", "expectation": "e"}, "b": {"experience": "f"}}
    study = cx.Study.from_frame(answers, points, **keys)
    log = read(frame_of(paths).assign(way=lambda f: np.where(f["at"] == "a", "web", "shop")),
               study, success="buy", channel="way", contacts={"c": "C"})  # fmt: skip
    return log, answers.assign(ended=ended, met=["a" in path for path in paths[:450]])


def test_a_bad_contact_goes_with_the_end_of_the_path(linked):
    log, answers = linked
    table = cx.events.exit_experience(log).set_index("touchpoint")
    met = answers[answers["met"]]
    one, other = (met["q"][met["ended"] == is_end] for is_end in (True, False))
    found = stats.ttest_ind(one, other, equal_var=False)
    row = table.loc["a"]
    assert row["estimate"] == pytest.approx(one.mean() - other.mean()) and row["estimate"] < -0.8
    assert row["p_value"] == pytest.approx(found.pvalue)
    assert (row["n"], row["n_against"]) == (len(one), len(other))
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))
    gap = cx.events.exit_experience(log, role="gap")
    assert gap["touchpoint"].tolist() == ["a"]
    assert gap["estimate"].item() == pytest.approx(row["estimate"])
    with pytest.raises(cx.ModelError, match="give experience or gap"):
        cx.events.exit_experience(log, role="effort")


def test_splits_are_of_respondents_or_of_the_first_channel(linked, paths):
    log, answers = linked
    plans = cx.events.drop_off(log, by="plan").set_index(["level", "touchpoint"])
    mine = [path for path in paths[:450:2] if "b" in path]
    assert plans.loc[("x", "b"), "n"] == len(mine)
    assert plans.loc[("x", "b"), "n_lost"] == sum(path[-1] == "b" for path in mine)
    ways = cx.events.drop_off(log, by="channel").set_index(["level", "touchpoint"])
    web = [path for path in paths if path[0] == "a" and "b" in path]
    assert ways.loc[("web", "b"), "n"] == len(web)
    part = cx.events.event_log(log)["n_matched"].item()
    assert part == 450 and any("450 of 900 customers" in str(one) for one in log.notices)


def test_what_cannot_be_told_is_refused(log, paths):
    with pytest.raises(NotAskedError, match="declares no log of events; declare its file"):
        cx.events.transitions(bare())
    with pytest.raises(cx.ModelError, match="holds 4 contacts, and it takes 50"):
        cx.events.transitions(read(frame_of([["a", "b"]] * 2)))
    silent = read(frame_of(paths))
    for estimate in (cx.events.drop_off, cx.events.touchpoint_value, cx.events.exit_experience):
        with pytest.raises(cx.ModelError, match="declares no success; name the contacts"):
            estimate(silent)
    with pytest.raises(NotAskedError, match="tells no channel"):
        cx.events.paths(log, by="channel")
    with pytest.raises(NotAskedError, match="no customer of the log can be told from the survey"):
        frame = pd.DataFrame({"plan": ["x", "y"]})
        unknown = cx.Study.from_frame(frame, {}, segments=["plan"])
        cx.events.paths(read(frame_of(paths), unknown), by="plan")
    with pytest.raises(cx.ModelError, match="no closed path"):
        cx.events.paths(read(frame_of(paths), window_days=4000))
