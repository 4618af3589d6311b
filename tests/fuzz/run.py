"""Every kind of damage with every seed, counted.

python -m tests.fuzz.run [--seeds 10] [WORDS]
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz import (  # noqa: F401
    damage_archives,
    damage_bytes,
    damage_csv,
    damage_keys,
    damage_letters,
    damage_points,
    damage_sheets,
    damage_typed,
)
from tests.fuzz.judge import BAD, CLASSES, Verdict, tried, undamaged
from tests.fuzz.kinds import KINDS

Results = dict[str, list[Verdict]]


def _all_seeds(name: str, seeds: int) -> tuple[str, list[Verdict]]:
    return name, [tried(KINDS[name], seed) for seed in range(seeds)]


def everything(names: list[str], seeds: int, jobs: int = 1) -> Results:
    """The verdicts on each kind, by seed."""
    undamaged("csv")
    if jobs == 1:
        return dict(_all_seeds(name, seeds) for name in names)
    with ProcessPoolExecutor(jobs) as pool:
        return dict(pool.map(_all_seeds, names, [seeds] * len(names), chunksize=4))


def counts(results: Results) -> str:
    """A table of the verdicts by what was damaged, in Markdown."""
    by_group: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: Counter[str] = Counter()
    for name, verdicts in results.items():
        group = name.partition(":")[0].partition(" ")[0].removeprefix("r.")
        group = {"study.yml": "yml", "touchpoints.csv": "touchpoints"}.get(group, group)
        kinds[group] += 1
        by_group[group].update(verdict.judged for verdict in verdicts)
    lines = [
        f"| damaged | kinds | runs | {' | '.join(CLASSES)} |",
        "|---" * (len(CLASSES) + 3) + "|",
    ]
    total: Counter[str] = Counter()
    for group in sorted(by_group):
        total += by_group[group]
        cells = [by_group[group][one] for one in CLASSES]
        lines.append(f"| {group} | {kinds[group]} | {sum(cells)} | {' | '.join(map(str, cells))} |")
    cells = [total[one] for one in CLASSES]
    lines.append(f"| all | {len(results)} | {sum(cells)} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only kinds whose names hold one of these")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all", action="store_true", help="show every verdict, not the bad ones")
    given = parser.parse_args()
    names = [n for n in KINDS if not given.words or any(word in n for word in given.words)]
    results = everything(names, given.seeds, given.jobs)
    for name, verdicts in results.items():
        for judged in CLASSES if given.all else BAD:
            found = [verdict for verdict in verdicts if verdict.judged == judged]
            if found:
                print(f"{judged} ×{len(found)}: {name}: {found[0].said}")
    print(counts(results))
    cpu = [verdict.cpu for verdicts in results.values() for verdict in verdicts]
    print(f"\n{sum(cpu):.0f} CPU seconds in all, {max(cpu):.1f} at the most for one")


if __name__ == "__main__":
    main()
