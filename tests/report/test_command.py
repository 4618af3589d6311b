"""The command line as it is used: exit codes and the table at the end (tests/faults: what is left
when it is stopped).
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cxlab import data_files
from cxlab.__main__ import main
from cxlab.report.batch import manifest
from tests.report.conftest import write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
SHOW = (
    'if "bad" in study:\n    raise ValueError("no")',
    "class P:\n    def _repr_html_(self): return '<p>x</p>'\nP()",
)


@pytest.fixture
def template(tmp_path, page, monkeypatch):
    """A template folder of our own: cxlab's page is not what these tests are about."""
    monkeypatch.setattr("cxlab.report.batch.render.templates_folder", lambda: page.parent)
    return write_template(tmp_path / "t.ipynb", *SHOW)


def test_report_prints_a_table_and_fails_if_one_failed(tmp_path, template, capsys):
    """Protects `make reports`: exit code 1, who failed and why, progress on stderr and the table on
    stdout.
    """
    good, bad = (
        write_study(tmp_path / "good", client="Good Ltd"),
        write_study(tmp_path / "bad", client="Bad Ltd"),
    )
    out = tmp_path / "out"
    assert (
        main(["report", str(good), str(bad), "--out", str(out), "--template", str(template)]) == 1
    )
    shown = capsys.readouterr()
    lines = shown.out.strip().splitlines()
    heads = ["folder", "client", "language", "status", "seconds", "moved", "cause"]
    assert lines[0].split() == heads
    assert lines[1].startswith("good    Good Ltd  en        done")
    assert lines[2].startswith("bad     Bad Ltd   en        failed") and lines[2].endswith(
        "cell 3: ValueError: no; run the notebook in Jupyter with this study, mend that cell, and"
        " run again with --resume"
    )
    assert "[1/2]" in shown.err and "[2/2]" in shown.err and "1 of 2 reports failed" in shown.err
    assert (
        main(["report", str(good), "--out", str(out), "--template", str(template), "--resume"]) == 0
    )
    assert "unchanged" in capsys.readouterr().out


