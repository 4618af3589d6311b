"""Reliability equals psych and lavaan, refuses the omegas that packages disagree on, and the design
effects are R survey's.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.describe.reliability import feldt, omega_total
from tests.many import parts, stacked

LETTERS = "ACENO"


def scales_of(frame: pd.DataFrame, items: dict[str, list[str]], low=1, high=10, **keys) -> cx.Study:
    """Constructs from columns; one touchpoint, because a study has one."""
    frame = frame.assign(t=1)
    constructs = {name: {"columns": columns, "scale": "s"} for name, columns in items.items()}
    return cx.Study.from_frame(
        frame,
        {"t": {"experience": "t", "scale": "s"}},
        constructs=constructs,
        scales={"s": {"min": low, "max": high, **keys.pop("scale", {})}},
        **keys,
    )


@pytest.fixture(scope="module")
def peer(reference):
    return {
        name: row
        for name, row in reference.results("f_reliability").items()
        if "alpha" in row and isinstance(row["alpha"], dict)
    }


@pytest.fixture(scope="module")
def mobi(reference, peer):
    return scales_of(
        reference.frame("mobi"),
        {name: row["alpha"]["items"] for name, row in peer.items() if name.startswith("mobi")},
    )


@pytest.fixture(scope="module")
def bfi(reference, peer):
    """psych's own five scales; A1, C4, C5, E1, E2, O2, O5 are turned as psych turns them, 7 − x."""
    frame = reference.frame("bfi")
    scales = {name: row for name, row in peer.items() if name.startswith("bfi")}
    for row in scales.values():
        turned = row["reversed"] or []
        for column in [turned] if isinstance(turned, str) else turned:
            frame[column] = 7 - frame[column]
    return scales_of(frame, {name: row["alpha"]["items"] for name, row in scales.items()}, high=6)


def test_alpha_and_feldts_interval_equal_psych(mobi, peer):
    table = cx.reliability(mobi).set_index("construct")
    assert len(table) == 6
    for name, row in table.iterrows():
        theirs = peer[name]["alpha"]
        assert row["alpha"] == pytest.approx(theirs["raw_alpha"], rel=1e-10)
        assert (row["alpha_low"], row["alpha_high"]) == pytest.approx(
            (theirs["feldt"]["lower"], theirs["feldt"]["upper"]), rel=1e-10
        )
        assert (row["items"], row["n"], row["covariance"]) == (
            len(theirs["items"]),
            theirs["n"],
            "Feldt",
        )


def test_alpha_of_pairwise_covariances_equals_psych(reference, peer):
    """psych takes bfi's covariances pairwise; the study's measures exist for complete respondents
    only. The formulas are the same.
    """
    frame = reference.frame("bfi")
    for name in (f"bfi_{letter}" for letter in LETTERS):
        theirs = peer[name]["alpha"]
        turned = peer[name]["reversed"] or []
        part = frame[theirs["items"]].assign(
            **{c: 7 - frame[c] for c in ([turned] if isinstance(turned, str) else turned)}
        )
        cov, k = part.cov().to_numpy(), part.shape[1]
        alpha = k / (k - 1) * (1 - np.trace(cov) / cov.sum())
        assert alpha == pytest.approx(theirs["raw_alpha"], rel=1e-10)
        assert feldt(alpha, theirs["n"], k) == pytest.approx(
            (theirs["feldt"]["lower"], theirs["feldt"]["upper"]), rel=1e-10
        )


def test_alpha_over_complete_respondents(bfi, reference, peer):
    table = cx.reliability(bfi).set_index("construct")
    for name, row in table.iterrows():
        assert row["n"] == peer[name]["alpha"]["n_complete"] == peer[name]["omega"]["n"]
        assert row["alpha"] == pytest.approx(peer[name]["alpha"]["raw_alpha"], abs=5e-3)


def test_item_rest_and_alpha_without_the_item_equal_psych(mobi, peer):
    table = cx.item_rest(mobi)
    assert len(table) == 23
    for row in table.itertuples():
        theirs = peer[row.construct]["alpha"]
        assert row.item_rest == pytest.approx(theirs["item_rest_r"][row.item], rel=1e-10)
        # Of two items psych gives something for "the other alone"; alpha of one item is not
        # defined.
        assert (
            np.isnan(row.alpha_dropped)
            if len(theirs["items"]) == 2
            else row.alpha_dropped == pytest.approx(theirs["alpha_drop"][row.item], rel=1e-10)
        )


def test_omega_equals_lavaan_as_far_as_its_optimiser_goes(mobi, bfi, peer):
    """lavaan stops at a relative change of 1e-10 in the likelihood, so its omega is good to 4e-7;
    ours solves for a gradient of zero.
    """
    table = pd.concat([cx.reliability(mobi), cx.reliability(bfi)]).set_index("construct")
    compared = table[table["note"] == ""]
    assert len(compared) == 9
    for name, row in compared.iterrows():
        assert row["omega"] == pytest.approx(
            peer[name]["omega"]["lavaan_cfa"]["omega_mcdonald_unstd"], abs=4e-7
        ), name


