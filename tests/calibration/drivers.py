"""Are the intervals and tests of the driver models as honest as they say? The same question as `run.py` asks of the gap models.

    python tests/calibration/drivers.py             everything (`make calibrate`): writes figures_drivers.json and DRIVERS.md's tables
    python tests/calibration/drivers.py --quick     ten studies of one cell of each kind, into a scratch folder, to see that it runs
    python tests/calibration/drivers.py --only slope_coverage --resume

What is simulated stands in the four modules below. Each has `cells()`, one function a kind that answers for one study of a seed of its own,
and `summary`, which makes figures of many answers.
"""

from __future__ import annotations

import os

# One thread a process: the processes are the parallelism.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import argparse  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import zlib  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import drivers_effects  # noqa: E402
import drivers_families  # noqa: E402
import drivers_importance  # noqa: E402
import drivers_missing  # noqa: E402

import cxlab as cx  # noqa: E402

MODULES = (drivers_families, drivers_missing, drivers_importance, drivers_effects)
MODULE_OF = {kind: module for module in MODULES for kind in module.KIND_OF}
REPEATS, QUICK = 2000, 10
# A bootstrap a study: five hundred studies keep the whole run near an hour, and a figure's Monte-Carlo error at one point.
FEWER = {"importance_coverage": 500}
# Twenty models a study.
FEWER_IMPUTED = 1000
START, END = "<!-- figures -->", "<!-- end of figures -->"
TITLES = {
    "slope_coverage": "Coverage of the slopes' 95 % intervals, percent (wanted: 93–97)",
    "parallel_lines": "True parallel lines rejected at 5 %, percent (wanted: 4–6)",
    "missing_coverage": "Coverage of the slopes' 95 % intervals with missing answers, percent (wanted: 93–97)",
    "importance_coverage": "Coverage of importance's 95 % bootstrap intervals, percent, as it is",
    "false_driver": "Twelve touchpoints that matter nothing: studies with a ranking at all, and with a sign, percent (wanted: 6 at most)",
    "effect_coverage": "Coverage of effects' and what-if's 95 % intervals, percent (wanted: 93–97)",
    "null_split": "Moderators that do not matter, rejected at 5 %, percent (one test: 4–6; any after Holm: 6 at most)",
    "pooled_slopes": "Slopes of groups: coverage of own and pooled intervals, percent, and the pooled mean squared error over the own",
    "alpha_coverage": "Coverage of alpha's 95 % interval, percent (wanted: 93–97)",
}


def cells() -> list[dict]:
    return [cell for module in MODULES for cell in module.cells()]


def answers(cell: dict, start: int, stop: int) -> np.ndarray:
    """One row a study. A seed belongs to a cell and a repeat, whoever computes it."""
    base = zlib.crc32(json.dumps(cell, sort_keys=True).encode()) * 100_000
    keys = {key: value for key, value in cell.items() if key != "kind"}
    one = MODULE_OF[cell["kind"]].KIND_OF[cell["kind"]]
    return np.array([one(base + i, **keys) for i in range(start, stop)])


def usual_repeats(cell: dict) -> int:
    return FEWER_IMPUTED if cell.get("pattern", "unused") != "unused" else FEWER.get(cell["kind"], REPEATS)


def figures(cell: dict, repeats: int, found: np.ndarray) -> dict:
    return {**cell, "repeats": repeats, **MODULE_OF[cell["kind"]].summary(cell, found)}


def cell_of(row: dict) -> dict:
    """What of a row of figures names its cell."""
    known = {key for cell in cells() for key in cell}
    return {key: value for key, value in row.items() if key in known}


