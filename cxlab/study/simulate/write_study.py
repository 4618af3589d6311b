"""A study back into the files that `read_study` reads: how the sample clients of `data/` come to
be.

The same study gives the same bytes, so that a test can tell whether a sample client is still what
its call makes.
"""

import functools
import math
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cxlab.errors import ModelError
from cxlab.study.codebook.schema import ROLES, Codebook, Responses, named_stages
from cxlab.study.study import Study

_yaml = functools.partial(yaml.safe_dump, sort_keys=False, allow_unicode=True, width=math.inf)


def write_study(study: Study, folder: Path | str) -> Path:
    """Write a simulated study as a folder that `read_study` reads.

    Parameters
    ----------
    study : Study
        A study that is declared simulated: a real one has its own files, and its personal data stay
        where they are.
    folder : path or str
        Made where it is not there.

    Returns
    -------
    Path
        The folder, with study.yml, touchpoints.csv, responses.csv and, where a truth is planted,
        truth.csv. That is not declared in study.yml: a model never sees it.

    Raises
    ------
    ModelError
        For a study that is not simulated.

    Notes
    -----
    The answers go out in the dialect that the codebook's `responses:` declares (separator, decimal
    mark); UTF-8, LF, the same bytes for the same study.
    """
    if not study.simulated:
        raise ModelError(
            "write_study writes simulated studies only: {client} is not declared `simulated: true`",
            client=study.client,
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    codebook, frame = study.codebook, study._answers.text
    dialect = codebook.responses[0] if codebook.responses else Responses(file="responses.csv")
    declared = _study_yml(codebook, dialect)
    (folder / "study.yml").write_text(declared, encoding="utf-8", newline="\n")
    _write_csv(_touchpoints(codebook), folder / "touchpoints.csv")
    if dialect.decimal == ",":
        # Only these columns hold numbers with decimals; text keeps its full stops.
        numeric = {column for outcome in codebook.outcomes for column in outcome.columns}
        numeric |= {codebook.weight.column} if codebook.weight else set()
        frame = frame.assign(
            **{c: frame[c].str.replace(".", ",", regex=False) for c in frame if c in numeric}
        )
    _write_csv(frame, folder / dialect.file, sep=dialect.separator)
    if study.truth is not None:
        _write_csv(study.truth, folder / "truth.csv", float_format="%g")
    return folder


def _study_yml(codebook: Codebook, dialect: Responses) -> str:
    keys = _plain(codebook.model_dump(exclude_unset=True, by_alias=True))
    declared = {"schema": 1, **keys, "responses": _plain(dialect.model_dump(exclude_unset=True))}
    for name, stages in named_stages().items():
        if declared.get("stages") == stages:
            declared["stages"] = name
    declared["touchpoints"] = "touchpoints.csv"
    declared["outcomes"] = {
        outcome.pop("outcome"): _outcome(**outcome) for outcome in declared.get("outcomes", [])
    }
    if "constructs" in declared:
        declared["constructs"] = {
            construct.pop("construct_id"): construct for construct in declared["constructs"]
        }
    for scale in declared.setdefault("scales", {}).values():
        # Codes are kept as text; `8` reads better than `'8'` and means the same.
        scale |= {key: [*map(_code, codes)] for key, codes in scale.items() if type(codes) is list}
    if not any(declared.setdefault("segments", {}).values()):
        declared["segments"] = list(declared["segments"])
    note = (
        "# Made up by cxlab.simulate_study: no respondent here is real. The planted truth is in"
        " truth.csv.\n"
    )
    return note + "".join(_yaml_key(key, value) for key, value in declared.items())


def _code(text: str) -> int | str:
    return int(text) if text.isdecimal() and str(int(text)) == text else text


def _outcome(kind: str, columns: list[str], **others: Any) -> dict:
    asked = {"column": columns[0]} if len(columns) == 1 else {"columns": columns}
    return {"kind": kind, **asked, **others}


def _yaml_key(key: str, value: Any) -> str:
    """One key of study.yml; each scale, stage or outcome on a line of its own."""
    if not isinstance(value, (dict, list)):
        return _yaml({key: value}, default_flow_style=False)
    names = [f"  {name}: " for name in value] if isinstance(value, dict) else ["- "] * len(value)
    items = list(value.values() if isinstance(value, dict) else value)
    if not items or not all(isinstance(item, dict) for item in items):
        return _yaml({key: value}, default_flow_style=None)
    lines = [_yaml(item, default_flow_style=True).strip() for item in items]
    return f"{key}:\n" + "".join(f"{a}{b}\n" for a, b in zip(names, lines, strict=True))


def _plain(value: Any) -> Any:
    """Tuples as lists and 7.0 as 7, as a person would write them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _touchpoints(codebook: Codebook) -> pd.DataFrame:
    points = codebook.touchpoints
    columns = {
        "touchpoint": [point.touchpoint for point in points],
        "label_en": [point.label.get("en", "") for point in points],
        "label_pt": [point.label.get("pt-BR", "") for point in points],
        "stage": [point.stage or "" for point in points],
        "contact": [point.contact for point in points],
        "channels": ["|".join(point.channels) for point in points],
        "scale": [point.scale if isinstance(point.scale, str) else "" for point in points],
    }
    columns |= {role: ["|".join(getattr(point, role)) for point in points] for role in ROLES}
    asked = [name for name in columns if name not in ROLES or any(columns[name])]
    return pd.DataFrame(columns)[asked]


_write_csv = functools.partial(
    pd.DataFrame.to_csv, index=False, encoding="utf-8", lineterminator="\n"
)