def test_omega_of_three_items_is_the_closed_form(reference):
    """Invariant: with three items the model is exactly determined, λ₁² = s₁₂s₁₃/s₂₃, whatever
    optimises it.
    """
    cov = reference.frame("mobi")[["CUSA1", "CUSA2", "CUSA3"]].cov().to_numpy()
    squares = np.array(
        [
            cov[0, 1] * cov[0, 2] / cov[1, 2],
            cov[0, 1] * cov[1, 2] / cov[0, 2],
            cov[0, 2] * cov[1, 2] / cov[0, 1],
        ]
    )
    total = np.sqrt(squares).sum() ** 2
    assert omega_total(cov)[0] == pytest.approx(
        total / (total + (np.diag(cov) - squares).sum()), rel=1e-12
    )


def test_omega_of_a_true_factor_is_its_own():
    """Invariant: of the covariance that a factor implies, omega is the factor's, in any units of
    the items.
    """
    loading, unique = np.array([0.9, 1.4, 0.5, 2.0, 1.1]), np.array([1.0, 0.4, 2.0, 1.5, 0.8])
    truth = loading.sum() ** 2 / (loading.sum() ** 2 + unique.sum())
    assert omega_total(np.outer(loading, loading) + np.diag(unique))[0] == pytest.approx(
        truth, rel=1e-12
    )
    equal = np.full((6, 6), 0.4) + 0.6 * np.eye(6)
    assert omega_total(equal)[0] == pytest.approx(6 / 5 * (1 - 6 / equal.sum()), rel=1e-12), (
        "equal loadings: omega is alpha"
    )


def test_a_heywood_case_has_no_omega_but_an_alpha(mobi):
    """lavaan's uniqueness is −0.89 here, and four definitions give .563 to .613: none is
    printed.
    """
    row = cx.reliability(mobi).set_index("construct").loc["mobi_loyalty"]
    assert (
        row["note"] == "heywood"
        and np.isnan(row["omega"])
        and row["alpha"] == pytest.approx(0.441717198382608, rel=1e-10)
    )


def test_two_items_have_no_omega_but_an_alpha(mobi):
    row = cx.reliability(mobi).set_index("construct").loc["mobi_value"]
    assert row["note"] == "two_items" and np.isnan(row["omega"]) and row["alpha"] > 0.8


def test_what_is_wrong_with_a_scale_is_said(reference):
    frame = reference.frame("mobi")
    frame = frame.assign(
        same=frame["PERQ1"],
        flat=5,
        even=4,
        turned=11 - frame["PERQ2"],
        few=frame["PERQ3"].where(frame.index < 15),
    )
    table = cx.reliability(
        scales_of(
            frame,
            {
                "doubled": ["PERQ1", "same", "PERQ2"],
                "constant": ["PERQ1", "PERQ2", "flat"],
                "against": ["PERQ1", "turned", "PERQ3", "PERQ4", "PERQ5"],
                "few": ["PERQ1", "few"],
                "flat": ["flat", "even"],
            },
        )
    ).set_index("construct")
    assert table["note"].to_dict() == {
        "doubled": "heywood",
        "constant": "constant_item",
        "against": "against_the_rest",
        "few": "too_few",
        "flat": "constant_item",
    }
    assert table.loc[["few", "flat"], ["alpha", "alpha_low", "omega"]].isna().all(axis=None)
    items = cx.item_rest(
        scales_of(frame, {"against": ["PERQ1", "turned", "PERQ3", "PERQ4", "PERQ5"]})
    ).set_index("item")
    assert items["note"].to_dict() == {
        "PERQ1": "",
        "turned": "against_the_rest",
        "PERQ3": "",
        "PERQ4": "",
        "PERQ5": "",
    }


def test_items_are_coded_as_the_study_codes_them():
    """Missing codes, decimal commas, an effort question: the items' mean is the study's own
    rating.
    """
    rng = np.random.default_rng(3)
    factor = rng.normal(0, 1, 200)
    frame = pd.DataFrame(
        {
            f"q{j}": np.clip(np.round(4 + factor + rng.normal(0, 1, 200)), 1, 7).astype(int)
            for j in range(3)
        }
    )
    frame.loc[:4, "q1"] = 9
    study = cx.Study.from_frame(
        frame.assign(t=1),
        {"t": {"experience": ["q0", "q2"], "scale": "s"}},
        {
            "ease": {
                "kind": "ces",
                "columns": ["q0", "q1", "q2"],
                "scale": "s",
                "direction": "effort",
            }
        },
        scales={"s": {"min": 1, "max": 7, "no_answer": [9]}},
    )
    table = cx.reliability(study).set_index("construct")
    assert table["role"].to_dict() == {"ease": "outcome", "t": "experience"} and table[
        "n"
    ].to_dict() == {"ease": 195, "t": 200}
    items = cx.item_rest(study)
    assert items.loc[items["construct"] == "ease", "estimate"].mean() == pytest.approx(
        study.outcome("ease").mean(), rel=1e-12
    )


