"""What a change goes with: statsmodels' Oaxaca–Blinder, the formulas written out, sums that are
exact, resamples refitted one by one, and what is refused.
"""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.oaxaca import OaxacaBlinder

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.decomposition import product_sums, terms_of, twofold
from cxlab.stats.resampling import resample_counts
from tests.many import parts, stacked
from tests.models.waves_studies import NOT_USED, frame_of, study

decompose, mix = cx.waves.decompose_change, cx.waves.decompose_mix
ALL = "all_touchpoints"
WEIGHT = {"column": "w", "kind": "sampling"}


def single(table):
    """The rows that add up to the change."""
    return table[(table["touchpoint"] != ALL) & (table["part"] != "change")]


def part(table, name, touchpoint):
    return table[(table["part"] == name) & (table["touchpoint"] == touchpoint)].iloc[0]


# ---- witnesses


def test_the_published_example_of_statsmodels(shared):
    """Its summary calls 130.80954 explained; the file of examples has the two names exchanged."""
    known = json.loads((shared / "reference" / "worked_examples.json").read_text("utf-8"))["oaxaca"]
    data = sm.datasets.ccard.load_pandas().data
    names = ["AGE", "INCOME", "INCOMESQ"]
    table, owner = data[[*names, "AVGEXP"]].to_numpy(), data["OWNRENT"].to_numpy() == 1
    products = product_sums(table, np.ones(len(table)))
    sums = np.stack([products[~owner].sum(axis=0), products[owner].sum(axis=0)])[None]
    terms = terms_of(names, np.ones((len(table), 3), bool), [])
    parts = twofold(sums, terms, 4, "pooled")
    explained, rest = (
        float(parts["experience"].sum()),
        float((parts["importance"].sum(axis=1) + parts["baseline"])[0]),
    )
    assert (explained, rest) == pytest.approx((130.8095360551353, 27.940908389309584), rel=1e-8)
    assert explained + rest == pytest.approx(known["two_fold"]["gap"], rel=1e-12)
    assert {round(explained, 6), round(rest, 6)} == {
        round(known["two_fold"][name], 6) for name in ("explained", "unexplained")
    }


@pytest.mark.parametrize(
    ("reference", "how"),
    [
        ("pooled", {"two_fold_type": "pooled"}),
        ("last", {"two_fold_type": "self_submitted", "submitted_weight": 1}),
        ("previous", {"two_fold_type": "self_submitted", "submitted_weight": 0}),
    ],
)
def test_the_two_parts_are_statsmodels(reference, how):
    frame = frame_of(moved={"t": 0.6}, slopes={"t": (0.5, 0.7), "u": (0.3, 0.1)})
    frame["y"] += 0.5 * (frame["wave"] == 2017)  # its larger mean comes first
    table = decompose(study(frame), "y", reference=reference, n_boot=0)
    exog = frame[["t", "u"]].assign(last=(frame["wave"] == 2017).astype(int))
    peer = OaxacaBlinder(frame["y"], exog, "last", hasconst=False)
    found = peer.two_fold(**how)
    unexplained, explained, gap = found.params
    assert part(table, "experience", ALL)["estimate"] == pytest.approx(explained, rel=1e-9)
    rest = part(table, "importance", ALL)["estimate"] + part(table, "baseline", "")["estimate"]
    assert rest == pytest.approx(unexplained, rel=1e-9)
    assert part(table, "change", "")["estimate"] == pytest.approx(gap, rel=1e-9)


