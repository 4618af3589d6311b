"""The random draws of a made-up study: who answers, what they met, what they expected. Loyalty
comes later, in `simulate`.

Everything here is drawn before anything depends on the planted form, so that the same seed gives
the same ratings whatever the form. A cross-section draws expectation and experience as correlated
ratings; in a panel the expectation of a wave is made from what the same person met and expected
before.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxlab.study.codebook.schema import kano_classes

# Touchpoints of one respondent resemble each other (halo), and so do the expectation and the
# experience of one touchpoint.
HALO, SHARED_HALO, SHARED_OWN = 0.35, 0.3, 0.2
MIDPOINT, LOWEST, HIGHEST = 4, 1, 7
# Of a panel's terms those that a person's own past or the constructs multiply; the rest (base,
# noise) stand alone.
PAST = ("previous_expectation", "previous_experience")


@dataclass(frozen=True)
class Plan:
    """A design with its form and slopes settled, the number of answers and the random numbers."""

    design: dict[str, Any]
    form: str
    noise: float
    n: int
    rng: np.random.Generator

    @property
    def touchpoints(self) -> list[dict]:
        """What the design says of each touchpoint, in its order."""
        return self.design["touchpoints"]

    def column(self, key: str) -> np.ndarray:
        """A number of each touchpoint, 0 where the design gives none."""
        return np.array([float(point.get(key, 0)) for point in self.touchpoints])

    def pair(self, key: str) -> np.ndarray:
        """Mean and standard deviation of each touchpoint's ratings: 2 × touchpoints."""
        return np.array([point[key] for point in self.touchpoints], dtype=float).T

    def normal(self, rows: int | None = None, columns: int | None = None) -> np.ndarray:
        """Standard normal numbers, rows × columns: as many as answers × touchpoints if not said."""
        rows = self.n if rows is None else rows
        return self.rng.standard_normal((rows, columns or len(self.touchpoints)))

    def formation(self) -> dict[str, float]:
        """What makes the expectation of a panel's wave, in whole scale points:
        `expectation_intercept` and the weight of each source.
        """
        formed = {k: v for k, v in self.design["formation"].items() if k not in ("base", "noise")}
        base = self.design["formation"]["base"]
        return {
            "expectation_intercept": MIDPOINT + base - MIDPOINT * sum(formed.values()),
            **formed,
        }


@dataclass(frozen=True)
class Draw:
    """What is drawn before loyalty: answers × touchpoints where nothing else is said."""

    expectation: np.ndarray  # 1–7
    experience: np.ndarray
    importance: np.ndarray
    used: np.ndarray  # bool
    groups: dict[str, np.ndarray]  # segments, wave, account: text
    effect: np.ndarray  # n, what the account, or the person in a panel, adds to loyalty
    noise: np.ndarray  # n, standard normal
    people: np.ndarray  # n, position of the person that answers
    adequate: np.ndarray | None = None  # 1–7
    # touchpoint: n × 2 answers 1–5, NaN where not asked
    kano: dict[str, np.ndarray] = field(default_factory=dict)
    constructs: dict[str, np.ndarray] = field(default_factory=dict)  # n × questions, 1–7


def draw(plan: Plan) -> Draw:
    """All ratings and groups of a plan."""
    return _draw_panel(plan) if "formation" in plan.design else _draw_section(plan)


def _draw_section(plan: Plan) -> Draw:
    design, n, rng = plan.design, plan.n, plan.rng
    groups, shift = _segments(plan, n)
    effect = np.zeros(n)
    if account := design.get("account"):
        accounts = account["accounts"]
        members = _members(plan, accounts)
        groups[design["study"]["account"]] = np.array([f"Account {k + 1:02d}" for k in members])
        shift = shift + account["latent"] * plan.normal(accounts, 1)[members]
        effect = account["loyalty"] * plan.normal(accounts, 1)[members, 0]
    if waves := design.get("waves"):
        number = np.arange(n) * len(waves) // n
        groups[design["study"]["wave"]] = np.array(waves)[number]
        shift = shift + number[:, None] * plan.column("trend")
    halo_p, own_p = plan.normal(n, 1), plan.normal()
    halo_e = _correlated(SHARED_HALO, halo_p, plan.normal(n, 1))
    own_e = _correlated(SHARED_OWN, own_p, plan.normal())
    return Draw(
        expectation=_rated(plan.pair("e"), halo_e, own_e),
        experience=_rated(plan.pair("p"), halo_p, own_p, shift),
        importance=_rated((plan.column("i"), 1.0), halo_e, plan.normal()),
        used=rng.random(own_p.shape) >= plan.column("never"),
        groups=groups,
        effect=effect,
        noise=plan.normal(n, 1)[:, 0],
        people=np.arange(n),
    )


