"""What several rooms' tests need: real survey data beside the project, and a browser.

Both may be missing on someone's machine. Then the tests that need them are skipped and say so; the
continuous check sets CXLAB_REQUIRE_REAL=1 and CXLAB_REQUIRE_BROWSER=1, which turn the skip into a
failure.
"""

from __future__ import annotations

import os

# One thread a process: the processes are the parallelism, and the threads of linear algebra would
# wait for one another.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import shutil  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import hypothesis  # noqa: E402
import nbformat  # noqa: E402
import pytest  # noqa: E402

from cxlab.report.run import starters  # noqa: E402
from tests.peers import Reference  # noqa: E402
from tests.waiting import until  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# A slow machine is no failure: an example may take as long as it takes.
hypothesis.settings.register_profile(
    "cxlab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("cxlab")


def pytest_configure(config: pytest.Config) -> None:
    if starters.CAN_FORK and (nbval := config.pluginmanager.get_plugin("nbval")):
        from tests.forked_kernels import ForkedKernel  # late: it needs nbval

        nbval.RunningKernel = ForkedKernel
    config.addinivalue_line(
        "markers", "slow: takes more than a few seconds; runs in `make test` all the same"
    )


# What takes longest starts first, so that no process is left alone with it at the end.
LONG = (
    "browser",
    "report",
    "faults",
    "calibration",
    "test_recovery.py",
    "test_edges.py",
    "models",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        parts = item.path.parts
        return next((n for n, name in enumerate(LONG) if name in parts), len(LONG))

    items.sort(key=place)
    for item in items:
        if hasattr(item, "test_outputs"):
            item.runtest = partial(run_quietly, item, item.runtest)


def run_quietly(cell: pytest.Item, run: Callable[[], None]) -> None:
    """Run a cell of a notebook, which has nothing to say on stderr."""
    run()
    said = [out.text for out in cell.test_outputs or () if out.get("name") == "stderr"]
    assert said == []


def missing(reason: str, variable: str) -> None:
    """Skip, or fail where the environment says that this must not be missing."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} ({variable}=1)", pytrace=False)
    pytest.skip(f"{reason}; set {variable}=1 to make this a failure")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the project that holds real surveys (`data/`) and peers' numbers
    (`reference/`).
    """
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir() or not (folder / "reference").is_dir():
        missing(
            "the real surveys and reference numbers (a folder `shared` beside the project) are not"
            " here",
            "CXLAB_REQUIRE_REAL",
        )
    return folder


@pytest.fixture(scope="session")
def reference(shared) -> Reference:
    """Peers' numbers, and the data that they are about."""
    return Reference(shared / "reference")


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A Chromium to drive with Playwright."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing("no Chromium was found on the PATH", "CXLAB_REQUIRE_BROWSER")
    return found


# Beside each report, what it rests on.
KEEP_RESULTS = """\
import pickle, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.show.story import results_of
Path({folder!r}, Path(study).name + ".results").write_bytes(pickle.dumps(results_of(globals())))"""


def made_once(
    factory: pytest.TempPathFactory, name: str, studies: Sequence[Path], **settings: Any
) -> Path:
    """Reports that are made once for all processes of a run of tests, by the client's template."""
    import cxlab as cx

    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    made = folder / "made"
    try:
        folder.mkdir()
    except FileExistsError:  # another process makes them
        assert until(made.exists)
        return folder
    notebook = nbformat.read(ROOT / "templates" / "client_report.ipynb", as_version=4)
    keep = KEEP_RESULTS.format(root=str(ROOT), folder=str(folder))
    notebook.cells.append(nbformat.v4.new_code_cell(keep))
    template = folder / "template.ipynb"
    nbformat.write(notebook, template)
    table = cx.render_studies(studies, folder, jobs=2, template=template, **settings)
    made.write_text(table[["client", "language", "status", "problem"]].to_string())
    assert set(table["status"]) == {"done"}, made.read_text()
    return folder


@pytest.fixture(scope="session")
def sample_reports(root, tmp_path_factory) -> Path:
    """The reports of every sample client, as `make reports` has them."""
    studies = sorted(path.parent for path in (root / "data").glob("*/study.yml"))
    return made_once(tmp_path_factory, "sample_reports", studies)


@pytest.fixture(scope="session")
def real_reports(root, shared, tmp_path_factory) -> Path:
    """The reports of both real surveys."""
    studies = [root / "tests" / "studies" / name for name in ("kiosk", "sfo")]
    return made_once(tmp_path_factory, "real_reports", studies, allow_outside=shared)
