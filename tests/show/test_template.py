"""The templates: the report is short and says its context once; the study to start from is sound
but for the export that only its owner has.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import cxlab as cx

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def test_the_study_to_start_from_lacks_its_export_only(tmp_path):
    study = (TEMPLATES / "study.yml").read_text(encoding="utf-8")
    (tmp_path / "study.yml").write_text(study, encoding="utf-8")
    faults = cx.check_study(tmp_path)
    assert faults["value"].tolist() == ["responses.csv"]

    header = "id,nps,sat,ces,store_e,store_p,delivery_e,delivery_p,support_p"
    rows = [
        f"{i},{i % 11},{1 + i % 7},{1 + i % 5},{5 + i % 3},{3 + i % 5},{6 + i % 2},{2 + i % 6},"
        f"{8 if i % 9 == 0 else 1 + i % 7}"
        for i in range(1, 61)
    ]
    (tmp_path / "responses.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert not (cx.check_study(tmp_path)["severity"] == "error").any()
    assert cx.read_study(tmp_path).n == 60


def test_the_report_is_short_and_a_line_of_it_can_be_moved():
    """Protects the consultant who deletes or moves a line: no rule of disclosure, no language and
    no label stands in the notebook.
    """
    notebook = json.loads((TEMPLATES / "client_report.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "code"]
    lines = [line for cell in cells for line in cell.splitlines() if line.strip()]
    assert len(lines) <= 76 and max(map(len, lines)) <= 100
    assert max(len(cell.splitlines()) for cell in cells) <= 12
    code = "\n".join(lines)
    assert not re.search(r"attempt|suppress|Refusal|isinstance|labels|\*\*words|min_cell", code)
    spoken = [line for line in lines if "language" in line]
    assert spoken == ["languages: list[str] = []", next(one for one in lines if "cx.Page(" in one)]
