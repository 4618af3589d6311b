"""Moments from pieces: whatever holds the rows (a frame, files, a cluster that loses a worker), the
same numbers; rows with gaps counted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxlab as cx
from cxlab.stats.chunks import ROWS, Source, SumsById
from tests.waiting import until

Moments = cx.drivers.Moments
COLUMNS = [*"abc", "y"]


def rows(n: int = 5000, seed: int = 0, gaps: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = np.clip(
        np.round(4.5 + 1.3 * (rng.normal(size=(n, 3)) + 0.8 * rng.normal(size=(n, 1)))), 1, 7
    )
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=x @ [0.5, 0.3, 0.0] + rng.normal(size=n))
    frame = frame.mask(rng.random(frame.shape) < gaps)
    return frame.assign(
        w=rng.lognormal(0, 0.5, n), account=[f"k{i}" for i in rng.integers(0, n // 8, n)]
    )


def same(one: Moments, other: Moments, rel: float = 1e-11) -> None:
    assert (one.names, one.n, one.n_dropped) == (other.names, other.n, other.n_dropped)
    assert one.weight == pytest.approx(other.weight, rel=rel)
    assert one.mean == pytest.approx(other.mean, rel=rel)
    assert one.scatter == pytest.approx(
        other.scatter, rel=rel, abs=rel * np.diag(other.scatter).max()
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.parquet"
    rows().to_parquet(path, row_group_size=1700)
    return path


@pytest.mark.parametrize("keys", [{}, {"weight": "w"}])
def test_a_file_gives_what_its_complete_rows_give_in_memory(file, keys):
    whole = rows()[[*COLUMNS, "w"]].dropna()
    found = Moments.from_parquet(file, COLUMNS, **keys)
    w = whole["w"] if keys else None
    assert found.n == len(whole) and found.n_dropped == 5000 - len(whole) > 100
    assert found.weight == pytest.approx(len(whole) if w is None else w.sum(), rel=1e-12)
    assert found.covariance == pytest.approx(
        np.cov(whole[COLUMNS].T, aweights=w, ddof=0), rel=1e-12
    )
    assert found.mean == pytest.approx(np.average(whole[COLUMNS], axis=0, weights=w), rel=1e-13)


def test_many_files_their_sum_and_any_size_of_chunk_give_the_same(file, tmp_path):
    frame, parts = rows(), []
    for number, start in enumerate(range(0, 5000, 1234)):
        parts.append(tmp_path / f"part{number}.parquet")
        frame.iloc[start : start + 1234].to_parquet(parts[-1])
    whole = Moments.from_parquet(file, COLUMNS, "w", "account")
    same(Moments.from_parquet(parts, COLUMNS, "w", "account"), whole)
    added = Moments.from_parquet(parts[:2], COLUMNS, "w", "account") + Moments.from_parquet(
        parts[2:], COLUMNS, "w", "account"
    )
    same(added, whole)
    assert len(added.sources) == 2 and added.squares == pytest.approx(whole.squares, rel=1e-12)
    same(Moments.from_frame(frame[COLUMNS], frame["w"], frame["account"]), whole)
    for size in (1, 7, 64, 10_000):
        table = Source(frame, tuple(COLUMNS), "w").fold(
            lambda chunk: np.array([chunk.n, chunk.weights @ chunk.table[1], chunk.dropped]), size
        )
        assert table == pytest.approx(
            [whole.n, whole.mean[0] * whole.weight, whole.n_dropped], rel=1e-12
        )


def test_chunks_are_small_and_hold_complete_rows_only(file):
    sizes = []

    def look(chunk):
        assert (
            (chunk.table[0] == 1).all()
            and np.isfinite(chunk.table).all()
            and len(chunk.clusters) == chunk.n
        )
        sizes.append(chunk.n)
        return chunk.n

    moments = Moments.from_parquet(file, COLUMNS, cluster="account")
    assert moments.fold(look, 500) == moments.n and max(sizes) <= 500
    assert ROWS * 22 * 8 < 4e6


def test_numbers_of_any_kind_are_read_and_others_refused(tmp_path):
    frame = rows(200, gaps=0)[list("abc")]
    kinds = {"a": pa.int8(), "b": pa.float32(), "c": pa.decimal128(5, 2)}
    table = pa.table(
        {name: pa.array(frame[name].tolist()).cast(kind) for name, kind in kinds.items()}
    )
    table = table.append_column("d", pa.array(frame["a"] > 4)).append_column(
        "e", pa.array([None if v < 2 else int(v) for v in frame["b"]])
    )
    table = table.append_column("text", pa.array(["7"] * 200))
    pq.write_table(table, tmp_path / "kinds.parquet")
    found = Moments.from_parquet(tmp_path / "kinds.parquet", ["a", "b", "c", "d", "e"])
    kept = frame[frame["b"] >= 2]
    assert found.n == len(kept) and found.mean == pytest.approx(
        [*kept.mean(), (kept["a"] > 4).mean(), kept["b"].mean()], rel=1e-12
    )
    with pytest.raises(cx.ModelError) as caught:
        Moments.from_parquet(tmp_path / "kinds.parquet", ["a", "text"])
    assert str(caught.value) == "column text holds string, not numbers"


@pytest.mark.parametrize("start", ["sorted", "outlier", "far", "constant first"])
def test_no_order_of_the_rows_costs_digits(start):
    rng = np.random.default_rng(2)
    z = rng.normal(size=(40_000, 2))
    frame = {
        "sorted": np.sort(z, axis=0),
        "outlier": np.vstack([np.full((64, 2), 1e6), z]),
        "far": z + 1e9,
        "constant first": np.vstack([np.ones((20_000, 2)), 1e5 + z]),
    }[start]
    found = Moments.from_frame(pd.DataFrame(frame, columns=["a", "b"])).covariance
    exact = np.cov((frame - frame.mean(axis=0)).T, ddof=0)
    # 1e9 itself costs nine digits of the sixteen.
    assert found == pytest.approx(
        exact, rel=1e-6 if start == "far" else 1e-11, abs=1e-11 * float(np.diag(exact).max())
    )


@pytest.mark.parametrize(
    ("change", "keys", "message"),
    [
        (
            lambda f: f.assign(w=f["w"].mask(f.index == 7)),
            {"weight": "w"},
            (
                "weight: 1 rows (of a chunk of 300) have none, or one that is not above 0; leave"
                " them out before"
            ),
        ),
        (
            lambda f: f.assign(w=f["w"].mask(f.index < 5, -1.0)),
            {"weight": "w"},
            (
                "weight: 5 rows (of a chunk of 300) have none, or one that is not above 0; leave"
                " them out before"
            ),
        ),
        (
            lambda f: f.assign(w=np.arange(300) % 3 + 1),
            {"weight": "w"},
            (
                "these weights are all whole numbers: they look like counts; say"
                " weight_kind='sampling' if they are sampling weights, else repeat the rows"
            ),
        ),
        (
            lambda f: f.assign(a=f["a"].mask(f.index == 3, np.inf)),
            {},
            "column a holds infinite values",
        ),
        (
            lambda f: f.assign(a=np.nan),
            {},
            "no row is complete (300 left out); there is nothing to add up",
        ),
        (
            lambda f: f.drop(columns="b"),
            {},
            "rows.parquet has no column b; it has: a, c, y, w, account",
        ),
        (
            lambda f: f,
            {"weight": "weight"},
            "rows.parquet has no column weight; it has: a, b, c, y, w, account",
        ),
    ],
)
def test_rows_that_cannot_be_added_up_are_refused(tmp_path, change, keys, message):
    change(rows(300, gaps=0)).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(cx.ModelError) as caught:
        Moments.from_parquet(tmp_path / "rows.parquet", COLUMNS, **keys)
    assert str(caught.value) == message


def test_other_calls_that_are_refused(tmp_path):
    frame = rows(300, gaps=0)
    with pytest.raises(
        cx.ModelError, match="the rows in lost.parquet are out of reach: there is no such file here"
    ):
        Moments.from_parquet(tmp_path / "lost.parquet", COLUMNS)
    with pytest.raises(cx.ModelError, match="column a stands twice in columns; name it once"):
        Moments.from_parquet(tmp_path / "lost.parquet", ["a", "a"])
    plain, weighted = (
        Moments.from_frame(frame[COLUMNS]),
        Moments.from_frame(frame[COLUMNS], frame["w"]),
    )
    with pytest.raises(cx.ModelError, match="moments with and without weights"):
        plain + weighted
    whole = frame.assign(w=np.arange(300) % 3 + 1)
    whole.to_parquet(tmp_path / "counts.parquet")
    assert (
        Moments.from_parquet(
            tmp_path / "counts.parquet", COLUMNS, "w", weight_kind="sampling"
        ).weight
        == whole["w"].sum()
    )


def test_sums_by_cluster_keep_the_order_of_appearance():
    a, b = (
        SumsById.of(np.array([[1.0], [2], [3]]), np.array(["x", "y", "x"])),
        SumsById.of(np.array([[5.0], [7]]), np.array(["z", "y"])),
    )
    assert (a + b + a).frame[0].to_dict() == {"x": 8.0, "y": 11.0, "z": 5.0}
    assert (a + b).frame[0].to_dict() == {"x": 4.0, "y": 9.0, "z": 5.0} and list(
        (a + b).frame.index
    ) == ["x", "y", "z"]


def test_without_dask_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r"needs dask, which .* pip install 'cxlab\[cluster\]'"):
        Moments.from_dask(rows(100), COLUMNS)


# ---- a cluster of two processes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two worker processes of one thread on the loopback interface, with a folder of their own."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            local_directory=str(tmp_path_factory.mktemp("dask")),
            silence_logs="CRITICAL",
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


def frame_of_parts(folder, parts: int, seconds: float):
    """A Dask frame whose every part takes a while, and leaves a mark of the process that read
    it.
    """
    import dask
    import dask.dataframe

    def read(number: int) -> pd.DataFrame:
        time.sleep(seconds)
        # Only whole marks are counted.
        mark = os.path.join(folder, f"{number}-{os.getpid()}")
        with open(mark + ".new", "w") as file:
            file.write("read")
        os.rename(mark + ".new", mark)
        return pd.read_parquet(os.path.join(folder, "rows.parquet")).iloc[number::parts]

    meta = rows(10).iloc[:0]
    return dask.dataframe.from_delayed(
        [dask.delayed(read)(number) for number in range(parts)], meta=meta
    )


def marks(folder) -> list[str]:
    return [name for name in os.listdir(folder) if name[0].isdigit() and not name.endswith(".new")]


def test_a_cluster_gives_the_same_moments_and_the_same_fit(cluster, tmp_path):
    frame = rows()
    frame.to_parquet(tmp_path / "rows.parquet")
    keys = {"weight": "w", "cluster": "account"}
    there = Moments.from_dask(frame_of_parts(tmp_path, 5, 0), COLUMNS, **keys)
    here = Moments.from_parquet(tmp_path / "rows.parquet", COLUMNS, **keys)
    same(there, here, 1e-10)
    assert len({mark.split("-")[1] for mark in marks(tmp_path)} - {str(os.getpid())}) == 2
    one, other = cx.fit_moments(there, "y"), cx.fit_moments(here, "y")
    assert (
        one.covariance == "CR2"
        and one.clusters == other.clusters == frame.dropna()["account"].nunique()
    )
    assert one.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-10)
    assert one.cov.to_numpy() == pytest.approx(other.cov.to_numpy(), rel=1e-10)
    assert np.concatenate(list(one.resamples(50, 1))).shape == (50, 4, 4)


@pytest.mark.slow
def test_a_worker_that_is_killed_midway_costs_time_and_nothing_else(cluster, tmp_path):
    rows().to_parquet(tmp_path / "rows.parquet")
    parts, at_kill = 16, []
    victim = next(iter(cluster.run(os.getpid).values()))

    def kill() -> None:
        until(lambda: len(marks(tmp_path)) >= 5)
        at_kill.extend(marks(tmp_path))
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    there = Moments.from_dask(frame_of_parts(tmp_path, parts, 0.2), COLUMNS, "w")
    killer.join()
    # It was in the middle, and the dead worker had read some of the parts.
    assert 5 <= len(at_kill) < parts and any(mark.endswith(f"-{victim}") for mark in at_kill)
    assert victim not in cluster.run(os.getpid).values()
    same(there, Moments.from_parquet(tmp_path / "rows.parquet", COLUMNS, "w"), 1e-10)
    assert {int(mark.split("-")[0]) for mark in marks(tmp_path)} == set(range(parts))


def test_columns_that_a_cluster_lacks_are_refused(cluster, tmp_path):
    rows(100).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(
        cx.ModelError, match="the frame has no column d; it has: a, b, c, y, w, account"
    ):
        Moments.from_dask(frame_of_parts(tmp_path, 2, 0), ["a", "d"])
