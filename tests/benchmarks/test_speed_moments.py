"""Moments of more rows than fit a notebook's memory, beside DuckDB reading and summing the same
columns in the same run.

Each measured run is a process of its own, so that its peak memory is its own; CPU and wall time are
of the work, without the imports.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

ROWS, TOUCHPOINTS = 10_000_000, 20
COLUMNS = [*(f"t{j}" for j in range(TOUCHPOINTS)), "recommend"]
WATCH = """
import json, pathlib, time
def watched(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    # Not getrusage, whose peak is also that of the process that started this one.
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM nan"]
    peak = [float(line.split()[1]) / 2**20 for line in lines if line.startswith("VmHWM")]
    print(json.dumps({"wall": wall, "cpu": cpu, "gib": peak[0]}))
"""
MOMENTS = (
    WATCH + "import sys, cxlab as cx\nimport pyarrow.parquet\nwatched(lambda:"
    " cx.drivers.Moments.from_parquet(sys.argv[1], sys.argv[2:]))"
)
FIT = (
    WATCH + "import sys, cxlab as cx\nmoments = cx.drivers.Moments.from_parquet(sys.argv[1],"
    " sys.argv[2:])\nwatched(lambda: cx.fit_moments(moments, sys.argv[-1]))"
)
BOOTSTRAP = (
    WATCH
    + "import sys, cxlab as cx\nfit = cx.fit_moments(cx.drivers.Moments.from_parquet(sys.argv[1],"
    " [*sys.argv[2:10], sys.argv[-1]]), sys.argv[-1])\nwatched(lambda: cx.importance(fit,"
    " n_boot=1000, seed=1))"
)
DUCKDB = (
    WATCH + "import sys, duckdb\ncolumns = ', '.join(f'sum({name})' for name in"
    ' sys.argv[2:])\nwatched(lambda: duckdb.sql(f"select {columns} from'
    " read_parquet('{sys.argv[1]}')\").fetchall())"
)


@pytest.fixture(scope="module", params=["ratings", "decimals"])
def big(request, tmp_path_factory):
    """10 million rows: whole ratings as a survey has them (Parquet keeps a dictionary), or numbers
    that share no value (1.7 GB).
    """
    path = tmp_path_factory.mktemp("big") / f"{request.param}.parquet"
    rng, part = np.random.default_rng(0), ROWS // 10
    schema = pa.schema([(name, pa.float64()) for name in COLUMNS])
    with parquet.ParquetWriter(path, schema) as writer:
        for _ in range(10):
            common, columns = rng.normal(size=part), {}
            for name in COLUMNS[:-1]:
                value = 0.7 * rng.normal(size=part) + 0.7 * common
                columns[name] = (
                    value
                    if request.param == "decimals"
                    else np.clip(np.round(5 + 1.4 * value), 1, 7)
                )
            columns[COLUMNS[-1]] = sum(
                (j + 1) / 40 * columns[name] for j, name in enumerate(COLUMNS[:-1])
            ) + rng.normal(size=part)
            writer.write_table(pa.table(columns, schema))
    yield path
    path.unlink()


def run(code: str, path) -> dict:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    found = subprocess.run(
        [sys.executable, "-c", code, str(path), *COLUMNS],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return json.loads(found.stdout.splitlines()[-1])


def test_moments_of_ten_million_rows(big, figure):
    """Wanted: 1.5 GiB at most, and three times DuckDB's time at most. One thread; DuckDB takes as
    many as there are.
    """
    pairs = [(run(MOMENTS, big), run(DUCKDB, big)) for _ in range(5)]
    what = f"moments of {ROWS:,} × {len(COLUMNS)} {big.stem}"
    for unit in ("cpu", "wall"):
        figure(f"{what}, {unit} seconds", statistics.median(ours[unit] for ours, _ in pairs))
        figure(
            f"{what} / DuckDB reading and summing them ({unit}, median of 5 pairs)",
            statistics.median(ours[unit] / theirs[unit] for ours, theirs in pairs),
        )
    figure(f"{what}, peak GiB of the process", max(ours["gib"] for ours, _ in pairs))
    figure(f"{what}: DuckDB's peak GiB", max(theirs["gib"] for _, theirs in pairs))


def test_fit_and_bootstrap_of_ten_million_rows(big, figure):
    """What a second look costs: HC3 errors, and 1,000 resamples of blocks with the shares of 8
    touchpoints.
    """
    for name, code in (
        ("fit_moments with HC3 errors", FIT),
        ("importance of 8 touchpoints, n_boot=1,000", BOOTSTRAP),
    ):
        found = run(code, big)
        figure(f"{name}, {ROWS:,} rows of {big.stem}, cpu seconds", found["cpu"])
        figure(f"{name}, {ROWS:,} rows of {big.stem}, peak GiB", found["gib"])
