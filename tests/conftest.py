"""What several rooms' tests need: real survey data beside the project, and a browser.

Both may be missing on someone's machine. Then the tests that need them are skipped and say so; the
continuous check sets CXLAB_REQUIRE_REAL=1 and CXLAB_REQUIRE_BROWSER=1, which turn the skip into a
failure.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from tests.peers import Reference
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# A slow machine is no failure: an example may take as long as it takes.
hypothesis.settings.register_profile(
    "cxlab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("cxlab")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "slow: takes more than a few seconds; runs in `make test` all the same"
    )


# What takes longest starts first, so that no process is left alone with it at the end.
LONG = ("browser", "report", "faults", "calibration", "test_recovery.py", "models")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        parts = item.path.parts
        return next((n for n, name in enumerate(LONG) if name in parts), len(LONG))

    items.sort(key=place)


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


@pytest.fixture(scope="session")
def real_reports(root, shared, tmp_path_factory) -> Path:
    """The reports of both real surveys, made once for all processes of a run of tests."""
    import cxlab as cx

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "real_reports"
    made, studies = folder / "made", root / "tests" / "studies"
    try:
        folder.mkdir()
    except FileExistsError:  # another process makes them
        assert until(made.exists)
        return folder
    table = cx.render_studies(
        [studies / "kiosk", studies / "sfo"], folder, jobs=2, allow_outside=shared
    )
    made.write_text(table[["client", "language", "status", "problem"]].to_string())
    assert set(table["status"]) == {"done"}, made.read_text()
    return folder
