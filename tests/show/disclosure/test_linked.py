"""Tables of the same people beside each other: what a reader can add, subtract and solve for must
not be the answers of a few.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

import cxlab as cx
from cxlab.show.disclosure import search
from cxlab.show.disclosure.linked import _atoms, _groups, members_of, suppress_together

MIN = 10


def counts(members: dict, *groups: str) -> list[pd.DataFrame]:
    """One frame a split, with a mean that subtraction would recover as well as n; and the row for
    everybody.
    """
    people = len(next(iter(members.values())))
    whole = pd.DataFrame(
        {"outcome": ["x"], "group": "all", "level": "all", "estimate": 1.0, "n": [people]}
    )
    frames = [
        pd.DataFrame(
            [
                {"outcome": "x", "group": g, "level": level, "estimate": 1.0, "n": int(mask.sum())}
                for (g, level), mask in members.items()
                if g == group
            ]
        )
        for group in groups
    ]
    return [whole, *frames]


def attack(members: dict, frames: list[pd.DataFrame]) -> list[tuple[float, float, float]]:
    """For every group that must not be told: its true size and what linear programming says of it,
    from what the frames still show.
    """
    shown = {
        (row.group, row.level): row.n
        for frame in frames
        for row in frame.itertuples()
        if pd.notna(row.n)
    }
    everybody = np.ones(len(next(iter(members.values()))))
    known = {
        ("all", "all"): everybody,
        **{cell: mask.to_numpy(dtype=float) for cell, mask in members.items()},
    }
    names = [(row.group, row.level) for frame in frames for row in frame.itertuples()]
    cells, sizes = _atoms(np.array([known[name] for name in names]))
    seen = [i for i, name in enumerate(names) if name in shown]
    found = []
    for group in _groups(cells):
        true = float(group @ sizes)
        if 0 < true < MIN:
            limits = (
                [
                    linprog(
                        sign * group,
                        A_eq=cells[seen],
                        b_eq=[shown[names[i]] for i in seen],
                        bounds=(0, None),
                        method="highs",
                    ).fun
                    * sign
                    for sign in (1, -1)
                ]
                if seen
                else [0.0, np.inf]
            )
            found.append((true, *limits))
    return found


def splits(seed: int, n: int = 160) -> dict:
    """Three splits of 160 people, some levels of a handful, and the crosses of two of them."""
    rng = np.random.default_rng(seed)
    drawn = {
        "plan": rng.choice(["basic", "plus", "gold"], n, p=[0.6, 0.34, 0.06]),
        "region": rng.choice(["north", "south", "east"], n, p=[0.5, 0.44, 0.06]),
        "wave": rng.choice(["2025", "2026"], n, p=[0.55, 0.45]),
    }
    one = {
        (g, level): pd.Series(values == level)
        for g, values in drawn.items()
        for level in np.unique(values)
    }
    cross = {
        ("plan × wave", f"{p} × {w}"): one["plan", p] & one["wave", w]
        for p, w in itertools.product(np.unique(drawn["plan"]), np.unique(drawn["wave"]))
    }
    return one | cross


@pytest.mark.parametrize("seed", range(6))
def test_linear_programming_recovers_no_small_group(seed):
    """Protects a handful of people in segments by wave: neither subtraction nor an attack with all
    tables at once gives their number.
    """
    members = splits(seed)
    frames = counts(members, "plan", "region", "wave", "plan × wave")
    bare = attack(members, frames)
    assert any(high - low < 1e-6 for _true, low, high in bare), (
        "without suppression the attack must succeed, or it proves nothing"
    )
    safe = attack(members, suppress_together(frames, members, MIN))
    told = [one for one in safe if one[2] - one[1] < 1e-6]
    assert told == []


def test_a_segment_inside_another_does_not_give_the_rest_away():
    """Protects the five who have internet but no telephone: 200 and 195 stand in two tables that
    share no level.
    """
    internet = pd.Series([True] * 200 + [False] * 100)
    phone = pd.Series([True] * 195 + [False] * 105)
    members = {("service", "internet"): internet, ("bundle", "with telephone"): phone}
    frames = counts(members, "service", "bundle")
    assert any(
        true == 5 and low == pytest.approx(high) for true, low, high in attack(members, frames)
    )
    result = suppress_together(frames, members, MIN)
    assert [one for one in attack(members, result) if one[2] - one[1] < 1e-6] == []
    assert [frame["n"].notna().all() for frame in result] == [
        True,
        True,
        False,
    ], "only the smallest of the three sums goes"


def test_a_small_cell_could_be_a_large_one_for_all_that_is_known():
    """Protects a blank from telling by the sums around it: here four sums leave 0 to 8, all below
    ten, for a cell that no subtraction gives.
    """
    atoms = pd.Series(["s"] * 4 + ["u"] * 8 + ["w"] * 12 + ["y"] * 4)
    members = {
        (name, "yes"): atoms.isin(list(parts))
        for name, parts in {"few": "s", "first": "su", "second": "uw", "third": "wy"}.items()
    }
    frames = counts(members, "few", "first", "second", "third")

    def most(frames: list[pd.DataFrame]) -> float:
        shown = {
            row.group: row.n
            for frame in frames
            for row in frame.itertuples()
            if pd.notna(row.n) and row.group != "few"
        }
        rows = np.array(
            [
                (
                    np.ones(4)
                    if name == "all"
                    else [members[name, "yes"][atoms == one].any() for one in "suwy"]
                )
                for name in shown
            ],
            dtype=float,
        )
        return -linprog(
            [-1, 0, 0, 0], A_eq=rows, b_eq=list(shown.values()), bounds=(0, None), method="highs"
        ).fun

    assert most(frames) == pytest.approx(8)
    result = suppress_together(frames, members, MIN)
    assert pd.isna(result[1]["n"].iloc[0]) and most(result) >= MIN
    assert sum(frame["n"].notna().sum() for frame in result) >= 2, "what tells nothing of it stays"


def test_large_cells_stay():
    """Protects a report from being emptied: where nothing is small, nothing is blanked."""
    rng = np.random.default_rng(1)
    plan, wave = rng.choice(["a", "b"], 400), rng.choice(["1", "2"], 400)
    members = {("plan", p): pd.Series(plan == p) for p in "ab"} | {
        ("wave", w): pd.Series(wave == w) for w in "12"
    }
    refusal = "a refusal"
    *frames, last = suppress_together([*counts(members, "plan", "wave"), refusal], members, MIN)
    assert all(frame["n"].notna().all() for frame in frames) and last is refusal


def test_a_study_says_who_belongs_where():
    """Protects the consultant from writing masks by hand."""
    frame = pd.DataFrame(
        {
            "q": [1, 2, 3] * 40,
            "nps": [9, 3, 7] * 40,
            "plan": ["a", "b", "b"] * 40,
            "wave": ["1", "2"] * 60,
        }
    )
    study = cx.Study.from_frame(
        frame,
        {"shop": "q"},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        segments=["plan"],
        wave="wave",
    )
    members = members_of(study, "plan", "wave")
    assert members["plan", "a"].sum() == 40 and members["plan × wave", "a × 1"].sum() == 20
    frames = [cx.nps(study, by="plan"), cx.nps(study, by="wave")]
    for before, after in zip(frames, suppress_together(frames, members, 10), strict=True):
        pd.testing.assert_frame_equal(before, after, check_dtype=False)


def scores(people: pd.DataFrame, members: dict, *groups: str) -> list[pd.DataFrame]:
    """Rows of an NPS for everybody and by each split, as `cx.nps` gives them."""

    def row(group: str, level: str, mask: pd.Series) -> dict:
        share = people["class"][mask].value_counts(normalize=True).reindex(CLASSES, fill_value=0.0)
        return dict(
            outcome="x",
            metric="nps",
            group=group,
            level=level,
            estimate=100 * (share["promoters"] - share["detractors"]),
            n=int(mask.sum()),
            **share,
        )

    whole = pd.DataFrame([row("all", "all", pd.Series(True, index=people.index))])
    return [
        whole,
        *(
            pd.DataFrame(
                [row(g, level, mask) for (g, level), mask in members.items() if g == group]
            )
            for group in groups
        ),
    ]


CLASSES = ["detractors", "passives", "promoters"]


def solved(people: pd.DataFrame, members: dict, frames: list[pd.DataFrame]) -> list[tuple]:
    """Small classes of a cell, or of what two cells share or not, that whole numbers leave no doubt
    about, from all that is shown.
    """
    known = {
        ("all", "all"): np.ones(len(people)),
        **{cell: mask.to_numpy(dtype=float) for cell, mask in members.items()},
    }
    rows = [row for frame in frames for row in frame.to_dict("records")]
    matrix = np.array([known[row["group"], row["level"]] for row in rows])
    patterns, place = np.unique(matrix, axis=1, return_inverse=True)
    truth = np.array(
        [
            [((place == atom) & (people["class"] == one)).sum() for one in CLASSES]
            for atom in range(patterns.shape[1])
        ]
    )
    laws, values, slack = [], [], []
    for cell, row in zip(patterns, rows, strict=True):
        if pd.isna(row["n"]):
            continue
        found = [([1, 1, 1], row["n"], 0)]
        found += [
            (np.eye(3)[i], row[one] * row["n"], 0)
            for i, one in enumerate(CLASSES)
            if pd.notna(row[one])
        ]
        if pd.notna(row["estimate"]):
            found.append(
                (
                    [-1, 0, 1],
                    row["estimate"] * row["n"] / 100,
                    0.005 * row["n"] if pd.isna(row["detractors"]) else 0,
                )
            )
        for weights, value, room in found:
            laws.append(np.kron(cell, weights))
            values.append(value)
            slack.append(room + 1e-7)
    told = []
    rule = (
        LinearConstraint(np.array(laws), np.array(values) - slack, np.array(values) + slack)
        if laws
        else ()
    )
    for aim in _groups(patterns):
        for i, true in enumerate(aim @ truth):
            if 0 < true < MIN:
                objective = np.kron(aim, np.eye(3)[i])
                ends = [
                    milp(
                        sign * objective,
                        integrality=np.ones(len(objective)),
                        bounds=Bounds(0, 1000),
                        constraints=rule,
                    ).fun
                    * sign
                    for sign in (1, -1)
                ]
                if ends[1] - ends[0] < 0.5:
                    told.append((aim.tolist(), CLASSES[i], true))
    return told


def drawn(seed: int) -> tuple[pd.DataFrame, dict]:
    rng = np.random.default_rng(seed)
    n = 240
    people = pd.DataFrame(
        {
            "wave": rng.choice(["1", "2", "3"], n),
            "plan": rng.choice(["a", "b"], n),
            "class": rng.choice(CLASSES, n, p=[0.09, 0.36, 0.55]),
        }
    )
    members = {
        (g, level): people[g] == level
        for g in ("wave", "plan")
        for level in sorted(people[g].unique())
    }
    return people, members


@pytest.mark.parametrize("seed", range(6))
def test_no_small_class_is_recovered_from_tables_together(seed):
    """Protects a few detractors from the total, the waves and the plans at once."""
    people, members = drawn(seed)
    frames = scores(people, members, "wave", "plan")
    safe = suppress_together(frames, members, MIN)
    assert solved(people, members, safe) == []


def test_tables_of_classes_tell_without_the_rule():
    """The witness of the attack: of the same studies shown whole, small classes are found."""
    people, members = drawn(0)
    frames = scores(people, members, "wave", "plan")
    assert solved(people, members, frames)


def test_the_audits_two_tables_are_closed_together():
    """Protects three detractors of one plan from the total and the other plan: `suppress_together`
    left them for whoever subtracts.
    """
    answers = {"1": [10] * 60 + [8] * 37 + [3] * 3, "2": [10] * 50 + [8] * 30 + [3] * 20}
    frame = pd.DataFrame(
        {"nps": answers["1"] + answers["2"], "plan": ["1"] * 100 + ["2"] * 100, "q": 5}
    )
    study = cx.Study.from_frame(
        frame,
        {"shop": "q"},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        segments=["plan"],
    )
    whole, plans = suppress_together(
        [cx.nps(study), cx.nps(study, by="plan")], members_of(study, "plan"), MIN
    )
    assert (
        whole[CLASSES].notna().all(axis=None)
        and plans[CLASSES].isna().all(axis=None)
        and plans["n"].tolist() == [100, 100]
    )


def test_a_part_and_its_whole_do_not_tell_a_class():
    """Protects the four who said no among 60 without a telephone: both rows are large, their
    difference is not.
    """
    phone = pd.Series([True] * 140 + [False] * 60)
    yes = {"all": (160, 200), "with": (104, 140)}
    whole, part = (
        pd.DataFrame(
            [
                dict(
                    outcome="x",
                    metric="binary_share",
                    group=group,
                    level=level,
                    estimate=hit / n,
                    n=n,
                )
            ]
        )
        for (hit, n), group, level in ((yes["all"], "all", "all"), (yes["with"], "bundle", "with"))
    )
    result = suppress_together([whole, part], {("bundle", "with"): phone}, MIN)
    assert (
        result[0]["estimate"].notna().all()
        and result[1]["estimate"].isna().all()
        and result[1]["n"].tolist() == [140]
    )


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_those_of_the_definition(seed):
    """The fast selection against all groups written out: few respondents, and in the row space of
    what is shown (by least squares).
    """
    members = splits(seed)
    cells, sizes = _atoms(
        np.array([np.ones(160), *(mask.to_numpy(dtype=float) for mask in members.values())])
    )
    both = [a * b for a, b in itertools.product(cells, cells)]
    every = np.unique(
        [*both, *(a - a * b for a, b in itertools.product(cells, cells)), *np.eye(len(sizes))],
        axis=0,
    )
    every = every[every.any(axis=1)]
    assert np.array_equal(_groups(cells), every)
    shown = cells[cells @ sizes >= 30]
    told = [
        np.abs(shown.T @ np.linalg.lstsq(shown.T, one, rcond=None)[0] - one).max() < 1e-8
        for one in every
    ]
    assert 0 < sum(told) < len(every)
    assert np.array_equal(_groups(cells, shown), every[told])
    few = every @ sizes < 40
    assert np.array_equal(_groups(cells, shown, sizes, 40), every[told & few])


def test_five_splits_of_many_end_in_time():
    """Protects a report of 6 000 respondents in five splits, nearly each of another combination:
    cells² + atoms groups, thousands of whole numbers. Without bounds it ends after minutes.
    """
    rng = np.random.default_rng(1)
    n = 6000
    people = pd.DataFrame(
        {
            name: rng.integers(0, levels, n).astype(str)
            for name, levels in {"state": 27, "age": 6, "gender": 3, "plan": 4, "wave": 10}.items()
        }
    )
    people["class"] = rng.choice(CLASSES, n, p=[0.06, 0.34, 0.6])
    groups = [name for name in people if name != "class"]
    members = {
        (g, level): people[g] == level for g in groups for level in sorted(people[g].unique())
    }
    frames = scores(people, members, *groups)
    few = sum(((frame["detractors"] * frame["n"]).round() < MIN).sum() for frame in frames)
    result = suppress_together(frames, members, MIN)
    closed = sum(frame["detractors"].isna().sum() for frame in result)
    assert 0 < few <= closed <= few + 4, (
        "no more is hidden than small classes and what subtraction needs"
    )


def test_what_is_not_settled_within_the_work_allowed_is_hidden():
    """Protects a small class from a search that may go on no further: it counts as told, and the
    search still ends.
    """
    counts = np.array([[3, 37, 60], [20, 30, 50], [0, 60, 60], [23, 127, 170]], dtype=float)
    cells = np.vstack([np.eye(3), np.ones((1, 3))])
    many = dict(
        cells=cells,
        counts=counts,
        blank=np.zeros(4, bool),
        split=["w", "w", "w", ""],
        min_cell=MIN,
    )
    settled = search.System(**many).hide()
    late = search.System(**many, work=search.Work(left=0)).hide()
    assert (late >= settled).all() and (late > settled).any()
