"""Small studies, templates and a bare page, so that the runs of these tests cost a kernel start and
little else.
"""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

PARAMETERS = 'study: str = "../data/sample"\nlanguage: str = "en"'
STUDY = """\
schema: 1
client: {client}
title: {{en: Customer experience, pt-BR: Experiência do cliente}}
responses: {{file: answers.csv}}
scales: {{agree: {{min: 1, max: 7}}}}
touchpoints: {{shop: q1, web: q2}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
personal_data: [name, phone]
report: {{languages: [{languages}]}}
"""


def write_study(folder: Path, client: str = "Sample", languages: str = "en") -> Path:
    """A sound study of 12 respondents; Maria Quintana (11 98765-4321) is one of them."""
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(
        STUDY.format(client=json.dumps(client), languages=languages), encoding="utf-8"
    )
    rows = [
        f"{i},Maria Quintana,11 98765-4321,{i % 7 + 1},{i * 3 % 7 + 1},{i % 11}" for i in range(12)
    ]
    (folder / "answers.csv").write_text(
        "\n".join(["id,name,phone,q1,q2,nps", *rows]) + "\n", encoding="utf-8"
    )
    return folder


def code(source: str, *tags: str) -> dict:
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def write_template(path: Path, *cells: str, parameters: str | None = PARAMETERS) -> Path:
    head = [] if parameters is None else [code(parameters, "parameters")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    held = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": kernel,
        "cells": head + [code(cell) for cell in cells],
    }
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


def has_ended(file: Path) -> bool:
    """Whether the process whose number stands in `file` runs no more (where nobody collects the
    dead, a zombie is left).
    """
    try:
        return psutil.Process(int(file.read_text())).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def at_work_under(folder: Path) -> list[int]:
    """Processes whose home lies in `folder`: those of a report made there, however far its run had
    come.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(
                "HOME", ""
            ).startswith(str(folder)):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue  # it has ended, or belongs to someone else
    return found


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest nbconvert template that shows what a cell printed or returned."""
    folder = tmp_path_factory.mktemp("templates") / "page"
    folder.mkdir()
    (folder / "conf.json").write_text(
        '{"base_template": "base", "mimetypes": {"text/html": true}}', encoding="utf-8"
    )
    (folder / "index.html.j2").write_text(
        "{%- extends 'base/display_priority.j2' -%}\n{%- block header -%}<!DOCTYPE html><html"
        ' lang="{{ resources.cxlab.language }}"><head><meta charset="utf-8"><meta'
        ' http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
        " style-src 'unsafe-inline'\"><title>{{ resources.cxlab.title | e"
        " }}</title></head><body>{%- endblock -%}\n{%- block footer -%}</body></html>{%- endblock"
        " -%}\n{%- block execute_result -%}{{ self.data_priority() }}{%- endblock -%}\n{%- block"
        " data_html -%}{{ output.data['text/html'] }}{%- endblock -%}\n{%- block data_text"
        " -%}<pre>{{ output.data['text/plain'] | e }}</pre>{%- endblock -%}\n{%- block stream"
        " -%}<pre>{{ output.text | e }}</pre>{%- endblock -%}\n",
        encoding="utf-8",
    )
    return folder
