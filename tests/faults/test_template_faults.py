"""Templates and parameters that papermill would run all the same: refused before anything runs, and
the old report stands.
"""

from __future__ import annotations

import datetime
import json
import math

import numpy as np
import pytest

from cxlab.__main__ import main
from cxlab.errors import ReportError
from cxlab.report.batch import render
from cxlab.report.batch.render import render_studies
from tests.faults.conftest import OLD, PAGE, files_in, give_old_report
from tests.report.conftest import PARAMETERS, write_study, write_template

DECLARES = "study: str\nlanguages: list[str]\nlevel: float = 0.95\nseed: int = 1"
ALL = "it declares: study: str, languages: list[str], level: float, seed: int"
UNREAD, SAVE = (
    "not a notebook that can be read",
    "save it again in Jupyter, or give another --template",
)
pytestmark = pytest.mark.usefixtures("one_warm_process")
HOSTILE = "seed=1;import os;os.system('touch /tmp/owned')#"


@pytest.mark.parametrize(
    ("parameters", "given", "told"),
    [
        (None, {}, "0 code cells are tagged 'parameters'; there must be one: tag it in Jupyter"),
        (
            'stduy: str = "a"\nlanguages: list[str] = []',
            {},
            "it must declare `study: str`, or every report would show its own default",
        ),
        (
            'study = "a"\nlanguages: list[str] = []',
            {},
            (
                "a parameter is declared as `name: type = value`, the type being str, int, float,"
                " bool, list[…] or dict[str, …] of these; this line is not: study = 'a'"
            ),
        ),
        (
            PARAMETERS + "\nwave: int",
            {"languages": ["en"]},
            "the parameter languages is set by the renderer and cannot be given; leave it out",
        ),
        (
            PARAMETERS,
            {"langauge": "pt-BR"},
            "'langauge' is not a parameter of it; it declares: study: str, languages: list[str]",
        ),
        (DECLARES, {"extra": 1}, f"'extra' is not a parameter of it; {ALL}"),
        (DECLARES, {HOSTILE: 1}, f"{HOSTILE!r} is not a parameter of it; {ALL}"),
        (DECLARES, {"level": math.nan}, f"level must be float, not nan; {ALL}"),
        (DECLARES, {"level": math.inf}, f"level must be float, not inf; {ALL}"),
        (DECLARES, {"seed": np.int64(7)}, f"seed must be int, not int64; {ALL}"),
        (DECLARES, {"level": np.float64(0.9)}, f"level must be float, not float64; {ALL}"),
        (DECLARES, {"seed": datetime.date(2026, 11, 22)}, f"seed must be int, not date; {ALL}"),
        (DECLARES, {"seed": "007"}, f"seed must be int, not str; {ALL}"),
    ],
)
def test_a_template_or_parameter_that_is_wrong(tmp_path, page, parameters, given, told):
    """Protects ACME from the report of the notebook's default client, and the machine from a
    parameter's name that is code.
    """
    out, study = tmp_path / "out", write_study(tmp_path / "one")
    old, before = give_old_report(out, "one"), files_in(out)
    template = write_template(tmp_path / "t.ipynb", "text = 'new'", PAGE, parameters=parameters)
    with pytest.raises(ReportError) as refused:
        render_studies([study], out, template=template, page=page, parameters=given)
    assert (
        str(refused.value).startswith(("t.ipynb: ", "the parameter "))
        and told in str(refused.value)
        and "\n" not in str(refused.value)
    )
    assert old.read_text(encoding="utf-8") == OLD and files_in(out) == before


def test_a_parameter_that_nobody_gives(tmp_path, page):
    """Protects a report from a value that its template left open."""
    out, study = tmp_path / "out", write_study(tmp_path / "one")
    old = give_old_report(out, "one")
    table = render_studies(
        [study],
        out,
        template=write_template(tmp_path / "t.ipynb", PAGE, parameters=PARAMETERS + "\nwave: int"),
        page=page,
    )
    assert table["problem"].tolist() == [
        "t.ipynb: wave (int) must be given; it declares: study: str, languages: list[str],"
        " wave: int"
    ]
    assert old.read_text(encoding="utf-8") == OLD


