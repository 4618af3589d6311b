"""Faults are injected for real: processes die, hang, hoard and stray, disks fill. One batch holds
many of them, because a start costs more than a fault.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cxlab.report.batch import manifest
from cxlab.report.run import fingerprints
from tests.report.conftest import (  # noqa: F401 (fixtures)
    kept_warm,
    one_warm_process,
    page,
    small_server,
)

OLD = "last month's report"
PAGE = "class Page:\n    def _repr_html_(self):\n        return f'<p>{text}</p>'\nPage()"


@pytest.fixture(autouse=True)
def _small_servers(small_server) -> None:  # noqa: F811
    """No fault needs a warm process that is ready to compute."""


def give_old_report(out: Path, client: str) -> Path:
    """A report that stands from an earlier run."""
    report = out / client / "report.en.html"
    report.parent.mkdir(parents=True)
    report.write_text(OLD, encoding="utf-8")
    made = {"files": {report.name: fingerprints.sha256(report)}, "inputs": "of last month"}
    # It names no client, so that any study may have its folder.
    manifest.write(
        report.parent, {"languages": {"en": {"last_run": {"outcome": "done"}, "report": made}}}
    )
    return report


def files_in(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """`small_disk("size=1m")` mounts a disk in memory and returns its folder; skipped where we may
    not mount.
    """
    libc, mounted = ctypes.CDLL(None, use_errno=True), []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        if (
            os.name != "posix"
            or libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, options.encode()) != 0
        ):
            pytest.skip(
                "a disk can be mounted by root only; the same fault is injected by a stand-in"
                " elsewhere in this file"
            )
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        libc.umount2(str(folder).encode(), 2)


@pytest.fixture
def read_only() -> Callable[[Path], None]:
    """Mount a small disk again, so that it can only be read."""
    libc = ctypes.CDLL(None, use_errno=True)
    # MS_REMOUNT | MS_RDONLY
    return lambda folder: libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 32 | 1, b"")