@pytest.mark.parametrize("reference", ["previous", "last", "pooled"])
def test_with_a_touchpoint_that_some_never_met_the_parts_are_the_formula(reference):
    """Written out: least squares wave by wave on ratings from 4, 0 for who did not meet u."""
    frame = frame_of(moved={"u": -0.5}, unused=0.3, slopes={"t": (0.5, 0.2), "u": (0.3, 0.6)})
    frame.loc[frame.index[frame["wave"] == 2017][:60], "u"] = NOT_USED
    table = decompose(study(frame), "y", reference=reference, n_boot=0)
    met = (frame["u"] != NOT_USED).to_numpy(float)
    x = np.column_stack([frame["t"] - 4, (frame["u"] - 4) * met, met])
    last = (frame["wave"] == 2017).to_numpy()

    def slopes(rows, columns):
        return np.linalg.lstsq(columns[rows], frame["y"].to_numpy()[rows], rcond=None)[0]

    plain = np.column_stack([x, np.ones(len(x))])
    before, after = slopes(~last, plain), slopes(last, plain)
    pooled = slopes(last | ~last, np.column_stack([plain, last]))
    b = {"previous": before, "last": after, "pooled": pooled}[reference][:3]
    x0, x1 = x[~last].mean(axis=0), x[last].mean(axis=0)
    r0, r1 = x0[1] / x0[2], x1[1] / x1[2]
    moved = np.array([0, 0, (x0[2] + x1[2]) / 2])
    weighed = (after[:3] - b) * (x1 - moved) + (b - before[:3]) * (x0 - moved)
    wanted = {
        ("experience", "t"): (x1[0] - x0[0]) * b[0],
        ("experience", "u"): b[1] * (x0[2] + x1[2]) / 2 * (r1 - r0),
        ("use", "u"): (x1[2] - x0[2]) * (b[2] + b[1] * (r0 + r1) / 2),
        ("importance", "t"): weighed[0],
        ("importance", "u"): weighed[1] + weighed[2],
        ("baseline", ""): after[3] - before[3] + (after[2] - before[2]) * moved[2],
    }
    found = single(table).set_index(["part", "touchpoint"])["estimate"]
    assert found.to_dict() == pytest.approx(wanted, rel=1e-8)
    assert sum(wanted.values()) == pytest.approx(part(table, "change", "")["estimate"], rel=1e-9)


def test_the_bootstrap_is_the_same_as_refitting_each_resample():
    frame = frame_of(n=80, slopes={"t": (0.5, 0.2), "u": (0.3, 0.3)})
    table = decompose(study(frame), "y", n_boot=60, seed=5)
    last = (frame["wave"] == 2017).to_numpy()
    counts = np.zeros((60, len(frame)))
    for place, side in enumerate((~last, last)):
        (block,) = resample_counts(side.sum(), 60, [5, place])
        counts[:, side] = block
    again = [frame.loc[np.repeat(frame.index, drawn.astype(int))] for drawn in counts]
    found = [
        single(decompose(one, "y", n_boot=0))["estimate"].to_numpy()
        for one in parts(study(stacked(again)), 60)
    ]
    errors = np.std(found, axis=0, ddof=1) * np.sqrt(80 / 79)
    np.testing.assert_allclose(single(table)["std_error"], errors, rtol=1e-7)


# ---- sums, weights, accounts, panels


@pytest.mark.parametrize("kind", ["score", "nps", "binary"])
def test_the_parts_add_up_to_the_change_as_changes_has_it(kind):
    frame = frame_of(moved={"t": -0.4}, unused=0.2, seed=2)
    y = frame["y"]
    frame["y"] = {"score": y, "nps": y.round().clip(0, 10), "binary": (y > 5).astype(int)}[kind]
    frame["t"] = frame["t"].astype(object)
    frame.loc[::7, "t"] = ""  # who answered the outcome and not this
    asked = study(frame, kind=kind, weight=WEIGHT)
    table, change = decompose(asked, "y", n_boot=100), cx.changes(asked, "y").iloc[-1]
    whole = part(table, "change", "")
    columns = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "n"]
    assert whole[columns].to_list() == pytest.approx(change[columns].to_list())
    assert single(table)["estimate"].sum() == pytest.approx(whole["estimate"], rel=1e-9)
    for name in ("experience", "use", "importance"):
        mine = single(table)[single(table)["part"] == name]["estimate"].sum()
        assert part(table, name, ALL)["estimate"] == pytest.approx(mine)
    gone = part(table, "not_in_model", "")
    assert gone["n"] == (frame["t"] == "").sum() and gone["n"] + part(table, "baseline", "")[
        "n"
    ] == len(frame)


