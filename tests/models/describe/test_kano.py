"""Kano's table by pandas' own cross-tabulation, SciPy's sign test, and the real kiosk pairs."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.models.describe.kano import KINDS

# Berger et al. (1993), written out: functional answer, then the classes by dysfunctional answer
# 1–5.
TABLE = {1: "QAAAO", 2: "RIIIM", 3: "RIIIM", 4: "RIIIM", 5: "RRRRQ"}
LETTER = dict(zip("MOAIRQ", KINDS, strict=True))


def study_of(pairs: dict[str, list[tuple[int, int]]], **more) -> cx.Study:
    frame = pd.DataFrame(
        {
            f"{name}_{side}": [pair[i] for pair in answers]
            for name, answers in pairs.items()
            for i, side in enumerate(("f", "d"))
        }
    )
    keys = {key: more.pop(key) for key in list(more) if key in ("weight", "scales", "account")}
    points = {name: {"functional": f"{name}_f", "dysfunctional": f"{name}_d"} for name in pairs}
    return cx.Study.from_frame(
        frame.assign(**more), points, {}, **({"scales": {"kano": {"min": 1, "max": 5}}} | keys)
    )


def crosstab_counts(functional: pd.Series, dysfunctional: pd.Series) -> dict[str, int]:
    """Counts by class from a 5 × 5 cross-tabulation of the answers."""
    both = functional.notna() & dysfunctional.notna()
    cells = pd.crosstab(functional[both].astype(int), dysfunctional[both].astype(int)).stack()
    counts = dict.fromkeys(KINDS, 0)
    for (f, d), count in cells.items():
        counts[LETTER[TABLE[f][d - 1]]] += int(count)
    return counts


def leads(counts: dict[str, int]) -> bool:
    """The exact sign test of the two most frequent classes, at 5 %."""
    a, b = sorted(counts.values())[-1:-3:-1]
    return binomtest(a, a + b).pvalue < 0.05


def agrees(study: cx.Study) -> pd.DataFrame:
    table = cx.kano(study).set_index("touchpoint")
    for touchpoint, row in table.iterrows():
        counts = crosstab_counts(
            study.rating(touchpoint, "functional"), study.rating(touchpoint, "dysfunctional")
        )
        assert {kind: row[kind] for kind in KINDS} == counts
        assert row["n"] == sum(counts.values())
        assert counts[row["class"]] == max(counts.values())
        assert counts[row["second"]] == sorted(counts.values())[-2]
        assert row["clear"] == leads(counts)
        sound = sum(
            counts[kind] for kind in ("must_be", "one_dimensional", "attractive", "indifferent")
        )
        delight, hurt = (
            counts["attractive"] + counts["one_dimensional"],
            counts["must_be"] + counts["one_dimensional"],
        )
        assert (row["better"], row["worse"]) == pytest.approx((delight / sound, -hurt / sound))
        assert (row["better_low"], row["better_high"]) == pytest.approx(
            proportion_confint(delight, sound, method="wilson")
        )
        assert (-row["worse_high"], -row["worse_low"]) == pytest.approx(
            proportion_confint(hurt, sound, method="wilson")
        )
    return table


def test_every_pair_of_answers_has_its_class():
    """Twenty-five studies of one answer pair each."""
    for f, letters in TABLE.items():
        for d, letter in enumerate(letters, 1):
            row = cx.kano(study_of({"screen": [(f, d)] * 3})).iloc[0]
            assert row[LETTER[letter]] == 3
            assert row["class"] == LETTER[letter]


def test_drawn_answers_equal_the_cross_tabulation():
    rng = np.random.default_rng(0)
    pairs = {
        f"t{i}": list(
            zip(rng.choice(5, 200, p=p) + 1, rng.choice(5, 200, p=p[::-1]) + 1, strict=True)
        )
        for i, p in enumerate(rng.dirichlet(np.ones(5), 6))
    }
    table = agrees(study_of(pairs))
    assert table.index.tolist() == [f"t{i}" for i in range(6)]


def test_kiosk_s_table_equals_the_cross_tabulation(shared, root):
    study = cx.read_study(root / "tests" / "studies" / "kiosk", allow_outside=shared)
    points = study.touchpoints
    if not (points["functional"] & points["dysfunctional"]).any():
        pytest.skip("the kiosk study declares no Kano pairs")
    table = agrees(study)
    assert len(table) == (points["functional"] & points["dysfunctional"]).sum()
    assert (table["n"] > 100).all()


@pytest.mark.parametrize(
    ("a", "b", "clear"),
    [
        (61, 39, True),
        (60, 40, False),
        (30, 10, True),
        (12, 8, False),
        (6, 0, True),
        (5, 0, False),
    ],
)
def test_a_class_leads_by_the_sign_test(a, b, clear):
    """Of 100 the two-sided binomial p is .035 for 61 against 39 and .057 for 60 against 40; five of
    five are .0625.
    """
    row = cx.kano(study_of({"screen": [(1, 3)] * a + [(2, 5)] * b})).iloc[0]
    assert (row["attractive"], row["must_be"]) == (a, b)
    assert (row["class"], row["clear"]) == ("attractive", clear)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("low", [0, 1, -2])
def test_the_five_answers_may_be_numbered_from_anywhere_in_either_order(low, reverse):
    """Protects from 0–4 read as reverse features: the class depends on the order alone."""
    scales = {"kano": {"min": low, "max": low + 4, "reverse": reverse}}
    for f, letters in TABLE.items():
        for d, letter in enumerate(letters, 1):
            told = [6 - one if reverse else one for one in (f, d)]
            pair = tuple(one - 1 + low for one in told)
            row = cx.kano(study_of({"screen": [pair] * 3}, scales=scales)).iloc[0]
            assert row["class"] == LETTER[letter]


@pytest.mark.parametrize(("low", "high"), [(1, 3), (1, 7), (0, 10)])
def test_a_kano_question_of_other_answers_is_refused(low, high):
    study = study_of({"screen": [(low, high)] * 9}, scales={"kano": {"min": low, "max": high}})
    with pytest.raises(cx.ModelError, match=f"five answers .* on {low}–{high}; recode"):
        cx.kano(study)


def test_a_kano_question_of_two_columns_has_no_mean():
    frame = pd.DataFrame({"f": [1] * 9, "g": [2] * 9, "d": [5] * 9})
    points = {"screen": {"functional": ["f", "g"], "dysfunctional": "d"}}
    with pytest.raises(cx.ModelError, match="is one column with five answers"):
        cx.kano(cx.Study.from_frame(frame, points, {}))


def test_weights_decide_the_class_and_clusters_whether_it_leads():
    """61 of 100 are attractive, but the must-be have twice the weight; and where accounts answer as
    one there are ten answers, not a hundred.
    """
    pairs = {"screen": [(1, 3)] * 61 + [(2, 5)] * 39}
    row = cx.kano(study_of(pairs, w=[1.0] * 61 + [3.5] * 39, weight="w")).iloc[0]
    assert (row["class"], row["attractive"], row["clear"]) == ("must_be", 61, True)
    pairs = {"screen": [(1, 3)] * 70 + [(2, 5)] * 30}
    accounts = [f"a{i // 10}" for i in range(100)]
    assert cx.kano(study_of(pairs)).iloc[0]["clear"]
    assert not cx.kano(study_of(pairs, firm=accounts, account="firm")).iloc[0]["clear"]
    # Accounts that agree exactly tell nothing of how far others would be: ten answers again.
    even = cx.kano(study_of(pairs, firm=[f"a{i % 10}" for i in range(100)], account="firm"))
    assert not even.iloc[0]["clear"]
    drawn = [f"a{i}" for i in np.random.default_rng(0).integers(0, 10, 100)]
    assert cx.kano(study_of(pairs, firm=drawn, account="firm")).iloc[0]["clear"]


def test_pairs_not_answered_are_left_out():
    frame = pd.DataFrame({"f": [1, 1, np.nan, 1], "d": [5, np.nan, 5, 3]})
    study = cx.Study.from_frame(
        frame,
        {"screen": {"functional": "f", "dysfunctional": "d"}},
        {},
        scales={"kano": {"min": 1, "max": 5}},
    )
    row = cx.kano(study).iloc[0]
    assert (row["n"], row["one_dimensional"], row["attractive"]) == (2, 1, 1)


def test_weights_weigh_the_coefficients_and_leave_the_counts():
    pairs = [(1, 3)] * 60 + [(2, 5)] * 20 + [(3, 3)] * 20
    w = np.r_[np.full(60, 0.5), np.full(40, 2.0)]
    row = cx.kano(study_of({"screen": pairs}, w=w, weight="w")).iloc[0]
    assert (row["attractive"], row["must_be"], row["indifferent"], row["n"]) == (60, 20, 20, 100)
    assert row["better"] == pytest.approx(30 / 110)
    assert row["worse"] == pytest.approx(-40 / 110)
    assert (row["class"], row["clear"]) == ("must_be", False)


def test_nothing_but_questionable_has_no_coefficients():
    row = cx.kano(study_of({"screen": [(1, 1)] * 12 + [(1, 1)] * 8})).iloc[0]
    assert row["class"] == "questionable"
    assert (
        row[["better", "better_low", "better_high", "worse", "worse_low", "worse_high"]]
        .isna()
        .all()
    )


def test_refusals():
    frame = pd.DataFrame({"p": [1, 2, 3], "f": [np.nan] * 3, "d": [1, 2, 3]})
    scales = {"s": {"min": 1, "max": 7}, "kano": {"min": 1, "max": 5}}
    with pytest.raises(cx.ModelError) as caught:
        cx.kano(
            cx.Study.from_frame(
                frame, {"shop": {"experience": "p", "functional": "f"}}, {}, scales=scales
            )
        )
    assert (
        str(caught.value)
        == "no touchpoint of this study has both questions of a Kano pair (functional,"
        " dysfunctional)"
    )
    with pytest.raises(cx.ModelError) as caught:
        cx.kano(
            cx.Study.from_frame(
                frame, {"shop": {"functional": "f", "dysfunctional": "d"}}, {}, scales=scales
            )
        )
    assert str(caught.value) == "nobody answered both questions of a Kano pair"
