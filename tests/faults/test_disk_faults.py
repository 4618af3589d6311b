"""Disks that are full or may only be read, files that change under a batch: nothing half-written,
and a word on what to do.
"""

from __future__ import annotations

import errno
import os
import sys

import pytest

from cxlab.__main__ import main
from cxlab.report.batch import render
from cxlab.report.batch.render import render_studies
from tests.faults.conftest import OLD, PAGE, files_in, give_old_report
from tests.report.conftest import has_ended, left_at_work, write_study, write_template

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="small disks are mounted the Linux way"),
    pytest.mark.usefixtures("one_warm_process"),
]
FULL = "No space left on device; free some space on the disk of --out and run again with --resume"


def test_a_disk_that_is_full(tmp_path, page, small_disk):
    """Protects the reports that stand on a disk that a new one does not fit on; one that fits is
    still made.
    """
    out = small_disk("size=1m")
    old = give_old_report(out, "large")
    template = write_template(
        tmp_path / "t.ipynb",
        "import os\nfrom pathlib import Path\n"
        "Path(study, 'kernel.pid').write_text(str(os.getpid()))\n"
        "text = 'x ' * (1_000_000 if Path(study).name == 'large' else 10)",
        PAGE,
    )
    studies = [write_study(tmp_path / name, client=name) for name in ("large", "small")]
    table = render_studies(studies, out, template=template, page=page, jobs=1)
    assert table[["status", "problem"]].values.tolist() == [["failed", FULL], ["done", ""]]
    assert old.read_text(encoding="utf-8") == OLD
    assert files_in(out) == {
        ".cxlab-lock",
        "index.html",
        "journal.jsonl",
        *(
            f"{c}/{name}"
            for c in ("large", "small")
            for name in ("report.en.html", "manifest.json")
        ),
    }
    assert all(has_ended(study / "kernel.pid") for study in studies)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fills_while_a_report_is_put_in_place(tmp_path, page, monkeypatch, step):
    """Protects the last step (a stand-in for the system's call fails, as on a full disk): the old
    report stands and no part of the new one.
    """
    out, study = tmp_path / "out", write_study(tmp_path / "one")
    old = give_old_report(out, "one")
    real = getattr(os, step)

    def full(target, *rest):
        name = str(rest[0]) if rest else os.readlink(f"/proc/self/fd/{target}")
        if name.endswith(".html") and "index" not in name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(target, *rest)

    monkeypatch.setattr(os, step, full)
    table = render_studies(
        [study],
        out,
        template=write_template(tmp_path / "t.ipynb", "text = 'new'", PAGE),
        page=page,
    )
    assert table["problem"].tolist() == [FULL]
    assert old.read_text(encoding="utf-8") == OLD
    assert files_in(out) == {
        ".cxlab-lock",
        "index.html",
        "journal.jsonl",
        "one/report.en.html",
        "one/manifest.json",
    }


def test_a_destination_that_may_only_be_read(
    tmp_path, page, monkeypatch, capsys, small_disk, read_only
):
    """Protects an hour of work: it is said before anything runs, with exit code 2."""
    out = small_disk("size=1m")
    old = give_old_report(out, "one")
    assert read_only(out) == 0
    monkeypatch.setattr(render, "templates_folder", lambda: page.parent)
    template = write_template(tmp_path / "t.ipynb", "text = 'new'", PAGE)
    assert (
        main(
            [
                "report",
                str(write_study(tmp_path / "one")),
                "--out",
                str(out),
                "--template",
                str(template),
            ]
        )
        == 2
    )
    assert (
        capsys.readouterr().err.strip()
        == f"cxlab: {out.name}: Read-only file system; the disk of --out can only be read; choose"
        " another --out"
    )
    assert old.read_text(encoding="utf-8") == OLD and left_at_work(out) == []


def test_a_destination_below_a_file(tmp_path, page, monkeypatch, capsys):
    """Protects from a trace where --out cannot be a folder."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(render, "templates_folder", lambda: page.parent)
    template = write_template(tmp_path / "t.ipynb", "text = 'new'", PAGE)
    assert (
        main(
            [
                "report",
                str(write_study(tmp_path / "one")),
                "--out",
                str(tmp_path / "file" / "out"),
                "--template",
                str(template),
            ]
        )
        == 2
    )
    assert capsys.readouterr().err.strip() == "cxlab: out: Not a directory"


def test_a_template_that_changes_under_a_batch(tmp_path, page):
    """Protects a batch from being made half from one template and half from another: what is not
    from the first is refused.
    """
    change = """\
from pathlib import Path
text = "made"
if Path(study).name == "beta":
    template = Path(study).parent / "t.ipynb"
    template.write_text(template.read_text() + " ")"""
    template = write_template(tmp_path / "t.ipynb", change, PAGE)
    studies = [write_study(tmp_path / name, client=name) for name in ("alfa", "beta", "gama")]
    old = give_old_report(tmp_path / "out", "gama")
    table = render_studies(studies, tmp_path / "out", template=template, page=page, jobs=1)
    told = "t.ipynb changed while the report was made; run again with --resume"
    assert table["problem"].tolist() == ["", told, told]
    assert old.read_text(encoding="utf-8") == OLD
    resumed = render_studies(
        studies[:1], tmp_path / "out", template=template, page=page, resume=True
    )
    assert resumed["status"].tolist() == ["done"]  # of the template as it is now


def test_data_that_changes_between_two_runs(tmp_path, page):
    """Protects `--resume` from a report whose data, brand or template is another than when it was
    made.
    """
    study, out = write_study(tmp_path / "one"), tmp_path / "out"
    template = write_template(tmp_path / "t.ipynb", "text = 'made'", PAGE)

    def run() -> str:
        return render_studies([study], out, template=template, page=page, resume=True)[
            "status"
        ].item()

    assert [run(), run()] == ["done", "unchanged"]
    answers = study / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("0,Maria", "90,Maria", 1), encoding="utf-8"
    )
    assert [run(), run()] == ["done", "unchanged"]
