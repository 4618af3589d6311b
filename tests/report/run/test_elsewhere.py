"""Windows and macOS, as far as Linux can play them: no fork, no module of Unix, no way to adopt a
process, a terminal that knows no arrow.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cxlab.report.batch.render import render_studies
from tests.report.conftest import SECTION, lend, write_study, write_template
from tests.study.exports.test_dress import ods

PAGE = f'text = "in {{language}}"\n{SECTION}'


def command(root: Path, *words: object, **environment: str) -> subprocess.CompletedProcess:
    """`cxlab` where only what Windows has is there."""
    paths = [str(root / "tests" / "elsewhere"), str(root)]
    return subprocess.run(
        [sys.executable, "-m", "cxlab", *map(str, words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
        capture_output=True,
        check=False,
    )


def test_a_report_is_the_same_without_fork_and_without_the_modules_of_unix(
    root, tmp_path, kept_warm, monkeypatch
):
    """Protects who works on Windows: the cold way makes the same bytes, and leaves nothing."""
    study = write_study(tmp_path / "con", languages="en, pt-BR")
    template = write_template(tmp_path / "t.ipynb", PAGE)
    made = command(root, "report", study, "--out", tmp_path / "there", "--template", template)
    assert made.returncode == 0, made.stdout + made.stderr
    lend(kept_warm, monkeypatch)
    table = render_studies([study], tmp_path / "here", template=template)
    assert table["status"].tolist() == ["done", "done"], table["problem"].tolist()
    for file in table["file"]:
        assert (tmp_path / "there" / file).read_bytes() == (tmp_path / "here" / file).read_bytes()
    # Windows keeps the name of the study's folder for a device.
    assert table["file"].tolist()[0] == "con-client/report.en.html"
    assert not [*(tmp_path / "there").glob(".cxlab-*/")]


def test_a_spreadsheet_is_read_where_no_process_can_be_limited(root, tmp_path):
    study = write_study(tmp_path / "study")
    rows = (study / "answers.csv").read_text(encoding="utf-8").splitlines()
    (study / "answers.ods").write_bytes(ods([row.split(",") for row in rows]))
    declared = study / "study.yml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("s.csv", "s.ods"), "utf-8")
    done = command(root, "check", study)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_wrong_is_said_on_a_terminal_without_arrows(root, tmp_path):
    """Protects `cxlab check … > file` on Windows, where a code page holds no →."""
    study = write_study(tmp_path / "study")
    (study / "answers.csv").write_text("id,q1\n1,9\n", encoding="utf-8")
    said = command(root, "check", study, "--language", "pt-BR", PYTHONIOENCODING="cp1252")
    assert said.returncode == 1 and said.stderr == b""
    assert "? corrija ou declare o código".encode("cp1252") in said.stdout
