"""Attacks on the classes behind shares: what a reader of several rows can add, subtract and solve
for must not be the answers of a few.
"""

from __future__ import annotations

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import Bounds, LinearConstraint, milp

import cxlab as cx
from cxlab.show.disclosure import blanking
from cxlab.show.disclosure.linked import members_of, suppress_together
from cxlab.show.disclosure.rules import suppress, suppressed
from cxlab.show.page.list_entry import ListEntry
from cxlab.show.page.parts import of_table
from cxlab.show.page.tables import cards
from cxlab.show.plot.metrics import plot_metrics, plot_waves
from cxlab.show.say.metrics import say_metrics
from cxlab.show.words.wording import Wording
from tests.show.drawn import drawn
from tests.show.said import said

MIN = 10
NPS = ["detractors", "passives", "promoters"]
# d s p of two waves; the audit's.
WAVES = {"2025": (3, 37, 60), "2026": (20, 30, 50)}


def nps_rows(counts: dict[str, tuple], group: str = "wave") -> pd.DataFrame:
    """Rows of an NPS as `cx.nps` gives them, without the interval."""
    rows = []
    for level, (d, s, p) in counts.items():
        n = d + s + p
        rows.append(
            dict(
                outcome="x",
                metric="nps",
                group=group,
                level=level,
                estimate=100 * (p - d) / n,
                std_error=5.0,
                n=n,
                n_eff=float(n),
                promoters=p / n,
                passives=s / n,
                detractors=d / n,
            )
        )
    return pd.DataFrame(rows)


def share_rows(counts: dict[str, tuple], group: str = "wave") -> pd.DataFrame:
    rows = [
        dict(
            outcome="x",
            metric="binary_share",
            group=group,
            level=level,
            estimate=yes / (no + yes),
            std_error=0.1,
            conf_low=0.0,
            conf_high=1.0,
            n=no + yes,
        )
        for level, (no, yes) in counts.items()
    ]
    return pd.DataFrame(rows)


def total_of(counts: dict[str, tuple], nowhere: tuple = ()) -> dict[str, tuple]:
    return {
        "all": tuple(
            int(one) for one in np.sum([*counts.values(), *([nowhere] if nowhere else [])], axis=0)
        )
    }


class Reader:
    """Knows every number that is shown, as it is printed, and solves for whole counts of each class
    in each atom.
    """

    def __init__(self, classes: int, atoms: int) -> None:
        self.classes, self.atoms, self.laws, self.low, self.high = classes, atoms, [], [], []

    def learn(self, cell: np.ndarray, weights, low: float, high: float) -> None:
        self.laws.append(np.kron(cell, weights))
        self.low.append(low - 1e-7)
        self.high.append(high + 1e-7)

    def read(self, cell: np.ndarray, row: pd.Series) -> None:
        n = row["n"]
        if pd.isna(n):
            return
        self.learn(cell, np.ones(self.classes), n, n)
        if self.classes == 2:
            if pd.notna(row["estimate"]):
                self.learn(cell, [0, 1], row["estimate"] * n, row["estimate"] * n)
            return
        for place, name in enumerate(NPS):
            if pd.notna(row[name]):
                self.learn(cell, np.eye(3)[place], row[name] * n, row[name] * n)
        if pd.notna(row["estimate"]):
            # Half a point either way where the score was put in whole points.
            slack = 0.5 if pd.isna(row["detractors"]) else 0.0
            self.learn(
                cell,
                [-1, 0, 1],
                (row["estimate"] - slack) * n / 100,
                (row["estimate"] + slack) * n / 100,
            )

    def solves(self, cell: np.ndarray, one: int) -> float | None:
        """The count of class `one` in these atoms, where it is the only one possible."""
        aim = np.kron(cell, np.eye(self.classes)[one])
        laws = LinearConstraint(np.array(self.laws), self.low, self.high) if self.laws else ()
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * aim, integrality=np.ones(len(aim)), bounds=Bounds(0, 2000), constraints=laws
            )
            assert found.status == 0, "what is shown must be true of somebody"
            ends.append(sign * found.fun)
        return round(ends[0]) if ends[1] - ends[0] < 0.5 else None


