"""What a batch makes to send beside the reports, the kit, and what it sets them beside, the
benchmark: current, made again, removed like any other file or input.
"""

from __future__ import annotations

import json
import zipfile

import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import manifest
from cxlab.report.batch.render import render_studies
from cxlab.report.batch.verify import verify_reports
from tests.report.conftest import PARAMETERS, SECTION, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
SHOW = 'text = f"in {{language}}: {benchmark[:20]}"'
HELD = {"date": "2026-11-30", "figures": {"nps": {"clients": 14, "mean": 41}}}


@pytest.fixture
def batch(tmp_path, page):
    """Two clients of whom one allows the benchmark; a template that shows what it is given."""
    parameters = f'{PARAMETERS}\nbenchmark: str = ""'
    template = write_template(tmp_path / "t.ipynb", SHOW, SECTION, parameters=parameters)
    studies = [write_study(tmp_path / name, client=f"{name} S.A.") for name in ("alfa", "beta")]
    declared = (studies[0] / "study.yml").read_text(encoding="utf-8")
    allowed = declared.replace("report: {", "report: {benchmark: true, ")
    (studies[0] / "study.yml").write_text(allowed, encoding="utf-8")
    file = tmp_path / "benchmark.json"
    file.write_text(json.dumps(HELD), encoding="utf-8")
    out, settings = tmp_path / "out", {"template": template, "page": page}

    def render(**more):
        return render_studies(studies, out, resume=True, **settings, **more)["status"].tolist()

    return render, out, file, settings


def test_a_kit_is_current_and_goes_as_other_files_do(batch):
    """Protects the client from last month's kit, and from anything of another client in it."""
    render, out, _, settings = batch
    kits = [out / name / "report.en.zip" for name in ("alfa", "beta")]
    assert render(formats=["zip"]) == ["done", "done"]
    assert render(formats=["zip"]) == ["unchanged", "unchanged"]
    for kit, other in zip(kits, ("beta", "alfa"), strict=True):
        with zipfile.ZipFile(kit) as held:
            assert held.namelist() == ["e-mail.txt", "report.en.html"]
            shown = b"".join(held.read(name) for name in held.namelist()).decode().casefold()
        assert other not in shown and str(out) not in shown
    assert verify_reports(out, **settings)["status"].tolist() == ["same", "same"]
    kits[0].write_bytes(b"")
    assert render(formats=["zip"]) == ["done", "unchanged"]
    assert render() == ["done", "done"] and not [kit for kit in kits if kit.exists()]


def test_a_benchmark_is_an_input_of_those_who_allow_it(batch):
    """Protects a client's report from an older benchmark, the others' from being made again, and
    the answer to "where does this line come from?": the manifest holds it.
    """
    render, out, file, settings = batch
    assert render() == ["done", "done"]
    assert render(benchmark=file) == ["done", "unchanged"]
    shown = (out / "alfa" / "report.en.html").read_text(encoding="utf-8")
    assert "2026-11-30" in shown
    held = manifest.report_in(out / "alfa", "en")["parameters"]["benchmark"]
    assert json.loads(held)["figures"]["nps"]["mean"] == 41
    assert "benchmark" not in manifest.report_in(out / "beta", "en")["parameters"]
    assert verify_reports(out, **settings)["status"].tolist() == ["same", "same"]
    file.write_text(json.dumps(HELD | {"date": "2027-05-31"}), encoding="utf-8")
    assert render(benchmark=file) == ["done", "unchanged"]
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(ReportError, match=r"^benchmark\.json: it is no benchmark \(date: "):
        render(benchmark=file)
