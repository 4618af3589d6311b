"""`cxlab report --verify`: what was made is made again, and what differs is named."""

from __future__ import annotations

import shutil

import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import journal
from cxlab.report.batch.render import Limits, render_studies
from cxlab.report.batch.verify import verify_reports
from tests.report.conftest import SECTION, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
SHOW = """\
import pandas as pd
mean = pd.read_csv(study + "/answers.csv")["q1"].mean()
text = f"in {{language}}</p>\\n<p>mean {mean:.4f}"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory, page, one_warm_process):
    root = tmp_path_factory.mktemp("verify")
    template = write_template(root / "t.ipynb", SHOW, SECTION)
    studies = [
        write_study(root / "studies" / name, client=name)
        for name in ("alfa", "beta", "gama", "delta")
    ]
    render_studies(studies, root / "reports", template=template, page=page)
    return root, {"template": template, "page": page}


def test_what_was_made_is_made_again(made):
    """Protects the answer to "can you make this report again?"; the studies are found without being
    named, and nothing is changed.
    """
    root, settings = made
    before = {path: path.read_bytes() for path in (root / "reports").rglob("*") if path.is_file()}
    table = verify_reports(root / "reports", **settings)
    assert table["status"].tolist() == ["same"] * 4 and table["problem"].tolist() == [""] * 4
    assert {
        path: path.read_bytes() for path in (root / "reports").rglob("*") if path.is_file()
    } == before


def test_what_differs_is_named(made, tmp_path):
    """Protects from a report that nobody can explain: data that changed, a page edited by hand, a
    study that cannot be read, a page that is gone.
    """
    root, settings = made
    shutil.copytree(root, tmp_path / "copy")
    root = tmp_path / "copy"
    answers = root / "studies" / "alfa" / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("4321,1,", "4321,2,", 1), encoding="utf-8"
    )
    edited = root / "reports" / "beta" / "report.en.html"
    edited.write_text(edited.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    (root / "studies" / "delta" / "study.yml").write_text("client: [", encoding="utf-8")
    (root / "reports" / "gama" / "report.en.html").unlink()
    table = verify_reports(root / "reports", **settings).set_index("client")
    assert table.loc["alfa", ["status", "problem"]].tolist() == [
        "differs",
        "report.en.html from line 3 on; changed inputs: study answers.csv",
    ]
    assert table.loc["beta", ["status", "problem"]].tolist() == [
        "differs",
        "report.en.html was changed after it was made; run again with --resume",
    ]
    assert table.loc["gama", ["status", "problem"]].tolist() == [
        "missing",
        "report.en.html is gone; run again with --resume",
    ]
    assert table.loc["delta", "status"] == "failed" and table.loc["delta", "problem"].startswith(
        "1 fault in this study: 1. study.yml"
    )


def test_where_nothing_is_known_it_says_so(made, tmp_path):
    """Protects from a "same" that compared nothing."""
    root, settings = made
    with pytest.raises(
        ReportError, match=r"^empty: no report stands there; give the folder that --out named$"
    ):
        verify_reports(tmp_path / "empty", **settings)
    shutil.copytree(root / "reports", tmp_path / "reports")
    (tmp_path / "reports" / journal.NAME).unlink()
    with pytest.raises(
        ReportError,
        match=(
            r"^reports: its journal does not say where the studies are; name them before --verify$"
        ),
    ):
        verify_reports(tmp_path / "reports", **settings)


TELL = """text = f"{study.split('/')[-2]} in {{language}}, level {level}, seed {seed}\""""
LEVELS = "study: str\nlanguages: list[str]\nlevel: float = 0.9\nseed: int = 1"


def test_each_report_is_made_again_with_its_own_settings(tmp_path, page):
    """Protects from a "differs" that only says that two batches were made in two ways: limits,
    formats, parameters, languages and a seed are each report's own; of two studies with one
    folder's name the last one counts, unless it was refused.
    """
    template, out = (
        write_template(tmp_path / "t.ipynb", TELL, SECTION, parameters=LEVELS),
        tmp_path / "reports",
    )
    made = {"template": template, "page": page}
    old, new = (
        write_study(tmp_path / "old" / "alfa", client="Alfa"),
        write_study(tmp_path / "new" / "alfa", client="Alfa"),
    )
    beta, gama = (
        write_study(tmp_path / "new" / "beta", client="Beta", languages="pt-BR"),
        write_study(tmp_path / "new" / "gama", client="Gama"),
    )
    render_studies([old, beta], out, limits=Limits(50, 100), formats=["xlsx"], **made)
    render_studies([new], out, parameters={"level": 0.5}, **made)
    render_studies([gama], out, parameters={"seed": 7}, **made)
    refused = write_study(tmp_path / "other" / "gama", client="Another")
    assert render_studies([refused, tmp_path / "nowhere"], out, **made)["status"].tolist() == [
        "failed",
        "failed",
    ]

    table = verify_reports(out, **made).set_index("client")
    assert table.to_dict("index") == {
        name: {
            "language": language,
            "status": "same",
            "problem": "",
            "file": f"{name.lower()}/report.{language}.html",
        }
        for name, language in (("Alfa", "en"), ("Beta", "pt-BR"), ("Gama", "en"))
    }
    write_template(
        template,
        TELL.replace("{level}", "-"),
        SECTION,
        parameters=LEVELS.replace("level: float = 0.9\n", ""),
    )
    told = verify_reports(out, **made).set_index("client")
    assert told.loc["Alfa", "status"] == "failed" and told.loc["Alfa", "problem"].startswith(
        "t.ipynb: 'level' is not a parameter of it"
    )
    assert told.loc["Gama", "status"] == "differs" and told.loc["Gama", "problem"].endswith(
        "changed inputs: template"
    )


def test_a_study_far_away_is_named_and_the_others_are_found(made, tmp_path):
    """Protects the consultant from naming forty studies because of one: what is named goes before
    what the journal says.
    """
    root, settings = made
    shutil.copytree(root, tmp_path / "copy")
    far = tmp_path / "far" / "away" / "alfa"
    shutil.copytree(root / "studies" / "alfa", far)
    shutil.rmtree(tmp_path / "copy" / "studies" / "alfa")
    table = verify_reports(tmp_path / "copy" / "reports", **settings).set_index("client")
    assert table["status"].to_dict() == {
        "alfa": "failed",
        "beta": "same",
        "delta": "same",
        "gama": "same",
    }
    assert set(verify_reports(tmp_path / "copy" / "reports", [far], **settings)["status"]) == {
        "same"
    }