def recovered(
    counts: dict[str, tuple], levels: pd.DataFrame, whole: pd.DataFrame, nowhere: tuple = ()
) -> list[tuple]:
    """Small classes (or those of what is hidden together) that the reader of these rows and the
    total knows.
    """
    truth = np.array([*counts.values(), *([nowhere] if nowhere else [])])
    atoms, classes = truth.shape
    reader = Reader(classes, atoms)
    cells = np.eye(atoms)
    for cell, (_index, row) in zip(cells, levels.iterrows(), strict=False):
        reader.read(cell, row)
    reader.read(np.ones(atoms), whole.iloc[0])
    shown = "detractors" if classes == 3 else "estimate"
    hidden = np.array([*levels[shown].isna(), *([True] if nowhere else [])], dtype=float)
    found = []
    for aim in [*cells, np.ones(atoms), hidden]:
        for one, true in enumerate(aim @ truth):
            if 0 < true < MIN and reader.solves(aim, one) is not None:
                found.append((aim.tolist(), one, true))
    return found


def test_the_audits_waves_cannot_be_subtracted():
    """Protects three detractors of 2025: 0.115 × 200 of the headline less 0.2 × 100 of 2026."""
    levels, whole = nps_rows(WAVES), nps_rows(total_of(WAVES), "all")
    assert recovered(
        WAVES, levels.assign(**{one: levels[one].mask([True, False]) for one in NPS}), whole
    ), "hiding one row alone must be seen through"
    for result in (
        suppress(levels, MIN, totals=whole),
        suppress(levels, MIN),
        suppress(pd.concat([whole, levels], ignore_index=True), MIN).iloc[1:],
    ):
        assert (
            result[NPS].isna().all(axis=None)
            and result["estimate"].tolist() == [57, 30]
            and result["n"].tolist() == [100, 100]
        )
        assert recovered(WAVES, result, suppress(whole, MIN)) == []


def test_a_score_that_tells_its_classes_goes():
    """Protects five passives: nobody of the total detracts, so 95 points of 100 answers are 95
    promoters and five passives.
    """
    counts = {"a": (0, 5, 95), "b": (0, 50, 50)}
    levels, whole = nps_rows(counts), nps_rows(total_of(counts), "all")
    result = suppress(levels, MIN, totals=whole)
    assert (
        result["estimate"].isna().all()
        and result["n"].tolist() == [100, 100]
        and suppressed(result) == 2
    )
    assert recovered(counts, result, suppress(whole, MIN)) == []
    row = suppress(nps_rows({"all": (0, 1, 99)}, "all"), MIN).iloc[0]
    assert pd.isna(row["estimate"]) and row["n"] == 100, (
        "one passive and 99 points: the score alone tells"
    )


def test_what_is_hidden_together_is_nobody_or_many():
    """Protects six detractors of two closed levels: their sum is what the others leave of the
    total, so a third row is closed.
    """
    counts = {"a": (4, 15, 17), "b": (2, 6, 14), "c": (15, 33, 34)}
    assert suppress(nps_rows(counts), MIN)["detractors"].isna().all()
    wide = counts | {"d": (14, 30, 40)}
    assert suppress(nps_rows(wide), MIN)["detractors"].isna().tolist() == [
        True,
        True,
        True,
        False,
    ], "the smallest that mends it, and no more"


def test_people_of_no_level_hide_classes_too():
    """Protects the three detractors among thirty who have no wave: the total less both waves is
    theirs.
    """
    counts, nowhere = {"a": (20, 30, 50), "b": (30, 30, 60)}, (3, 12, 15)
    whole = nps_rows(total_of(counts, nowhere), "all")
    assert recovered(counts, nps_rows(counts), whole, nowhere)
    assert recovered(counts, suppress(nps_rows(counts), MIN, totals=whole), whole, nowhere) == []


