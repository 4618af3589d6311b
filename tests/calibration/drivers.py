"""Are the intervals and tests of the driver models as honest as they say? The same question as
`run.py` asks of the gap models.

    python tests/calibration/drivers.py             everything (`make calibrate`): writes
    figures_drivers.json and DRIVERS.md's tables python tests/calibration/drivers.py --quick     ten
    studies of one cell of each kind, into a scratch folder, to see that it runs python
    tests/calibration/drivers.py --only slope_coverage --resume

What is simulated stands in the four modules below. Each has `cells()`, one function a kind that
answers for one study of a seed of its own, and `summary`, which makes figures of many answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

import drivers_effects  # noqa: E402
import drivers_families  # noqa: E402
import drivers_importance  # noqa: E402
import drivers_missing  # noqa: E402
import harness  # noqa: E402  (first of ours: it makes every process one thread)

MODULES = (drivers_families, drivers_missing, drivers_importance, drivers_effects)
MODULE_OF = {kind: module for module in MODULES for kind in module.KIND_OF}
REPEATS, QUICK = 2000, 10
# A bootstrap a study: five hundred studies keep the whole run near an hour, and a figure's
# Monte-Carlo error at one point.
FEWER = {"importance_coverage": 500}
# Twenty models a study.
FEWER_IMPUTED = 1000
TITLES = {
    "slope_coverage": "Coverage of the slopes' 95 % intervals, percent (wanted: 93–97)",
    "parallel_lines": "True parallel lines rejected at 5 %, percent (wanted: 4–6)",
    "missing_coverage": (
        "Coverage of the slopes' 95 % intervals with missing answers, percent (wanted: 93–97)"
    ),
    "importance_coverage": "Coverage of importance's 95 % bootstrap intervals, percent, as it is",
    "false_driver": (
        "Twelve touchpoints that matter nothing: studies with a ranking at all, and with a sign,"
        " percent (wanted: 6 at most)"
    ),
    "effect_coverage": "Coverage of effects' and what-if's 95 % intervals, percent (wanted: 93–97)",
    "null_split": (
        "Moderators that do not matter, rejected at 5 %, percent (one test: 4–6; any after Holm: 6"
        " at most)"
    ),
    "pooled_slopes": (
        "Slopes of groups: coverage of own and pooled intervals, percent, and the pooled mean"
        " squared error over the own"
    ),
    "alpha_coverage": "Coverage of alpha's 95 % interval, percent (wanted: 93–97)",
}


def cells() -> list[dict]:
    return [cell for module in MODULES for cell in module.cells()]


def answer(cell: dict, seed: int) -> list[float]:
    return MODULE_OF[cell["kind"]].KIND_OF[cell["kind"]](
        seed, **{key: value for key, value in cell.items() if key != "kind"}
    )


def summary(cell: dict, values: np.ndarray) -> dict:
    return MODULE_OF[cell["kind"]].summary(cell, values)


def usual_repeats(cell: dict) -> int:
    return (
        FEWER_IMPUTED
        if cell.get("pattern", "unused") != "unused"
        else FEWER.get(cell["kind"], REPEATS)
    )


def flat(row: dict) -> list[dict]:
    """A row of figures as rows of a table: one a touchpoint or effect where it has several."""
    if "rows" in row:
        base = {key: value for key, value in row.items() if key != "rows"}
        return [base | one for one in row["rows"]]
    single = {key: value for key, value in row.items() if not isinstance(value, dict)}
    several = {key: value for key, value in row.items() if isinstance(value, dict)}
    return [
        single
        | {
            f"{key.removesuffix('_percent').replace('_', ' ')} {name}": value
            for key, inner in several.items()
            for name, value in inner.items()
        }
    ]


def markdown(results: list[dict]) -> str:
    """The tables of DRIVERS.md; coverage outside 93–97 and rejections outside 4–6 in bold where
    these were wanted.
    """
    lines = []
    for kind, title in TITLES.items():
        rows = [one for row in results if row["kind"] == kind for one in flat(row)]
        if not rows:
            continue
        table = pd.DataFrame(rows).drop(columns="kind")
        table = table[[c for c in table if not c.startswith(("error over spread", "true share"))]]
        heads = [c.removesuffix("_percent").replace("_", " ") for c in table]
        lines += [f"### {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        lines += [
            "| "
            + " | ".join(_cell(kind, name, value) for name, value in zip(table, row, strict=True))
            + " |"
            for row in table.itertuples(index=False)
        ]
        lines.append("")
    return "\n".join(lines).strip()


WANTED = {
    "slope_coverage": (93, 97),
    "missing_coverage": (93, 97),
    "effect_coverage": (93, 97),
    "alpha_coverage": (93, 97),
    "parallel_lines": (4, 6),
}


def _cell(kind: str, name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    shown = (
        f"{value:g}"
        if name in ("n", "repeats", "refused", "lost", "spread", "error_ratio")
        or name.startswith(("bias", "estimate"))
        else f"{value:.1f}"
    )
    low, high = WANTED.get(kind, (-np.inf, np.inf))
    judged = name.startswith(("covered", "rejected"))
    return f"**{shown}**" if judged and not low <= value <= high else shown


CALIBRATION = harness.Calibration(
    __doc__.splitlines()[0],
    "figures_drivers.json",
    "DRIVERS.md",
    cells,
    answer,
    summary,
    markdown,
    usual_repeats,
    QUICK,
)

if __name__ == "__main__":
    sys.exit(harness.main(CALIBRATION))