def test_text_stays_text_in_the_kernel(tmp_path, page):
    """Protects a code from being read as a number, and a Norwegian from being read as False: what
    is given is what the notebook has, warm and cold.
    """
    texts = [
        "007",
        "NO",
        "no",
        "1e5",
        "None",
        "nan",
        "2026-11-22",
        "{study}",
        "a'b\"c\\d",
        "line\nbreak",
        "'; import os #",
        "日本",
    ]
    declares = (
        'study: str\nlanguages: list[str]\ncode: str = ""\nlist_of: list[str] = []\nlevel: float ='
        " 0.5\nkeep: bool = True\nby: dict[str, int] = {}"
    )
    given = {"code": "007", "list_of": texts, "level": 1, "keep": False, "by": {"NO": 7}}
    show = (
        "import json\nfrom pathlib import Path\nPath(study,"
        " 'seen.json').write_text(json.dumps([code, list_of, level, keep, by]))\ntext = f'{code}"
        " {type(code).__name__}'"
    )
    template = write_template(tmp_path / "t.ipynb", show, PAGE, parameters=declares)
    for cold in (False, True):
        study = write_study(tmp_path / ("cold" if cold else "warm"))
        table = render_studies(
            [study], tmp_path / "out", template=template, page=page, parameters=given, cold=cold
        )
        assert table["problem"].tolist() == [""]
        seen = json.loads((study / "seen.json").read_text(encoding="utf-8"))
        assert (
            seen == ["007", texts, 1.0, False, {"NO": 7}]
            and type(seen[2]) is float
            and seen[3] is False
        )
        assert "<p>007 str</p>" in (tmp_path / "out" / study.name / "report.en.html").read_text(
            encoding="utf-8"
        )


GOOD = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("", f"{UNREAD}: NotJSONError; {SAVE}"),
        ('{"nbformat": 4, "cells": [{"cell_ty', f"{UNREAD}: NotJSONError; {SAVE}"),
        ("\x00\x01\x02", f"{UNREAD}: NotJSONError; {SAVE}"),
        ("[]", SAVE),
        (
            json.dumps(
                GOOD
                | {"metadata": {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}}
            ),
            (
                "it is written for the kernel 'ir'; a report's notebook is in Python; give another"
                " --template"
            ),
        ),
        (None, f"{UNREAD}: FileNotFoundError; {SAVE}"),
    ],
)
def test_a_template_that_is_corrupt_or_of_another_kernel(
    tmp_path, page, monkeypatch, capsys, held, told
):
    """Protects the consultant from a trace: one line, exit code 2, and what stands still stands."""
    out, template = tmp_path / "out", tmp_path / "t.ipynb"
    old, before = give_old_report(out, "one"), files_in(out)
    if held is not None:
        template.write_text(held, encoding="utf-8")
    monkeypatch.setattr(render, "templates_folder", lambda: page.parent)
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
    said = capsys.readouterr().err.strip()
    assert said.startswith("cxlab: t.ipynb: ") and told in said and "\n" not in said
    assert old.read_text(encoding="utf-8") == OLD and files_in(out) == before


def test_a_kernel_that_does_not_start(tmp_path, page, monkeypatch):
    """Protects a client's report where the cold kernel is missing: the cause is told, and the old
    report stands.
    """
    out, study = tmp_path / "out", write_study(tmp_path / "one")
    old = give_old_report(out, "one")
    broken = tmp_path / "broken" / "ipykernel_launcher.py"
    broken.parent.mkdir()
    broken.write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    table = render_studies(
        [study],
        out,
        template=write_template(tmp_path / "t.ipynb", "text = 'new'", PAGE),
        page=page,
        cold=True,
    )
    assert table["status"].tolist() == ["failed"] and table["problem"].item().startswith(
        "the kernel died before the first cell: "
    )
    assert (
        table["problem"]
        .item()
        .endswith("; see whether memory or disk is full, and whether ipykernel is installed here")
    )
    assert old.read_text(encoding="utf-8") == OLD


def test_ids_that_are_paths_formats_or_twins(tmp_path, page):
    """Protects the disk and the clients from one another: no id leaves the reports' folder, and
    none shares another's.
    """
    names = ["ACME{BR}", "ACME\n", "caf\u00e9", "cafe\u0301", "株式会社", "good"]
    studies = [write_study(tmp_path / "s" / name, client=name.strip()) for name in names]
    write_study(tmp_path / "x", client="x")
    given = [*studies, tmp_path / "s" / ".." / ".." / tmp_path.name / "x"]
    out = tmp_path / "out" / "reports"
    table = render_studies(
        given, out, template=write_template(tmp_path / "t.ipynb", "text = 'fine'", PAGE), page=page
    )
    status = dict(zip(table["client"], table["status"], strict=True))
    assert status == {
        "ACME{BR}": "done",
        "ACME": "done",
        "caf\u00e9": "failed",
        "株式会社": "failed",
        "good": "done",
        "x": "done",
    }
    assert {path.name for path in out.iterdir() if path.is_dir()} == {
        "acme-br",
        "acme",
        "cafe",
        "good",
        "x",
    }
    assert not list((out / "cafe").glob("*.html")) and [
        path.name for path in out.parent.iterdir()
    ] == ["reports"]
    problems = " ".join(table["problem"])
    assert (
        "2 studies would be written to the folder 'cafe'" in problems
        and "has no letter" in problems
        and "or digit; rename it" in problems
    )
