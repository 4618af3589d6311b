"""A log of ten million contacts of a million customers: moves, removal effects, 1,000 bootstraps;
beside it pandas counting the moves alone (and pm4py, where it is installed).

Each measured run is a process of its own, so that its peak memory is its own; CPU and wall time are
of the work, without the imports.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.benchmarks.test_speed_moments import WATCH

CONTACTS, CUSTOMERS, TOUCHPOINTS = 10_000_000, 1_000_000, 20
OURS = (
    WATCH
    + """
import sys, pandas as pd, cxlab as cx
import cxlab.models.events.transitions, cxlab.models.events.touchpoint_value, duckdb
study = cx.Study.from_frame(pd.DataFrame({"q": [1]}), {})
def work():
    log = cx.events.read_events(study, sys.argv[1], success="t19")
    assert cx.events.transitions(log)["moves"].sum() > 8_000_000
    assert len(cx.events.touchpoint_value(log, n_boot=1000)) == 19
watched(work)
"""
)
PANDAS = (
    WATCH
    + """
import sys, pandas as pd, pyarrow.parquet
def work():
    log = pd.read_parquet(sys.argv[1])
    log = log.sort_values(["respondent", "time"], kind="stable")
    log["next"] = log.groupby("respondent", sort=False)["touchpoint"].shift(-1)
    log.groupby(["touchpoint", "next"], observed=True).size()
watched(work)
"""
)
PM4PY = (
    WATCH
    + """
import sys, pandas as pd, pm4py
def work():
    log = pd.read_parquet(sys.argv[1])
    names = {"case_id_key": "respondent", "activity_key": "touchpoint", "timestamp_key": "time"}
    pm4py.discover_dfg(log, **names)
watched(work)
"""
)


@pytest.fixture(scope="module", params=["numbers", "texts"])
def log(request, tmp_path_factory):
    """The log as Parquet, in no order; customers are numbers, or texts of eight letters."""
    rng = np.random.default_rng(1)
    people = rng.integers(0, CUSTOMERS, CONTACTS)
    ids = pa.array(people.astype(np.int32))
    if request.param == "texts":
        ids = pa.array(np.char.mod("C%07d", people))
    seconds = 1_735_689_600 + rng.integers(0, 365 * 86_400, CONTACTS)
    names = pa.array([f"t{i:02}" for i in range(TOUCHPOINTS)])
    shares = [*[0.98 / (TOUCHPOINTS - 1)] * (TOUCHPOINTS - 1), 0.02]  # a fifth has a success
    codes = rng.choice(TOUCHPOINTS, CONTACTS, p=shares).astype(np.int8)
    columns = {
        "respondent": ids,
        "touchpoint": pa.DictionaryArray.from_arrays(pa.array(codes), names),
        "time": pa.array(seconds * 1_000_000, pa.timestamp("us")),
    }
    path = tmp_path_factory.mktemp("log") / f"{request.param}.parquet"
    parquet.write_table(pa.table(columns), path)
    return path


def measured(code: str, path) -> dict[str, float]:
    """The run of middle CPU time of three."""
    command = [sys.executable, "-c", code, str(path)]
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    runs = [
        json.loads(subprocess.check_output(command, text=True, env=environment)) for _ in range(3)
    ]
    middle = statistics.median_low([run["cpu"] for run in runs])
    return next(run for run in runs if run["cpu"] == middle)


def test_ten_million_contacts(log, figure):
    peers = {"pandas, moves alone": PANDAS}
    if importlib.util.find_spec("pm4py"):
        peers["pm4py, directly-follows graph alone"] = PM4PY
    for name, code in {"moves, removal effects, 1,000 bootstraps": OURS, **peers}.items():
        run = measured(code, log)
        figure(f"{log.stem}, {name}: CPU s", run["cpu"])
        figure(f"{log.stem}, {name}: GiB", run["gib"])