def test_weights_change_what_they_should(reference):
    """Weights of 1 change nothing but the interval's kind; halved duplicates no estimate; the
    linearised interval is near Feldt's.
    """
    frame, items = reference.frame("mobi"), {"quality": ["PERQ1", "PERQ2", "PERQ3", "PERQ4"]}
    w = np.random.default_rng(1).uniform(0.5, 2, len(frame))
    plain = cx.reliability(scales_of(frame, items)).iloc[0]
    nearly = cx.reliability(
        scales_of(frame.assign(w=1 + 1e-9 * (np.arange(250) % 2)), items, weight="w")
    ).iloc[0]
    assert nearly["covariance"] == "linearised"
    assert (nearly["alpha"], nearly["omega"]) == pytest.approx(
        (plain["alpha"], plain["omega"]), rel=1e-7
    )
    assert (nearly["alpha_low"], nearly["alpha_high"]) == pytest.approx(
        (plain["alpha_low"], plain["alpha_high"]), abs=0.02
    )
    weighted = cx.reliability(scales_of(frame.assign(w=w), items, weight="w")).iloc[0]
    double = pd.concat([frame.assign(w=w / 2)] * 2, ignore_index=True)
    twice = cx.reliability(scales_of(double, items, weight="w")).iloc[0]
    assert (weighted["alpha"], weighted["omega"]) == pytest.approx(
        (twice["alpha"], twice["omega"]), rel=1e-10
    )
    assert weighted["alpha"] != pytest.approx(plain["alpha"], rel=1e-4)


def test_the_linearised_interval_holds_the_truth():
    """Invariant by simulation: four equal items with correlation 0.4, weights unrelated to them;
    alpha of the population is known.
    """
    truth, frames, rng = 4 / 3 * (1 - 4 / (4 + 12 * 0.4)), [], np.random.default_rng(0)
    for _ in range(200):
        latent = np.sqrt(0.4) * rng.normal(size=(150, 1)) + np.sqrt(0.6) * rng.normal(size=(150, 4))
        frame = pd.DataFrame(latent, columns=list("abcd")).assign(w=rng.lognormal(0, 0.5, 150))
        frames.append(frame)
    scale, hits = {"whole": False}, 0
    whole = scales_of(stacked(frames), {"x": list("abcd")}, -9, 9, weight="w", scale=scale)
    for study in parts(whole, 200):
        row = cx.reliability(study).iloc[0]
        hits += row["alpha_low"] < truth < row["alpha_high"]
    assert 0.90 <= hits / 200 <= 0.99


def test_design_effects_equal_r_survey(reference):
    """With replacement; `deff=TRUE` says 9.3 of the same weights."""
    theirs = reference.results("g_survey")
    for name, keys in (("gen_gap_weights_only", {}), ("gen_gap_cluster", {"account": "cluster"})):
        table = cx.design_effects(reference.gap(weight="weight", **keys)).set_index("outcome")
        for outcome, theirs_name in (("osat", "osat"), ("nps", "npsv")):
            row = table.loc[outcome]
            assert row["estimate"] == pytest.approx(theirs[name]["mean"][theirs_name], rel=1e-10)
            assert row["std_error"] == pytest.approx(
                theirs[name]["mean_se"][theirs_name], rel=1e-10
            )
            assert row["design_effect"] == pytest.approx(
                theirs[name]["mean_deff_replace"][theirs_name], rel=1e-10
            )
            assert row["n_eff"] == pytest.approx(theirs[name]["kish_neff"], rel=1e-10)


def test_without_weights_the_design_costs_nothing(reference):
    table = cx.design_effects(reference.gap())
    assert (
        table["design_effect"].to_numpy() == pytest.approx([1, 1], rel=1e-12)
        and (table["n_eff"] == table["n"]).all()
    )


def test_a_study_without_scales_is_told_so(reference):
    message = (
        "this study asks nothing by several questions, so there is no reliability to know; declare"
        " a construct, or a rating with several columns"
    )
    for call in (cx.reliability, cx.item_rest):
        with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
            call(reference.gap())


def test_results_hold_glossary_columns_only(mobi, reference):
    for frame in (cx.reliability(mobi), cx.item_rest(mobi), cx.design_effects(reference.gap())):
        assert set(frame.columns) <= set(cx.GLOSSARY)
