"""A study back into the files that `read_study` reads: how the sample clients of `data/` come to
be.

The same study gives the same bytes, so that a test can tell whether a sample client is still what
its call makes.
"""

import functools
import io
import math
import os
from pathlib import Path

import pandas as pd
import yaml

from cxlab.errors import ModelError, wrong_kind
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.model_keys import named_models
from cxlab.study.codebook.schema import ROLES, Codebook, Responses, named_stages
from cxlab.study.study import Study

_TOUCHPOINTS = "touchpoints.csv"
_NOTE = (
    "# Made up by cxlab.simulate_study: no respondent here is real. The planted truth is in"
    " truth.csv.\n"
)


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
        The folder, with study.yml, touchpoints.csv, responses.csv, the log of contacts and the
        codes of comments where there are any and, where a truth is planted, truth.csv. That is not
        declared in study.yml: a model never sees it.

    Raises
    ------
    ModelError
        For a study that is not simulated, and for what is no study.

    Notes
    -----
    The answers go out in the dialect that the codebook's `responses:` declares (separator, decimal
    mark); UTF-8, LF, the same bytes for the same study.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(50, seed=1), tempfile.mkdtemp())
    >>> sorted(file.name for file in folder.iterdir())
    ['responses.csv', 'study.yml', 'touchpoints.csv', 'truth.csv']
    """
    if not isinstance(study, Study):
        raise wrong_kind("write_study", "a study first", study, "write_study(study, folder)")
    if not isinstance(folder, (str, os.PathLike)):
        write = "write_study(study, 'data/client')"
        raise wrong_kind("write_study", "a folder second", folder, write)
    if not study.simulated:
        raise ModelError(
            "write_study writes simulated studies only: {client} is not declared `simulated: true`",
            client=study.client,
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    codebook, frame = study.codebook, study._answers.of_all_parties().text
    dialect = codebook.responses[0] if codebook.responses else Responses(file="responses.csv")
    declared = _study_yml(codebook, dialect)
    (folder / "study.yml").write_text(declared, encoding="utf-8", newline="\n")
    _write_csv(_touchpoints(codebook), folder / _TOUCHPOINTS)
    if dialect.decimal == ",":
        # Only these columns hold numbers with decimals; text keeps its full stops.
        numeric = {column for outcome in codebook.outcomes for column in outcome.columns}
        numeric |= {codebook.weight.column} if codebook.weight else set()
        frame = frame.replace({column: {r"\.": ","} for column in numeric}, regex=True)
    _write_csv(frame, folder / dialect.file, sep=dialect.separator or ",")
    if study._log is not None:
        _write_csv(study._log.held, folder / codebook.events.file)
    for comment in codebook.comments.values():
        if comment.codes:
            _write_csv(study._coded, folder / comment.codes)
    if study.truth is not None:
        _write_csv(study.truth, folder / "truth.csv", float_format="%g")
    return folder


class _Dumper(yaml.SafeDumper):
    """Writes 7.0 as 7, as a person would."""

    def represent_float(self, value: float) -> yaml.Node:
        return (
            self.represent_int(int(value)) if value.is_integer() else super().represent_float(value)
        )


_Dumper.add_representer(float, _Dumper.represent_float)


def _study_yml(codebook: Codebook, dialect: Responses) -> str:
    """The keys of study.yml; each scale, stage or outcome on a line of its own."""
    keys = codebook.model_dump(exclude_unset=True, by_alias=True)
    responses = dialect.model_dump(exclude_unset=True)
    declared = {"schema": 1, **keys, "responses": responses, "touchpoints": _TOUCHPOINTS}
    stages = {name: tuple(held) for name, held in named_stages().items()}
    for key, known in (("stages", stages), ("model", named_models())):
        for name, held in known.items():
            if held == declared.get(key):
                declared[key] = name
    ids = {"outcomes": "outcome", "constructs": "construct_id", "multiple_response": "question"}
    for key, name in ids.items():
        if key == "outcomes" or key in declared:
            declared[key] = {one.pop(name): one for one in declared.get(key, [])}
    for name, outcome in declared["outcomes"].items():
        columns = outcome.pop("columns")
        asked = {"column": columns[0]} if len(columns) == 1 else {"columns": columns}
        declared["outcomes"][name] = {"kind": outcome["kind"], **asked, **outcome}
    for scale in declared.setdefault("scales", {}).values():
        # Codes are kept as text; `8` reads better than `'8'` and means the same.
        scale |= {key: [*map(_code, codes)] for key, codes in scale.items() if type(codes) is tuple}
    if not any(declared.setdefault("segments", {}).values()):
        declared["segments"] = list(declared["segments"])
    style = {"sort_keys": False, "default_flow_style": None}
    root = _Dumper(io.StringIO(), **style).represent_data(declared)
    root.flow_style = False
    for _, held in root.value:
        items = [one[1] if isinstance(one, tuple) else one for one in held.value]
        if items and all(isinstance(item, yaml.MappingNode) for item in items):
            held.flow_style = False
            for item in items:
                item.flow_style = True
    return _NOTE + yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=math.inf)


def _code(text: str) -> int | str:
    return int(text) if text.isdecimal() and str(int(text)) == text else text


def _touchpoints(codebook: Codebook) -> pd.DataFrame:
    rows = [
        {
            "touchpoint": point.touchpoint,
            **{words["label"]: point.label.get(tag, "") for tag, words in LANGUAGES.items()},
            "stage": point.stage or "",
            "contact": point.contact,
            "channels": "|".join(point.channels),
            "scale": point.scale if isinstance(point.scale, str) else "",
            "importance_scale": point.importance_scale or "",
            **{role: "|".join(getattr(point, role)) for role in ROLES},
            "channel": point.channel or "",
        }
        for point in codebook.touchpoints
    ]
    table = pd.DataFrame(rows)
    labels = [words["label"] for words in LANGUAGES.values()]
    may_lack = (*labels, *ROLES, "importance_scale", "channel")
    return table.drop(columns=[name for name in may_lack if not any(table[name])])


_write_csv = functools.partial(
    pd.DataFrame.to_csv, index=False, encoding="utf-8", lineterminator="\n"
)
