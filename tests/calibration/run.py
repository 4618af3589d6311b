"""Are intervals and tests as honest as they say? Thousands of small studies with a known truth.

    python tests/calibration/run.py                      the cells that are not there yet, or that
                                                         run other code now (`make calibrate`)
    python tests/calibration/run.py --only slope_coverage --again
    python tests/calibration/run.py --quick --out FOLDER few studies of one cell of each kind

Every study goes through the library's own front door (`Study.from_frame` and public functions), so
that what is calibrated is what a client gets. Figures are kept in figures.json and shown in
README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness  # noqa: E402  (first of ours: it makes every process one thread)

# isort: split
import attacks  # noqa: E402
import claims  # noqa: E402
import classes  # noqa: E402
import comments  # noqa: E402
import constructs  # noqa: E402
import contacts  # noqa: E402
import drivers_effects  # noqa: E402
import drivers_families  # noqa: E402
import drivers_importance  # noqa: E402
import drivers_missing  # noqa: E402
import errors_of_few  # noqa: E402
import events  # noqa: E402
import gap  # noqa: E402
import means_of_few  # noqa: E402
import moments  # noqa: E402
import money  # noqa: E402
import numpy as np  # noqa: E402
import segments  # noqa: E402
import stories  # noqa: E402
import traced  # noqa: E402
import waves  # noqa: E402

_DRIVERS = (drivers_families, drivers_missing, drivers_importance, drivers_effects)
TOPICS = (
    gap,
    claims,
    *_DRIVERS,
    errors_of_few,
    means_of_few,
    classes,
    moments,
    contacts,
    comments,
    constructs,
    events,
    waves,
    money,
    segments,
    stories,
    attacks,
)
KINDS = {name: kind for topic in TOPICS for name, kind in topic.KINDS.items()}
FIGURES, PAGE = "figures.json", harness.HERE / "README.md"
START, END = "<!-- figures -->", "<!-- end of figures -->"
FEW = 2


def cells() -> list[dict]:
    return [cell for topic in TOPICS for cell in topic.cells()]


def fingerprint(cell: dict) -> str:
    return traced.fingerprint(cell, lambda: harness.answers(KINDS[cell["kind"]].answer, cell, 0, 1))


def in_order(rows: list[dict]) -> list[dict]:
    """Rows of cells that there still are, in the order of the topics."""
    order = {json.dumps(cell, sort_keys=True): i for i, cell in enumerate(cells())}
    keyed = {json.dumps(row["cell"], sort_keys=True): row for row in rows}
    return [keyed[key] for key in sorted(set(keyed) & set(order), key=order.get)]


def markdown(rows: list[dict]) -> str:
    """All tables, and before them what fails, what is careful and what has not been run."""
    failed = [
        f"- {row['cell']}: {name} {row['refused'] if name == 'refused' else row['figures'][name]}"
        for row in rows
        for name, said in harness.verdicts(KINDS[row["cell"]["kind"]], row).items()
        if said == "fails"
    ]
    head = f"{len(rows)} of {len(cells())} cells have been run; {len(failed)} figures fail."
    tables = (harness.table(name, kind, rows) for name, kind in KINDS.items())
    return "\n\n".join(["\n".join([head, "", *failed]).strip(), *filter(None, tables)])


def write_page(rows: list[dict]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text.split(START)[0], text.split(END)[1]
    PAGE.write_text(f"{head}{START}\n{markdown(rows)}\n{END}{tail}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    import cxlab

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one cell of each kind")
    parser.add_argument("--repeats", type=int, help="studies a cell, instead of its usual number")
    parser.add_argument("--only", choices=list(KINDS), action="append", help="cells of this kind")
    parser.add_argument("--again", action="store_true", help="also cells that are kept")
    parser.add_argument("--list", action="store_true", help="say what would run, and stop")
    parser.add_argument("--most", type=int, help="answer so many cells, and stop")
    parser.add_argument("--out", type=Path, help="folder of the figures (default: beside this)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    wanted = [cell for cell in cells() if not given.only or cell["kind"] in given.only]
    if given.quick:
        wanted = list({cell["kind"]: cell for cell in reversed(wanted)}.values())
        given.repeats = given.repeats or FEW
    if given.repeats and given.out is None:
        parser.error("a run of fewer repeats is not kept: give --out a folder of its own")
    file = (given.out or harness.HERE) / FIGURES
    kept = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else []
    by_cell = {json.dumps(row["cell"], sort_keys=True): row for row in kept}
    if not given.quick:  # which keeps nothing that could be run again
        hashes = {json.dumps(cell, sort_keys=True): fingerprint(cell) for cell in wanted}
        known = {key for key, row in by_cell.items() if row["runs"] == hashes.get(key)}
        wanted = [
            cell for cell in wanted if given.again or json.dumps(cell, sort_keys=True) not in known
        ]
    if given.list:
        print(*map(json.dumps, wanted), sep="\n")
        return 0
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cxlab": cxlab.__version__,
    }

    def save(row: dict) -> None:
        key = json.dumps(row["cell"], sort_keys=True)
        by_cell[key] = row | ({} if given.quick else {"runs": hashes[key]})
        rows = in_order([*by_cell.values()])
        lines = ",\n".join(json.dumps(one) for one in rows)
        file.write_text(
            f'{{"versions": {json.dumps(versions)}, "figures": [\n{lines}\n]}}\n', encoding="utf-8"
        )
        print(json.dumps(row), file=sys.stderr, flush=True)

    if given.quick:
        os.environ[harness.QUICK] = "1"
    harness.run(KINDS, wanted[: given.most], given.repeats, given.processes, save)
    if given.out is None:
        write_page(in_order([*by_cell.values()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