def draw(rng: np.random.Generator, classes: int, rows: int) -> dict[str, tuple]:
    """Levels of 10 to 200 respondents, some of their classes empty, some of a handful."""
    found = {}
    for level in range(rows):
        weights = rng.dirichlet(np.ones(classes)) * rng.choice([0, 0.05, 1, 1], classes)
        weights = weights / weights.sum() if weights.sum() else np.eye(classes)[0]
        found[f"w{level}"] = tuple(
            int(one) for one in rng.multinomial(rng.integers(MIN, 200), weights)
        )
    return found


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_integer_programming_recovers_no_small_class(classes, seed):
    """Protects small classes in waves or segments from whoever solves for whole numbers, with the
    total in the table, beside it, or elsewhere.
    """
    rng = np.random.default_rng(seed)
    counts = draw(rng, classes, int(rng.integers(1, 6)))
    make = nps_rows if classes == 3 else share_rows
    nowhere = tuple(int(one) for one in draw(rng, classes, 1)["w0"]) if seed % 4 == 3 else ()
    levels, whole = make(counts), make(total_of(counts, nowhere), "all")
    if seed % 2:
        levels, seen = suppress(levels, MIN, totals=whole), suppress(whole, MIN)
    elif seed % 4:
        levels, seen = suppress(levels, MIN), suppress(whole, MIN)
    else:
        both = suppress(pd.concat([whole, levels], ignore_index=True), MIN)
        levels, seen = both.iloc[1:], both.iloc[:1]
    assert recovered(counts, levels, seen, nowhere) == []
    open_rows = levels[levels["detractors" if classes == 3 else "estimate"].notna()]["level"]
    assert not any(0 < one < MIN for level in open_rows for one in counts[level])


def test_the_attack_succeeds_where_rows_are_looked_at_one_at_a_time():
    """The witness: without complements and silent scores the same reader finds small classes in
    many of the same studies.
    """
    found = 0
    for seed in range(12):
        counts = draw(np.random.default_rng(seed), 3, 4)
        rows = nps_rows(counts)
        one_by_one = pd.concat(
            [suppress(rows.iloc[[i]].assign(group="all", level="all"), MIN) for i in range(4)]
        )
        found += bool(
            recovered(counts, one_by_one, suppress(nps_rows(total_of(counts), "all"), MIN))
        )
    assert found >= 3


def test_large_classes_stay():
    """Protects a report from being emptied: nobody in a class, or ten, is not small."""
    for rows in (
        nps_rows({"a": (10, 0, 90), "b": (0, 100, 0), "c": (30, 40, 50)}),
        share_rows({"a": (10, 30), "b": (0, 50), "c": (40, 10)}),
    ):
        pd.testing.assert_frame_equal(suppress(rows, MIN, totals=None), rows, check_dtype=False)


def test_everybody_or_nobody_is_told_beside_small_classes_elsewhere():
    """Levels without a small class lose theirs only as far as subtraction needs."""
    result = suppress(
        share_rows({"a": (117, 3), "b": (90, 30), "c": (0, 150), "d": (100, 100)}), MIN
    )
    assert result["estimate"].isna().tolist() == [True, True, False, False]


@pytest.fixture(scope="module")
def audited() -> cx.Study:
    """Three of 120 satisfied, four who said yes; ease without a small class."""
    frame = pd.DataFrame(
        {
            "sat": [7] * 2 + [6] + [4] * 60 + [3] * 57,
            "rebuy": [1] * 4 + [0] * 116,
            "ease": [6] * 60 + [2] * 60,
            "q": [5, 4, 3] * 40,
            "wave": ["1", "2"] * 60,
        }
    )
    outcomes = {
        "sat": {"kind": "csat", "column": "sat", "scale": "s"},
        "ease": {"kind": "ces", "column": "ease", "scale": "s"},
        "rebuy": {"kind": "binary", "column": "rebuy"},
    }
    return cx.Study.from_frame(
        frame, {"shop": "q"}, outcomes, scales={"s": {"min": 1, "max": 7}}, wave="wave"
    )


def test_small_counts_behind_shares_are_not_shown(audited):
    """Protects three satisfied customers: 0.025 of 120, while the distribution of the same answers
    is merged to hide them.
    """
    before = cx.metrics(audited)
    result = suppress(before, MIN).set_index("metric")
    for metric in ("csat_top2", "binary_share"):
        assert (
            result.loc[metric, ["estimate", "std_error", "conf_low", "conf_high"]].isna().all()
            and result.loc[metric, "n"] == 120
        )
    mean, was = result.loc["csat_mean"], before.set_index("metric").loc["csat_mean"]
    assert mean["estimate"] == 3.59 and mean["n"] == was["n"], "printed as before"
    assert mean[["std_error", "conf_low", "conf_high"]].isna().all()
    pd.testing.assert_series_equal(
        result.loc["ces_mean"], before.set_index("metric").loc["ces_mean"], check_dtype=False
    )
    assert suppressed(result.reset_index()) == 2