def run(wanted: list[dict], given: int | None, processes: int, save) -> list[dict]:
    """The figures of each cell, in order; `save(results)` after each, so that an interrupted run loses one cell."""
    results = []
    # A killed worker breaks this pool, where a multiprocessing.Pool would wait for it for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for cell in wanted:
            repeats = given or usual_repeats(cell)
            started, size = time.perf_counter(), max(1, repeats // (4 * processes))
            ends = [(start, min(start + size, repeats)) for start in range(0, repeats, size)]
            parts = list(pool.map(answers, [cell] * len(ends), *zip(*ends)))
            results.append(figures(cell, repeats, np.concatenate(parts)))
            save(results)
            print(json.dumps(results[-1]), f"{time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return results


def flat(row: dict) -> list[dict]:
    """A row of figures as rows of a table: one a touchpoint or effect where it has several."""
    if "rows" in row:
        base = {key: value for key, value in row.items() if key != "rows"}
        return [base | one for one in row["rows"]]
    single = {key: value for key, value in row.items() if not isinstance(value, dict)}
    several = {key: value for key, value in row.items() if isinstance(value, dict)}
    return [single | {f"{key.removesuffix('_percent').replace('_', ' ')} {name}": value for key, inner in several.items() for name, value in inner.items()}]


def markdown(results: list[dict]) -> str:
    """The tables of DRIVERS.md; coverage outside 93–97 and rejections outside 4–6 in bold where these were wanted."""
    lines = []
    for kind, title in TITLES.items():
        rows = [one for row in results if row["kind"] == kind for one in flat(row)]
        if not rows:
            continue
        table = pd.DataFrame(rows).drop(columns="kind")
        table = table[[c for c in table if not c.startswith(("error over spread", "true share"))]]
        heads = [c.removesuffix("_percent").replace("_", " ") for c in table]
        lines += [f"### {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        lines += ["| " + " | ".join(_cell(kind, name, value) for name, value in zip(table, row)) + " |" for row in table.itertuples(index=False)]
        lines.append("")
    return "\n".join(lines).strip()


WANTED = {"slope_coverage": (93, 97), "missing_coverage": (93, 97), "effect_coverage": (93, 97), "alpha_coverage": (93, 97), "parallel_lines": (4, 6)}


def _cell(kind: str, name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    shown = f"{value:g}" if name in ("n", "repeats", "refused", "lost", "spread", "error_ratio") or name.startswith(("bias", "estimate")) else f"{value:.1f}"
    low, high = WANTED.get(kind, (-np.inf, np.inf))
    judged = name.startswith(("covered", "rejected"))
    return f"**{shown}**" if judged and not low <= value <= high else shown


def write_table(results: list[dict], page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    head, tail = text.split(START)[0], text.split(END)[1]
    page.write_text(f"{head}{START}\n{markdown(results)}\n{END}{tail}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ten studies of one cell of each kind; DRIVERS.md is left alone")
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument("--only", choices=list(MODULE_OF), default=None)
    parser.add_argument("--resume", action="store_true", help="keep the cells that figures_drivers.json has and add the others")
    parser.add_argument("--out", type=Path, default=None, help="folder for figures_drivers.json (default: beside this file)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    wanted = [cell for cell in cells() if given.only in (None, cell["kind"])]
    if given.quick:
        wanted = list({cell["kind"]: cell for cell in reversed(wanted)}.values())
    if (given.quick or given.repeats) and given.out is None:
        parser.error("a run of fewer repeats is not kept: give --out a folder of its own")
    folder = given.out or HERE
    file = folder / "figures_drivers.json"
    kept = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() and (given.only or given.resume) else []
    others = [row for row in kept if given.resume or row["kind"] != given.only]
    done = [cell_of(row) for row in others]
    versions = {"python": platform.python_version(), "numpy": np.__version__, "cxlab": cx.__version__}
    order = cells()

    def save(results: list[dict]) -> None:
        rows = sorted(others + results, key=lambda row: order.index(cell_of(row)))
        file.write_text(json.dumps({"versions": versions, "figures": rows}, indent=1), encoding="utf-8")

    run([cell for cell in wanted if cell not in done], given.repeats or (QUICK if given.quick else None), given.processes, save)
    if folder == HERE:
        write_table(json.loads(file.read_text(encoding="utf-8"))["figures"], HERE / "DRIVERS.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
