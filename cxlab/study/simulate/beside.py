"""What a made-up study asks beside its ratings: how customers felt and what effort a contact asked,
in which channel it was met, how far they came in a funnel, where they took advice, who had a
problem, how they rate a competitor, what they name of several choices, and how long they stay.

All of it has random numbers of its own, drawn last: a design that asks more gives the same ratings
and the same loyalty as before.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.study.simulate.draws import Array, Draw, Plan, whole

# Emotion moves by so much of a point with each point of experience; effort against it.
FELT, ASKED = 0.6, -0.3
SPREAD = 0.9
# Correlation of what leads to a problem with the part of loyalty that no touchpoint explains.
HURT = 0.6
YES, NO = 1, 2
BESIDE = {"emotion": FELT, "effort": ASKED}


def ratings_beside(plan: Plan, draw: Draw) -> dict[str, Array]:
    """Emotion and effort (answers × touchpoints, 1–7) of the touchpoints that ask them."""
    deviation = draw.ratings["experience"] - plan.pair("p")[0]
    found = {}
    for role, share in BESIDE.items():
        if any(role in point for point in plan.touchpoints):
            noise = SPREAD * plan.later.standard_normal(deviation.shape)
            found[role] = whole(plan.column(role) + share * deviation + noise)
    return found


def columns_beside(plan: Plan, draw: Draw) -> dict[str, Any]:
    """Channels, steps of the funnel and problems, a column of the file each."""
    rng, n, study, columns = plan.later, plan.n, plan.study, {}
    for j, point in enumerate(plan.touchpoints):
        if shares := point.get("channel_shares"):
            met = rng.choice([*shares], size=n, p=[*shares.values()])
            columns[channel_column(point)] = np.where(draw.used[:, j], met, "")
    at = np.True_
    for step, share in plan.each("conversion"):
        at = at & (rng.random(n) < share)
        columns[study["funnel"][step]["column"]] = np.where(at, YES, NO)
    for source, share in plan.each("advice"):
        columns[study["advice"][source]["column"]] = np.where(rng.random(n) < share, YES, NO)
    if "problem" in plan.design:
        fate = HURT * draw.rest / plan.noise + np.sqrt(1 - HURT**2) * rng.standard_normal(n)
        unresolved, had = norm.ppf(_shares(plan))
        columns["problem"] = np.where(fate < had, YES, NO)
        columns["solved"] = np.where(fate < had, np.where(fate < unresolved, NO, YES), "")
    return columns


def followed_up(plan: Plan, loyalty: Array) -> dict[str, Any]:
    """How long customers stay, and whether they left within the time that they are watched: columns
    of the file; they leave at a constant rate, which loyalty lowers.
    """
    if "follow_up" not in plan.design:
        return {}
    held, stay = plan.design["follow_up"], plan.study["outcomes"]["stay"]
    rate = held["rate"] * np.exp(held["log_hazard"] * (loyalty - plan.design["target"]))
    left = plan.after.exponential(1 / rate)
    # Some are lost sight of before the end: they moved, or changed their name.
    lost = plan.after.random(plan.n) < held["lost"]
    watched = np.where(lost, held["months"] * plan.after.random(plan.n), held["months"])
    time = np.maximum(np.ceil(10 * np.minimum(left, watched)) / 10, 0.1)
    return {stay["column"]: np.minimum(time, held["months"]), stay["event"]: 1 * (left <= watched)}


def several(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    """The file with its multiple-response questions, of each row the choices that it names; none is
    no answer.
    """
    for question, shares in plan.each("chosen"):
        named = plan.later.random((len(frame), len(shares))) < [*shares.values()]
        column = plan.study["multiple_response"][question]["column"]
        frame[column] = [";".join(np.compress(one, [*shares])) for one in named]
    return frame


def coded_by(plan: Plan, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The codes that each coder gave to each comment, with their slips, `respondent comment coder
    code`; and the planted share of the comments that each code is about, as rows of the truth.
    """
    rows, planted = [], []
    for comment, how in plan.each("coded"):
        texts = frame[plan.study["comments"][comment]["column"]]
        wrote, texts = frame[texts != ""], texts[texts != ""]
        about = pd.DataFrame({code: texts.isin(said) for code, said in how["of"].items()})
        planted += [("coded", code, round(share, 4)) for code, share in about.mean().items()]
        for coder in how["coders"]:
            given = about ^ (plan.later.random(about.shape) < how["slip"])
            codes = [[*given.columns[row]] or [""] for row in given.to_numpy()]
            told = {"respondent": wrote[plan.study["respondent"]], "comment": comment}
            rows.append(pd.DataFrame({**told, "coder": coder, "code": codes}).explode("code"))
    truth = pd.DataFrame(planted, columns=["quantity", "touchpoint", "coefficient"])
    return pd.concat(rows, ignore_index=True), truth


