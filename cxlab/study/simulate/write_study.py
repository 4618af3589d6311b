"""A study back into the files that `read_study` reads: how the sample clients of `data/` come to
be.

The same study gives the same bytes, so that a test can tell whether a sample client is still what
its call makes.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import yaml

from cxlab.errors import ModelError
from cxlab.study.codebook.declaration import parse_codebook
from cxlab.study.codebook.schema import ROLES, Codebook, Responses
from cxlab.study.study import Study


def write_study(study: Study, folder: Path | str) -> Path:
    """Write `study` as a folder that `read_study` reads: study.yml, touchpoints.csv, responses.csv
    (and truth.csv if planted).

    The answers go out in the dialect that the codebook's `responses:` declares (separator, decimal
    mark); UTF-8, LF, the same bytes for the same study. truth.csv is not declared in study.yml: a
    model never sees it. Only a simulated study is written: a real one has its own files, and its
    personal data stay where they are.

    Returns the folder. Raises ModelError for a study that is not simulated.
    """
    if not study.simulated:
        raise ModelError(
            "write_study writes simulated studies only: {client} is not declared `simulated: true`",
            client=study.client,
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    codebook = study.codebook
    dialect = codebook.responses[0] if codebook.responses else Responses(file="responses.csv")
    _write_text(folder / "study.yml", _study_yml(codebook, dialect))
    header, rows = _touchpoint_rows(codebook)
    _write_csv(folder / "touchpoints.csv", header, rows, ",")
    frame = study._text
    if dialect.decimal == ",":
        numeric = _numeric_columns(codebook)
        frame = frame.assign(
            **{c: frame[c].str.replace(".", ",", regex=False) for c in frame if c in numeric}
        )
    _write_csv(folder / dialect.file, list(frame), frame.itertuples(index=False), dialect.separator)
    if study.truth is not None:
        truth = [(q, t, f"{c:g}") for q, t, c in study.truth.itertuples(index=False)]
        _write_csv(folder / "truth.csv", list(study.truth), truth, ",")
    return folder


def _study_yml(codebook: Codebook, dialect: Responses) -> str:
    keys = _plain(codebook.model_dump(mode="python", exclude_unset=True, by_alias=True))
    declared = {"schema": 1, "client": keys.pop("client")} | {
        k: v for k, v in keys.items() if k != "schema"
    }
    declared["responses"] = _plain(dialect.model_dump(mode="python", exclude_unset=True))
    for named in ("five_a", "six_steps"):
        if (
            codebook.stages
            == parse_codebook(
                {
                    "client": "-",
                    "touchpoints": {"any": "any"},
                    "scales": {"any": {"min": 1, "max": 7}},
                    "stages": named,
                }
            ).stages
        ):
            declared["stages"] = named
    declared["touchpoints"] = "touchpoints.csv"
    declared["outcomes"] = {
        outcome.pop("outcome"): _outcome(outcome) for outcome in declared.get("outcomes", [])
    }
    if "constructs" in declared:
        declared["constructs"] = {
            construct.pop("construct_id"): construct for construct in declared["constructs"]
        }
    declared["scales"] = {
        name: {key: _codes(value) for key, value in scale.items()}
        for name, scale in declared.get("scales", {}).items()
    }
    if not any(declared.get("segments", {}).values()):
        declared["segments"] = list(declared.get("segments", []))
    note = (
        "# Made up by cxlab.simulate_study: no respondent here is real. The planted truth is in"
        " truth.csv.\n"
    )
    return note + "".join(_yaml_key(key, value) for key, value in declared.items())


def _outcome(declared: dict) -> dict:
    columns = declared.pop("columns")
    asked = {"column": columns[0]} if len(columns) == 1 else {"columns": columns}
    return {"kind": declared.pop("kind"), **asked, **declared}


def _codes(value: Any) -> Any:
    """Codes are kept as text; `8` reads better than `'8'` and means the same."""
    return (
        [int(code) if code.isdecimal() and str(int(code)) == code else code for code in value]
        if isinstance(value, list)
        else value
    )


def _yaml_key(key: str, value: Any) -> str:
    """One key of study.yml; each scale, stage or outcome on a line of its own."""

    def flow(item: Any) -> str:
        return yaml.safe_dump(
            item, sort_keys=False, allow_unicode=True, default_flow_style=True, width=math.inf
        ).strip()

    if isinstance(value, dict) and value and all(isinstance(item, dict) for item in value.values()):
        return f"{key}:\n" + "".join(f"  {name}: {flow(item)}\n" for name, item in value.items())
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return f"{key}:\n" + "".join(f"- {flow(item)}\n" for item in value)
    style = None if isinstance(value, (dict, list)) else False
    return yaml.safe_dump(
        {key: value}, sort_keys=False, allow_unicode=True, default_flow_style=style, width=math.inf
    )


def _plain(value: Any) -> Any:
    """Tuples as lists and 7.0 as 7, as a person would write them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _touchpoint_rows(codebook: Codebook) -> tuple[list[str], list[list[str]]]:
    asked = [role for role in ROLES if any(getattr(point, role) for point in codebook.touchpoints)]
    rows = []
    for point in codebook.touchpoints:
        row = [
            point.touchpoint,
            point.label.get("en", ""),
            point.label.get("pt-BR", ""),
            point.stage or "",
            point.contact,
        ]
        row += ["|".join(point.channels), point.scale if isinstance(point.scale, str) else ""]
        rows.append(row + ["|".join(getattr(point, role)) for role in asked])
    return [
        "touchpoint",
        "label_en",
        "label_pt",
        "stage",
        "contact",
        "channels",
        "scale",
        *asked,
    ], rows


def _numeric_columns(codebook: Codebook) -> set[str]:
    """Columns whose numbers may have decimals; text keeps its full stops."""
    columns = {column for outcome in codebook.outcomes for column in outcome.columns}
    return columns | ({codebook.weight.column} if codebook.weight else set())


def _write_csv(path: Path, header: list[str], rows: Any, separator: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
