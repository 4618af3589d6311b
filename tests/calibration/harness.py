"""How a calibration runs and keeps its books, whatever it simulates: cells of studies with a known
truth, shared out to processes.

A calibration is a list of cells (mappings with a `kind`), a function that answers for one study of
a cell by its seed, and one that makes figures of many answers. A seed belongs to a cell and a
repeat, so the figures do not depend on how many processes share the work, and a cell that is done
is never run again unless it is asked for.
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
from collections.abc import Callable, Iterable  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]
START, END = "<!-- figures -->", "<!-- end of figures -->"

# Set in a run that only shows that everything runs: a population is then a tenth of its size.
QUICK = "CXLAB_CALIBRATION_QUICK"


@dataclass(frozen=True)
class Calibration:
    """One page of figures. `answer(cell, seed)`: a few numbers of one study; `summary(cell,
    answers)`: figures of many (repeats × numbers).
    """

    about: str
    figures: str  # the file of figures, beside this one
    page: str  # the page that shows them, between two marks
    cells: Callable[[], list[dict]]
    answer: Callable[[dict, int], Iterable[float]]
    summary: Callable[[dict, np.ndarray], dict]
    markdown: Callable[[list[dict]], str]
    usual_repeats: Callable[[dict], int]
    quick: int
    kept: dict[str, Any] = field(default_factory=dict)  # what is written down beside the figures

    def cell_of(self, row: dict) -> dict:
        """What of a row of figures names its cell."""
        known = {key for cell in self.cells() for key in cell}
        return {key: value for key, value in row.items() if key in known}


def answers(
    answer: Callable[[dict, int], Iterable[float]], cell: dict, start: int, stop: int
) -> np.ndarray:
    """One row a study."""
    base = zlib.crc32(json.dumps(cell, sort_keys=True).encode()) * 100_000
    return np.array([answer(cell, base + i) for i in range(start, stop)])


def run(
    calibration: Calibration,
    wanted: list[dict],
    given: int | None,
    processes: int,
    save: Callable[[list[dict]], None],
) -> None:
    """The figures of each cell, in order; `save(results)` after each, so that an interrupted run
    loses one cell.
    """
    results = []
    # A killed worker breaks this pool, where a multiprocessing.Pool would wait for it for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for cell in wanted:
            repeats = given or calibration.usual_repeats(cell)
            started, size = time.perf_counter(), max(1, repeats // (4 * processes))
            ends = [(start, min(start + size, repeats)) for start in range(0, repeats, size)]
            found = np.concatenate(
                list(
                    pool.map(
                        answers,
                        [calibration.answer] * len(ends),
                        [cell] * len(ends),
                        *zip(*ends, strict=True),
                    )
                )
            )
            results.append({**cell, "repeats": repeats, **calibration.summary(cell, found)})
            save(results)
            print(
                json.dumps(results[-1]),
                f"{time.perf_counter() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )


def write_table(table: str, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    head, tail = text.split(START)[0], text.split(END)[1]
    page.write_text(f"{head}{START}\n{table}\n{END}{tail}", encoding="utf-8")


def main(calibration: Calibration, arguments: list[str] | None = None) -> int:
    import cxlab

    order = calibration.cells()
    parser = argparse.ArgumentParser(description=calibration.about)
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{calibration.quick} studies of one cell of each kind; the page is left alone",
    )
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument(
        "--only", choices=list(dict.fromkeys(cell["kind"] for cell in order)), default=None
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=f"keep the cells that {calibration.figures} has and add the others",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=None,
        help=f"folder for {calibration.figures} (default: beside this file)",
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    wanted = [cell for cell in order if given.only in (None, cell["kind"])]
    if given.quick:
        wanted = list({cell["kind"]: cell for cell in reversed(wanted)}.values())
        os.environ[QUICK] = "1"
    if (given.quick or given.repeats) and given.out is None:
        parser.error("a run of fewer repeats is not kept: give --out a folder of its own")
    folder = given.out or HERE
    file = folder / calibration.figures
    kept = (
        json.loads(file.read_text(encoding="utf-8"))["figures"]
        if file.exists() and (given.only or given.resume)
        else []
    )
    others = [row for row in kept if given.resume or row["kind"] != given.only]
    done = [calibration.cell_of(row) for row in others]
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cxlab": cxlab.__version__,
    }

    def save(results: list[dict]) -> None:
        rows = sorted(others + results, key=lambda row: order.index(calibration.cell_of(row)))
        file.write_text(
            json.dumps({"versions": versions, **calibration.kept, "figures": rows}, indent=1),
            encoding="utf-8",
        )

    run(
        calibration,
        [cell for cell in wanted if cell not in done],
        given.repeats or (calibration.quick if given.quick else None),
        given.processes,
        save,
    )
    if folder == HERE:
        write_table(
            calibration.markdown(json.loads(file.read_text(encoding="utf-8"))["figures"]),
            HERE / calibration.page,
        )
    return 0