def test_a_folder_is_allowed_for_check_report_resume_and_verify(tmp_path, template, capsys):
    """Protects from another client's answers: what is refused is refused by every command, and a
    relative folder means the same to the processes that a batch starts elsewhere.
    """
    study, data, out = write_study(tmp_path / "one"), tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (study / "answers.csv").rename(data / "answers.csv")
    text = (study / "study.yml").read_text(encoding="utf-8")
    (study / "study.yml").write_text(text.replace("answers.csv", "../data/answers.csv"))
    made = ["--out", str(out), "--template", str(template)]
    template_of = ["--template", str(template)]
    allowed = ["--allow-outside", os.path.relpath(data)]
    assert main(["check", str(study)]) == 1 and main(["check", str(study), *allowed]) == 0
    assert main(["report", str(study), *made]) == 1
    assert "it lies outside the study's folder" in capsys.readouterr().out
    assert main(["report", str(study), *made, *allowed]) == 0
    assert main(["report", str(study), *made, *allowed, "--resume"]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert main(["report", "--verify", str(out), *template_of, *allowed]) == 0
    assert main(["report", "--verify", str(out), *template_of]) == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["report"], "STUDY: name a folder with a study.yml"),
        (["report", "x", "--jobs", "0"], "argument --jobs: '0' is not a whole number above 0"),
        (["report", "x", "--language", "fr"], "argument --language: invalid choice: 'fr'"),
        (
            ["report", "x", "--cell-limit", "nan"],
            "argument --cell-limit: 'nan' is not a number of seconds above 0",
        ),
        (
            ["report", "x", "--memory-limit", "-1"],
            "argument --memory-limit: '-1' is not a number of MB above 0",
        ),
        (["report", "x", "--outt", "y"], "unknown: --outt y"),
        (
            ["simulate", "--design", "bank", "--out", "y"],
            "argument --design: invalid choice: 'bank'",
        ),
        (["simulate"], "the following arguments are required: --out"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(argv, told, capsys):
    """Protects the user from a trace: exit code 2 and one line."""
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_report_of_no_folder_that_is_there_writes_nothing(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["report", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists() and "none that is named" in capsys.readouterr().err


def test_two_clients_with_one_folder_end_with_a_sentence(tmp_path, template, capsys):
    """Protects the user from a trace where the batch itself is wrong."""
    studies = [str(write_study(tmp_path / "a" / "x")), str(write_study(tmp_path / "b" / "x"))]
    assert (
        main(["report", *studies, "--out", str(tmp_path / "out"), "--template", str(template)]) == 1
    )
    assert (
        "2 studies would be written to the folder 'x': a/x and b/x; rename all but one of them"
        in capsys.readouterr().out
    )


def test_check_lists_every_fault_and_a_sound_study_says_so(tmp_path, capsys):
    """Protects the consultant from mending one fault at a time."""
    study = write_study(tmp_path / "one")
    assert main(["check", str(study)]) == 0
    assert "0 errors, 0 warnings\nsound: Study 'Sample': 12 respondents" in capsys.readouterr().out
    answers = study / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("4321,1,1,0", "4321,70,1,11"), encoding="utf-8"
    )
    assert main(["check", str(study), str(tmp_path / "nowhere")]) == 1
    shown = capsys.readouterr().out
    assert "answers.csv, column 'q1' (position 4), row 2" in shown and ": '70'" in shown
    assert "answers.csv, column 'nps' (position 6), row 2" in shown and ": '11'" in shown
    assert "nowhere: there is no such folder or file" in shown


def test_simulate_writes_a_study_that_is_sound(tmp_path, capsys):
    """Protects the students' first command, and a folder of theirs from being overwritten."""
    out = tmp_path / "toy"
    assert (
        main(["simulate", "--design", "telecom", "--n", "60", "--seed", "11", "--out", str(out)])
        == 0
    )
    assert main(["check", str(out)]) == 0
    assert "sound: Study" in capsys.readouterr().out
    assert main(["simulate", "--out", str(out)]) == 1
    assert capsys.readouterr().err.endswith(
        "it exists and is not an empty folder; a study of yours could be overwritten\n"
    )


def test_help_imports_no_library():
    """Protects the first second: the command line answers before pandas could be loaded."""
    script = (
        "import sys, cxlab.__main__ as m\ntry:\n    m.main(['--help'])\nexcept SystemExit:\n   "
        " print(sorted({'pandas', 'numpy', 'papermill', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("[]")


def test_lab_starts_in_the_notebooks(monkeypatch):
    """Protects `cxlab lab`: it becomes JupyterLab, and hands on the options that it does not
    know.
    """
    calls = []
    monkeypatch.setattr(os, "execv", lambda path, argv: calls.append((path, argv)))
    main(["lab", "--no-browser"])
    path, argv = calls[0]
    assert path == sys.executable and argv[1:3] == ["-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/notebooks" in argv and argv[-1] == "--no-browser"


@pytest.mark.parametrize("installed", [True, False])
def test_lab_works_on_copies_and_overwrites_nothing(root, tmp_path, monkeypatch, capsys, installed):
    """Protects what a user wrote, and the installed package from being written to."""
    calls, words = [], [] if installed else ["--out", str(tmp_path / "mine")]
    monkeypatch.setattr(os, "execv", lambda path, argv: calls.append(argv))
    if installed:
        monkeypatch.setattr(data_files, "PACKAGE", tmp_path / "site" / "cxlab")
        (tmp_path / "site" / "cxlab").mkdir(parents=True)
        for folder in ("notebooks", "templates", "data"):
            (tmp_path / "site" / "cxlab" / folder).symlink_to(root / folder)
    monkeypatch.chdir(tmp_path)
    copies = tmp_path / ("cxlab-lab" if installed else "mine")
    main(["lab", *words])
    assert calls[0][3] == f"--ServerApp.root_dir={copies}"
    assert str(copies) in capsys.readouterr().out
    assert (copies / "data" / "aurora" / "study.yml").is_file()
    assert (copies / "templates" / "client_report.ipynb").is_file()
    mine = copies / "notebooks" / "research" / "money.ipynb"
    assert mine.is_file()
    lesson = copies / "notebooks" / "learn" / "en" / "01_the_nps_of_200_people.ipynb"
    assert "solved" not in lesson.read_text("utf-8")  # a student's copy
    mine.write_text("my own work")
    main(["lab", *words])
    assert mine.read_text() == "my own work"


def test_verify_from_the_command_line(tmp_path, template, capsys):
    """Protects `cxlab report --verify reports`: exit code 0 where all is the same, 1 and what
    differs where it is not, 2 where nothing is known.
    """
    study, out = write_study(tmp_path / "good", client="Good Ltd"), tmp_path / "out"
    call = ["--out", str(out), "--template", str(template)]
    assert main(["report", str(study), *call, "--cell-limit", "200"]) == 0
    capsys.readouterr()
    again = ["report", "--verify", str(out), *call[2:]]
    assert main(again) == 0
    shown = capsys.readouterr()
    lines = shown.out.strip().splitlines()
    assert lines[0].split() == [
        "folder",
        "client",
        "language",
        "status",
        "what",
        "differs",
    ] and lines[1].split() == ["good", "Good", "Ltd", "en", "same"]
    assert shown.err.endswith("1 report made again, byte for byte the same\n")
    with (out / "good" / "report.en.html").open("a", encoding="utf-8") as file:
        file.write("<!-- -->")
    assert main(again) == 1
    shown = capsys.readouterr()
    assert (
        "report.en.html was changed after it was made; run again with --resume" in shown.out
        and shown.err.endswith("1 of 1 report not the same\n")
    )
    (out / "journal.jsonl").unlink()
    assert main(again) == 2
    assert (
        capsys.readouterr().err
        == "cxlab: out: its journal does not say where the studies are; name them before --verify\n"
    )
    # named: what differs is still what differs
    assert main([*again[:1], str(study), *again[1:]]) == 1


def test_a_kit_and_a_list_in_the_consultancys_name(tmp_path, template, capsys):
    """Protects `--kit`, which alone asks for HTML and a zip, and `--brand`, which is the list's and
    whose faults are told before anything is made.
    """
    study, out, brand = write_study(tmp_path / "good"), tmp_path / "out", tmp_path / "brand.yml"
    call = ["report", str(study), "--out", str(out), "--template", str(template), "--kit"]
    brand.write_text('name: Ponte\ncolours: {main: "#5b2a86"}', encoding="utf-8")
    assert main([*call, "--brand", str(brand)]) == 0
    files = {path.name for path in (out / "good").iterdir()}
    assert files == {"report.en.html", "report.en.zip", "manifest.json"}
    assert "Ponte" in (out / "index.html").read_text(encoding="utf-8")
    brand.write_text('colours: {main: "#ffffff"}', encoding="utf-8")
    capsys.readouterr()
    assert main([*call, "--brand", str(brand)]) == 2
    told = capsys.readouterr().err
    assert "brand.yml" in told and "colours.main" in told and "too pale" in told


def test_a_benchmark_from_the_command_line(tmp_path, capsys):
    """Protects `cxlab benchmark`: what was made is told, a second time refused with exit code 1."""
    for number in range(13):
        facts = {"counted_nps": 10.0 * number}
        (tmp_path / f"c{number}").mkdir()
        report = {"files": {}, "facts": facts}
        manifest.note(tmp_path / f"c{number}", f"Client {number}", "en", {}, report)
    call = ["benchmark", str(tmp_path), "--date", "2026-11-30"]
    assert main(call) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "nps: mean 60, quartiles 27 and 93, of 13 clients"
    assert told[1].endswith("benchmark-2026-11-30.json; give it to the reports with --benchmark")
    assert main(call) == 1 and "the benchmark of this day stands" in capsys.readouterr().err
