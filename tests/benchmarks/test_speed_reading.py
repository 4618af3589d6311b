"""A million respondents with 60 answers each read and checked, beside pandas reading the same file
in a process of its own. Nothing here asserts a time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS, QUESTIONS = 1_000_000, 58
STUDY = """\
schema: 1
client: Million
respondent: id
responses: {{file: r.{form}}}
scales: {{s7: {{min: 1, max: 7}}, s10: {{min: 0, max: 10}}}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
touchpoints:
"""
# CPU seconds of a call and the memory that it took at the most beyond what the imports took, bytes
# (not ru_maxrss, which a process takes over from the one that started it).
CHILD = """\
import json, sys, time
from pathlib import Path
import pandas as pd, pyarrow.csv, pyarrow.parquet
from cxlab.study.read_study import read_study
lines = lambda: Path("/proc/self/status").read_text().splitlines()
peak = lambda: 1024 * next(int(line.split()[1]) for line in lines() if line.startswith("VmHWM"))
who, folder, form = sys.argv[1:]
before, start = peak(), time.process_time()
if who == "cxlab":
    held = read_study(folder, file_mb=2000)
else:
    held = {"csv": pd.read_csv, "parquet": pd.read_parquet}[form](f"{folder}/r.{form}")
print(json.dumps([time.process_time() - start, peak() - before]))
"""


@pytest.fixture(scope="module", params=["csv", "parquet"])
def million(request, tmp_path_factory) -> tuple[Path, str, int]:
    """The folder of the study, its format, and the bytes of its table as 64-bit numbers."""
    rng = np.random.default_rng(1)
    columns = {"id": np.arange(ROWS) + 1, "nps": rng.integers(0, 11, ROWS)}
    for number in range(QUESTIONS):
        low, high = (0, 11) if number % 6 == 0 else (1, 8)
        ratings = pd.array(rng.integers(low, high, ROWS), dtype="Int64")
        if number % 3 == 0:
            ratings[rng.random(ROWS) < 0.06] = pd.NA
        columns[f"q{number}"] = ratings
    frame, folder = pd.DataFrame(columns), tmp_path_factory.mktemp("million")
    if request.param == "csv":
        frame.to_csv(folder / "r.csv", index=False)
    else:
        frame.to_parquet(folder / "r.parquet")
    points = (
        f"  t{i}: {{experience: q{i}, scale: {'s7' if i % 6 else 's10'}}}\n"
        for i in range(QUESTIONS)
    )
    (folder / "study.yml").write_text(STUDY.format(form=request.param) + "".join(points))
    return folder, request.param, frame.shape[0] * frame.shape[1] * 8


def used(who: str, folder: Path, form: str) -> list[float]:
    command = [sys.executable, "-c", CHILD, who, str(folder), form]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_reading_a_million(million, figure):
    """CPU against pandas' own read, median of 3 pairs (asked: ≤ 5), and the peak of memory against
    the table of 64-bit numbers (asked: ≤ 3).
    """
    folder, form, size = million
    pairs = [(used("cxlab", folder, form), used("pandas", folder, form)) for _ in range(3)]
    what = f"a million × 60 answers from {form}"
    figure(f"{what}, CPU seconds", statistics.median(ours[0] for ours, _ in pairs))
    figure(f"{what} / pandas (CPU)", statistics.median(a[0] / b[0] for a, b in pairs))
    for who, place in (("cxlab", 0), ("pandas", 1)):
        figure(
            f"{what}, {who}'s peak / the table's memory",
            statistics.median(pair[place][1] / size for pair in pairs),
        )