def test_what_was_planted_is_found():
    frame = frame_of(n=4000, moved={"t": -0.6}, slopes={"t": (0.5, 0.5), "u": (0.3, 0.6)})
    frame["u"] = np.clip(frame["u"] + 1, 1, 7)  # so that its weight moves the mean
    frame["y"] += np.where(frame["wave"] == 2017, 0.6, 0.3)
    table = decompose(study(frame), "y", n_boot=200)
    fell = frame.groupby("wave")["t"].mean().diff().iloc[-1]
    assert part(table, "experience", "t")["estimate"] == pytest.approx(0.5 * fell, abs=0.05)
    above = frame.loc[frame["wave"] == 2017, "u"].mean() - 4
    assert part(table, "importance", "u")["estimate"] == pytest.approx(0.3 * above, abs=0.08)
    clear = table[(table["p_holm"] < 0.05)][["part", "touchpoint"]]
    assert clear.values.tolist() == [["experience", "t"], ["importance", "u"]]
    assert part(table, "experience", "u")["p_value"] > 0.05


def test_twice_the_rows_at_half_the_weight_change_no_estimate():
    frame = frame_of(unused=0.2)
    once = decompose(study(frame, weight=WEIGHT), "y", n_boot=0)
    twice = pd.concat([frame, frame], ignore_index=True).assign(w=lambda one: one["w"] / 2)
    again = decompose(study(twice, weight=WEIGHT), "y", n_boot=0)
    np.testing.assert_allclose(again["estimate"], once["estimate"], rtol=1e-8, atol=1e-12)
    plain = decompose(study(frame.assign(w=3.0), weight=WEIGHT), "y", n_boot=60)
    pd.testing.assert_frame_equal(
        pd.DataFrame(plain), pd.DataFrame(decompose(study(frame), "y", n_boot=60))
    )
    assert not np.allclose(once["estimate"], plain["estimate"])