@pytest.mark.parametrize(
    ("language", "few"),
    [("en", "too few answers to show"), ("pt-BR", "poucas respostas para mostrar")],
)
def test_a_hidden_share_is_said_in_words(audited, language, few):
    """Protects the reader from a blank without a reason, in cards, sentences, figures and the
    workbook's data.
    """
    result = suppress(cx.metrics(audited), MIN)
    assert str(cards(Wording(language), result)).count(few) == 2
    lines = said(say_metrics(result), language)
    assert len(lines) == 5 and "nan" not in " ".join(lines).lower()
    assert few in lines[0] and few in lines[-1]
    data = of_table(Wording(language), result)
    heads = [one["name"] for one in data["columns"]]
    kinds = dict(zip(heads, data["kinds"][0], strict=True))
    assert {kinds[one] for one in ("estimate", "std_error", "conf_low", "conf_high")} == {
        "hidden"
    } and kinds["n"] == "int"
    beside = dict(zip(heads, data["rows"][1], strict=True))
    assert beside["estimate"] == 3.59 and {
        beside[one] for one in ("std_error", "conf_low", "conf_high")
    } == {None}, "taken away with the share"
    waves = suppress(cx.metrics(audited, by="wave"), MIN, totals=cx.metrics(audited))
    assert waves.loc[waves["metric"] == "csat_top2", "estimate"].isna().all()
    for picture in (
        drawn(plot_waves, waves[waves["metric"] == "csat_top2"], language=language),
        drawn(plot_metrics, result, language=language),
    ):
        picture.write_png(io.BytesIO())
        assert "nan" not in picture.alt.lower()
    entry = ListEntry(result.iloc[[0]], None, None, {language: Wording(language)})
    facts = entry.values[language]
    assert facts["estimate"] is None and facts["n"] == 120


def test_with_weights_a_class_counts_by_its_effective_size():
    """With weights a share of 9 % of 120 may be three heavy respondents: share × n_eff decides, and
    a share above zero is somebody.
    """
    row = dict(
        outcome="x",
        metric="binary_share",
        group="all",
        level="all",
        estimate=0.09,
        std_error=0.1,
        n=120,
    )
    assert suppress(pd.DataFrame([row | {"n_eff": 120.0}]), MIN)["estimate"].notna().all()
    assert suppress(pd.DataFrame([row | {"n_eff": 90.0}]), MIN)["estimate"].isna().all()
    assert (
        suppress(pd.DataFrame([row | {"n_eff": 90.0, "estimate": 0.001}]), MIN)["estimate"]
        .isna()
        .all()
    )
    assert (
        suppress(pd.DataFrame([row | {"n_eff": 90.0, "estimate": 0.0}]), MIN)["estimate"]
        .notna()
        .all()
    )
    rng = np.random.default_rng(2)
    n = 300
    frame = pd.DataFrame(
        {
            "q": rng.integers(1, 8, n),
            "yes": rng.random(n) < np.where(np.arange(n) < 100, 0.02, 0.5),
            "w": rng.uniform(0.4, 2, n),
            "plan": np.repeat(["a", "b", "c"], 100),
        }
    )
    study = cx.Study.from_frame(
        frame.assign(yes=frame["yes"].astype(int)),
        {"shop": "q"},
        {"r": {"kind": "binary", "column": "yes"}},
        scales={"s": {"min": 1, "max": 7}},
        segments=["plan"],
        weight="w",
    )
    result = suppress(cx.metrics(study, by="plan"), MIN, totals=cx.metrics(study))
    assert result["estimate"].isna().sum() == 2 and result["estimate"].isna().iloc[0]


def compositions(n: int, points: int) -> np.ndarray:
    bars = np.array(list(itertools.combinations(range(n + points - 1), points - 1)))
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), n + points - 1)])
    return np.diff(ends) - 1


