"""The planted log of contacts of a made-up study: paths of a chain whose moves the design gives,
with random numbers of their own.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.stats.absorbing_chain import Chain, solved
from cxlab.study.simulate.draws import Draw, Plan

LOST = "lost"
MIN_WAIT = 1 / 24  # days


def contact_log(plan: Plan, draw: Draw, rng: np.random.Generator) -> pd.DataFrame | None:
    """A row a contact of each respondent and of as many others as the design says, by time; None
    where it has no log. At some touchpoints a path ends the sooner the worse the customer rates the
    contact (his last answer): `exit` is what a scale point below the mean adds to the probability.
    """
    held, columns = plan.design.get("events"), plan.study.get("events")
    if held is None:
        return None
    points = {point["touchpoint"]: place for place, point in enumerate(plan.touchpoints)}
    rated = pd.DataFrame(draw.ratings["experience"]).groupby(draw.people).last()
    below = rated.mean() - rated
    start, end = (np.datetime64(one) for one in held["period"])
    days = (end - start).astype(int)
    success, rows = columns["success"][0], []
    for person in range(round(len(rated) * (1 + held["others"]))):
        at, when = "start", start + np.timedelta64(int(rng.integers(days * 86_400)), "s")
        while True:
            moves = dict(held["moves"][at])
            if at in held["exit"] and person < len(rated):
                lost = moves[LOST] + held["exit"][at] * below.at[person, points[at]]
                left = (1 - lost) / (1 - moves[LOST])
                moves = {name: left * p for name, p in moves.items()} | {LOST: lost}
            at = rng.choice([*moves], p=[*moves.values()])
            if at == LOST or when > end:
                break
            channels = plan.touchpoints[points[at]]["channels"].split("|") if at in points else [""]
            for _ in range(1 + (at in points and rng.random() < held["repeats"])):
                rows.append((person + 1, at, when, rng.choice(channels)))
                wait = MIN_WAIT + rng.exponential(held["wait"])
                when = when + np.timedelta64(int(wait * 86_400), "s")
            if at == success:
                break
    names = [columns[one] for one in ("respondent", "touchpoint", "time", "channel")]
    frame = pd.DataFrame(rows, columns=names).sort_values(names[2], kind="stable")
    digits = max(4, len(str(plan.n)))
    frame[names[0]] = [f"R{one:0{digits}d}" for one in frame[names[0]]]
    frame[names[2]] = frame[names[2]].dt.strftime("%Y-%m-%d %H:%M:%S")
    return frame.reset_index(drop=True)


def planted_chain(plan: Plan) -> Iterator[tuple[str, str, float]]:
    """Quantity, touchpoint and number: onward value and removal effect in the planted chain."""
    if "events" not in plan.design:
        return
    names = [point["touchpoint"] for point in plan.touchpoints]
    ends, moves = [*names, *plan.study["events"]["success"], LOST], plan.design["events"]["moves"]
    counts = np.array([[moves[one].get(end, 0.0) for end in ends] for one in ("start", *names)])
    chain: Chain = solved(counts[None])
    for quantity in ("onward", "removal"):
        for name, one in zip(names, getattr(chain, quantity)[0], strict=True):
            yield quantity, name, round(float(one), 4)