def _segments(plan: Plan, persons: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Segment of each person, and how much better (latent scale points, persons × 1) each is served
    for it.
    """
    groups, lift = {}, np.zeros((persons, 1))
    for name, shares in plan.design["draw"].items():
        groups[name] = plan.rng.choice(list(shares), size=persons, p=list(shares.values()))
        lifts = plan.design.get("lift", {}).get(name, {})
        lift[:, 0] += [lifts.get(level, 0.0) for level in groups[name]]
    return groups, lift


def _correlated(r: float, known: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    return r * known + math.sqrt(1 - r * r) * fresh


def _rated(
    level: tuple | np.ndarray, halo: np.ndarray, own: np.ndarray, shift: np.ndarray | float = 0.0
) -> np.ndarray:
    mean, sd = level
    latent = mean + shift + sd * (math.sqrt(HALO) * halo + math.sqrt(1 - HALO) * own)
    return whole(latent)


def whole(values: np.ndarray, low: int = LOWEST, high: int = HIGHEST) -> np.ndarray:
    """Answers on a scale of whole numbers: rounded, and cut at its ends."""
    return np.clip(np.floor(values + 0.5), low, high).astype(int)


def _members(plan: Plan, accounts: int) -> np.ndarray:
    """Account of each respondent: one at least in each where there are enough, the rest unevenly,
    as in real client lists.
    """
    sizes = plan.rng.dirichlet(np.full(accounts, 3.0))
    first = np.arange(min(plan.n, accounts))
    others = plan.rng.choice(accounts, size=plan.n - len(first), p=sizes)
    return np.sort(np.concatenate([first, others]))


# ---- a panel: the same people, wave after wave


def _draw_panel(plan: Plan) -> Draw:
    """n answers spread evenly over the waves; where n does not divide, the last people are missing
    from the last waves.
    """
    design, n, rng, waves = plan.design, plan.n, plan.rng, plan.design["waves"]
    # the first wave has as many answers as any: everybody is in it
    sizes = [len(part) for part in np.array_split(np.arange(n), len(waves))]
    number, persons = np.repeat(np.arange(len(waves)), sizes), sizes[0]
    people = np.concatenate([np.arange(size) for size in sizes])
    groups, lift = _segments(plan, persons)
    groups = {name: levels[people] for name, levels in groups.items()}
    halo = plan.normal(persons, 1)[people]
    shift = lift[people] + number[:, None] * plan.column("trend")
    experience = _rated(plan.pair("p"), halo, plan.normal(), shift)
    constructs = {
        name: whole(mean + sd * _correlated(0.8, plan.normal(n, 1), plan.normal(n, 2)))
        for name, (mean, sd) in design["constructs"].items()
    }
    expectation = _formed(plan, experience, constructs, number, people)
    width = _either_side(np.broadcast_to(plan.column("zone"), experience.shape), rng)
    return Draw(
        expectation=expectation,
        experience=experience,
        importance=np.zeros(experience.shape),
        used=np.ones(experience.shape, dtype=bool),
        groups={design["study"]["wave"]: np.array(waves)[number], **groups},
        effect=float(design["person"]) * plan.normal(persons, 1)[people, 0],
        noise=plan.normal(n, 1)[:, 0],
        people=people,
        adequate=np.maximum(expectation - width, LOWEST),
        kano=_kano(plan, number == 0),
        constructs=constructs,
    )


def _formed(
    plan: Plan, experience: np.ndarray, constructs: dict, number: np.ndarray, people: np.ndarray
) -> np.ndarray:
    """Expectations of a panel, n × touchpoints: in each wave exactly linear, on average, in the
    answers of the wave before.

    Two things keep it exact in whole numbers. What is not whole goes up or down by chance, in
    proportion, and noise that would lead beyond the scale is cut alike on both sides; neither moves
    the mean. So least squares on the ratings finds the planted weights.
    """
    weights, noise = plan.formation(), float(plan.design["formation"]["noise"])
    count = int((number == 0).sum())
    formed = np.zeros(experience.shape, dtype=int)
    formed[:count] = _rated(plan.pair("e"), plan.normal(count, 1), plan.normal(count))
    for wave in range(1, number.max() + 1):
        now = np.flatnonzero(number == wave)
        before = np.flatnonzero(number == wave - 1)[people[now]]
        mean = (
            weights["expectation_intercept"]
            + weights["previous_expectation"] * formed[before]
            + weights["previous_experience"] * experience[before]
        )
        for name, answers in constructs.items():
            mean = mean + weights[name] * answers[now].mean(axis=1, keepdims=True)
        room = np.maximum(np.minimum(mean - LOWEST, HIGHEST - mean), 0)
        shaken = _correlated(math.sqrt(HALO), plan.normal(len(now), 1), plan.normal(len(now)))
        wanted = mean + np.clip(noise * shaken, -room, room)
        formed[now] = np.clip(_either_side(wanted, plan.rng), LOWEST, HIGHEST)
    return formed


def _either_side(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers whose mean is `values`: 5.3 becomes 6 with probability 0.3, else 5. The nearest
    whole number would be off.
    """
    floor = np.floor(values)
    return (floor + (rng.random(values.shape) < values - floor)).astype(int)


def _kano(plan: Plan, asked: np.ndarray) -> dict[str, np.ndarray]:
    """Both answers of each Kano pair: a class by the design's shares, then one of the class's
    cells. Asked in the first wave only.
    """
    answers, classes, count = {}, list(kano_classes().values()), int(asked.sum())
    for point in (point for point in plan.touchpoints if "kano" in point):
        kinds = plan.rng.choice(len(classes), size=count, p=point["kano"])
        pairs = answers[point["touchpoint"]] = np.full((len(asked), 2), np.nan)
        pairs[asked] = [
            classes[kind][int(pick * len(classes[kind]))]
            for kind, pick in zip(kinds, plan.rng.random(count), strict=True)
        ]
    return answers