def test_the_mean_beside_a_closed_share_does_not_tell_the_answers():
    """Protects 18 satisfied of 20: mean 4.6, 4.28–4.92 and n left one composition of the answers,
    and with it the share that was closed.
    """
    counts = np.array([0, 0, 2, 4, 14])
    points = np.arange(1, 6)
    answers = [*np.repeat(points, counts), *np.repeat(points, [40, 30, 30, 50, 50])]
    frame = pd.DataFrame({"q": 4, "sat": answers, "g": ["a"] * 20 + ["b"] * 200})
    outcome = {"kind": "csat", "column": "sat", "scale": "s"}
    study = cx.Study.from_frame(
        frame, {"shop": "q"}, {"sat": outcome}, scales={"s": {"min": 1, "max": 5}}, segments=["g"]
    )
    frames = [cx.metrics(study), cx.metrics(study, by="g")]
    every = compositions(20, 5)
    mean = every @ points / 20
    half = stats.t.ppf(0.975, 19) * np.sqrt(
        np.maximum(0, (every @ points**2 - 20 * mean**2) / 19) / 20
    )
    known = {"estimate": mean, "conf_low": mean - half, "conf_high": mean + half}

    def tops(result: pd.DataFrame) -> set[int]:
        """How many may be satisfied, for whoever knows the mean, its interval (as printed) and
        n.
        """
        row = result[result["level"].eq("a") & result["metric"].eq("csat_mean")].iloc[0]
        fits = np.all(
            [
                np.abs(values - row[one]) < 0.0051
                for one, values in known.items()
                if pd.notna(row[one])
            ],
            axis=0,
        )
        return set(every[fits][:, -2:].sum(axis=1))

    assert tops(frames[1]) == {18}, "shown whole, the attack must succeed, or it proves nothing"
    for result in (
        suppress(frames[1], MIN, totals=frames[0]),
        suppress_together(frames, members_of(study, "g", outcome="sat"), MIN)[1],
    ):
        assert (
            result.loc[result["level"].eq("a") & result["metric"].eq("csat_top2"), "estimate"]
            .isna()
            .all()
        )
        assert len(tops(result)) > 1


def test_a_change_of_shares_is_no_share():
    """Protects a difference of two shares from being read as a count."""
    frame = pd.DataFrame(
        {
            "metric": ["binary_share"],
            "group": "wave",
            "level": "1 → 2",
            "estimate": [0.02],
            "statistic": [0.3],
            "n": [200],
        }
    )
    assert suppress(frame, MIN)["estimate"].tolist() == [0.02]


@pytest.mark.parametrize("seed", range(30))
def test_the_interval_of_a_closed_row_does_not_tell_its_classes(seed):
    """An attack on the formula: with one detractor and one promoter more (or less) the row must
    read the very same.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.choice([12, 30, 60, 100, 180]))
    d = int(rng.integers(0, min(9, n // 3)))
    s = int(rng.integers(2, n - d - 1 if d else 9))
    counts = (d, s, n - d - s)

    def row(m: int) -> pd.Series:
        answers = [3] * (d + m) + [8] * (s - 2 * m) + [10] * (n - d - s + m)
        study = cx.Study.from_frame(
            pd.DataFrame({"nps": answers, "q": 5}),
            {"shop": "q"},
            {"r": {"kind": "nps", "column": "nps"}},
            scales={"s": {"min": 1, "max": 7}},
        )
        return cx.nps(study).iloc[0]

    want = row(0)
    possible = [m for m in (-1, 1) if min(counts[0] + m, counts[1] - 2 * m, counts[2] + m) >= 0]
    known = [row(m) for m in possible]
    seen = suppress(want.to_frame().T.infer_objects(), MIN).iloc[0]
    assert (
        seen["conf_low"] <= want["conf_low"] + 0.5 and seen["conf_high"] >= want["conf_high"] - 0.5
    )
    for other in known:
        near = blanking.neighbours(want, [want["conf_low"], want["conf_high"]])
        assert any(
            np.allclose(one, [other["conf_low"], other["conf_high"]], atol=1e-6) for one in near
        ), "the formula of the interval is the metric's own"
        told = blanking.coarse(want)
        assert (
            told["conf_low"] - 0.5 <= other["conf_low"]
            and other["conf_high"] <= told["conf_high"] + 0.5
        )
        # What stands there for these answers would stand there for the others: the rule gives both
        # readings one number.
        for column, sign in (("conf_low", 1), ("conf_high", -1)):
            assert (
                sign
                * blanking.common_end(
                    sign * np.array([want[column], other[column], *[one[column] for one in known]])
                )
                == told[column]
            )