def competitor_rows(plan: Plan, draw: Draw, frame: pd.DataFrame) -> pd.DataFrame:
    """The file with the rows in which some respondents rate a competitor too, at the touchpoints
    that the design names: their own rating, so much better or worse.
    """
    if "competitor" not in plan.design:
        return frame
    rival, parties = plan.design["competitor"], plan.study["parties"]
    frame[parties["column"]] = parties["own"]
    knows = plan.later.random(plan.n) < rival["share"]
    names = [point["touchpoint"] for point in plan.touchpoints]
    rows = frame[[plan.study["respondent"], *draw.groups]].assign(
        **{parties["column"]: rival["name"]}
    )
    for name, better in rival["touchpoints"].items():
        own = draw.ratings["experience"][:, names.index(name)]
        rows[f"{name}_p"] = whole(own + better + plan.later.standard_normal(plan.n))
    rows = rows[knows].reindex(columns=frame.columns)
    return pd.concat([frame, rows.astype(object).where(rows.notna(), "")], ignore_index=True)


def channel_column(point: dict) -> str:
    return f"{point['touchpoint']}_channel"


def planted_beside(plan: Plan, slope: Array) -> Iterator[tuple[str, str, float]]:
    """Quantity, touchpoint (or step, or choice) and number: what each touchpoint weighs, slope ×
    the share who meet it; the conversion to each step; the share of each choice among those who
    name any; and the differences of loyalty by problem.
    """
    yield from (("conversion", *one) for one in plan.each("conversion"))
    for _question, shares in plan.each("chosen"):
        any_of_them = 1 - np.prod(1 - np.array([*shares.values()]))
        yield from (("chosen", one, round(p / any_of_them, 4)) for one, p in shares.items())
    if "follow_up" in plan.design:
        yield "log_hazard", "", plan.design["follow_up"]["log_hazard"]
        yield "log_spend", "", round(plan.design["spend"][1] / plan.design["spread"], 6)
        yield from (("cost", *one) for one in plan.study["money"]["cost_of"].items())
    if "problem" not in plan.design:
        return
    weight = slope * (1 - plan.column("never"))
    for point, one in zip(plan.touchpoints, weight, strict=True):
        yield "weight", point["touchpoint"], round(float(one), 4)
    # Means of a normal variable between two cuts of one that it correlates with.
    shares = _shares(plan)
    ends = np.array([-np.inf, *norm.ppf(shares), np.inf])
    means = -np.diff(norm.pdf(ends)) / np.diff([0, *shares, 1])
    unresolved, resolved, none = plan.noise * HURT * means
    for name, difference in (
        ("resolved_none", resolved - none),
        ("unresolved_none", unresolved - none),
        ("resolved_unresolved", resolved - unresolved),
    ):
        yield name, "", round(float(difference), 4)


def _shares(plan: Plan) -> tuple[float, float]:
    """Who has an unresolved problem, and who has any."""
    had, resolved = plan.design["problem"]
    return had * (1 - resolved), had