def test_accounts_are_drawn_whole_and_a_panel_by_its_people():
    frame = frame_of(n=200)
    frame["id"] = np.tile(np.arange(200), 2)
    for name in ("t", "u", "v"):
        frame.loc[200:, name] = frame[name].to_numpy()[:200]
    rng = np.random.default_rng(4)
    frame.loc[200:, "t"] = np.clip(frame["t"].to_numpy()[:200] + rng.integers(-1, 2, 200), 1, 7)
    frame["y"] = 5 + 0.5 * (frame["t"] - 4) + rng.normal(size=400)
    panel = decompose(study(frame, respondent="id", panel=True), "y", n_boot=200)
    apart = decompose(study(frame), "y", n_boot=200)
    moved = [part(one, "experience", "t") for one in (panel, apart)]
    assert moved[0]["estimate"] == pytest.approx(moved[1]["estimate"])
    assert moved[0]["std_error"] < 0.6 * moved[1]["std_error"]
    shared = frame.assign(c=[f"c{i // 20}" for i in range(400)])
    shared["y"] += 2 * np.random.default_rng(5).normal(size=20)[np.arange(400) // 20]
    by_account = decompose(study(shared, account="c"), "y", n_boot=200)
    alone = decompose(study(shared), "y", n_boot=200)
    errors = [part(one, "baseline", "")["std_error"] for one in (by_account, alone)]
    assert errors[0] > 1.5 * errors[1]


# ---- mix


def test_mix_and_within_are_kitagawas_written_out():
    frame = frame_of(seed=6)
    table = mix(study(frame, segments=["seg"]), "y", by="seg", n_boot=0).set_index(
        ["level", "part"]
    )["estimate"]
    sizes = frame.groupby(["wave", "seg"]).size().unstack()
    share = sizes.div(sizes.sum(axis=1), axis=0)
    mean = frame.groupby(["wave", "seg"])["y"].mean().unstack()
    whole = frame.groupby("wave")["y"].mean()
    for group in ("new", "old", "vip"):
        p, m = share[group].to_numpy(), mean[group].to_numpy()
        assert table[group, "mix"] == pytest.approx((p[1] - p[0]) * (m.mean() - whole.mean()))
        assert table[group, "within"] == pytest.approx(p.mean() * (m[1] - m[0]))
    assert table["all", "mix"] + table["all", "within"] == pytest.approx(whole.diff().iloc[-1])
    assert table["all", "change"] == pytest.approx(whole.diff().iloc[-1])


def test_another_mix_of_the_same_groups_is_all_mix():
    frame = frame_of(n=2000)
    rng, last = np.random.default_rng(7), frame["wave"] == 2017
    frame["seg"] = np.where(rng.random(len(frame)) < np.where(last, 0.7, 0.4), "new", "old")
    frame["y"] = np.where(frame["seg"] == "new", 3, 6) + rng.normal(size=len(frame))
    table = mix(study(frame, segments=["seg"]), "y", by="seg", n_boot=200).set_index(
        ["level", "part"]
    )
    assert table.loc[("all", "mix"), "estimate"] == pytest.approx(-0.9, abs=0.1)
    assert table.loc[("all", "mix"), "conf_high"] < 0
    assert table.loc[("all", "within"), "p_value"] > 0.05
    assert table.loc[("new", "mix"), "share_later"] == pytest.approx(0.7, abs=0.03)


def test_groups_of_few_in_one_wave_are_taken_together_and_named():
    frame = frame_of(seed=8)
    frame.loc[:, "seg"] = "new"
    for at, name in ((0, "a"), (15, "b"), (300, "b"), (315, "c")):
        frame.loc[at : at + 13, "seg"] = name
    frame.loc[315:320, "seg"] = "a"
    table = mix(study(frame, segments=["seg"]), "y", by="seg", n_boot=0)
    assert table["level"].unique().tolist() == ["b", "new", "a + c", "all"]
    parts = table[table["level"] == "all"].set_index("part")["estimate"]
    assert parts["mix"] + parts["within"] == pytest.approx(parts["change"])


def test_a_group_of_few_that_stands_alone_is_refused_with_its_name():
    frame = frame_of(seed=9)
    frame["seg"] = "new"
    frame.loc[300:340, "seg"] = "vip"
    with pytest.raises(cx.ModelError) as refused:
        mix(study(frame, segments=["seg"]), "y", by="seg")
    assert str(refused.value) == (
        "seg: too few respondents of vip answered y in one of the waves; it takes 10 in each of"
        " 2016 → 2017: recode it into another group under recode:, or leave it out by include:"
    )


# ---- refusals


def test_a_touchpoint_that_too_few_met_in_one_wave_is_left_out_and_said():
    frame = frame_of()
    frame.loc[frame.index[frame["wave"] == 2016][5:], "v"] = NOT_USED
    table = decompose(study(frame), "y", n_boot=0)
    gone = part(table, "experience", "v")
    assert gone["note"] == "not_in_both" and np.isnan(gone["estimate"])
    with pytest.raises(cx.ModelError, match="touchpoint v: too few met it, or did not meet it"):
        decompose(study(frame), "y", touchpoints=["t", "v"])
    said = cx.say(decompose(study(frame), "y", n_boot=50))
    assert said[-1].startswith("Not in the models, because too few customers met them") and said[
        -1
    ].endswith("v.")


def test_a_touchpoint_that_all_met_in_one_wave_only_is_left_out():
    frame = frame_of()
    frame.loc[frame.index[frame["wave"] == 2016][:100], "v"] = NOT_USED
    table = decompose(study(frame), "y", n_boot=0)
    assert part(table, "experience", "v")["note"] == "not_in_both"
    assert single(table)["estimate"].sum() == pytest.approx(part(table, "change", "")["estimate"])


def test_touchpoints_met_by_the_same_people_share_one_mark_of_use():
    frame = frame_of(unused=0.3)
    frame.loc[frame["u"] == NOT_USED, "v"] = NOT_USED
    table = decompose(study(frame), "y", n_boot=0)
    assert set(table.loc[table["part"] == "use", "touchpoint"]) == {ALL, "u", "v"}
    assert single(table)["estimate"].sum() == pytest.approx(part(table, "change", "")["estimate"])


def test_bad_calls_are_refused_with_what_to_write():
    asked = study(frame_of(n=60))
    with pytest.raises(cx.ModelError, match="reference='first': give previous, last or pooled"):
        decompose(asked, "y", reference="first")
    with pytest.raises(NotAskedError, match="answered in one wave only"):
        decompose(study(frame_of(n=60, waves=1)), "y")
    frame = frame_of(n=60).assign(y=lambda one: one["y"].where(one["wave"] == 2017))
    with pytest.raises(cx.ModelError, match="answered in one wave only"):
        decompose(study(frame), "y")
    with pytest.raises(cx.ModelError, match="too few accounts"):
        decompose(study(frame_of(n=60).assign(c=["a", "b"] * 60), account="c"), "y")
