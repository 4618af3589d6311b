"""One way to call every estimator: first the study or the fit, second what the function is about,
everything else by keyword; `conf_level`, `seed` and `n_boot` mean the same everywhere.
"""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import cxlab as cx
import cxlab.models
import cxlab.models.describe
import cxlab.models.gap
from cxlab.models.fit import Fit

# The only default of each, wherever it is taken.
DEFAULTS = {"conf_level": (float, 0.95), "seed": (int, 0), "n_boot": (int, 2000)}
# What may come first. Second comes what the function is about.
FIRST = {"self", "study", "fit", "moments", "shares"}
# Names that mean what another name says already.
SYNONYMS = {"least", "min_n", "level", "random_state", "alpha"}
# It refits what it is given, and resamples would make the reader wait: its docstring says both.
EXCEPTIONS = {"compare_missing": ["begins with fit_or_study", "n_boot=0"]}
# Takes an array and no answers.
OF_ARRAYS = {"lmg"}
ROOMS = [cxlab.models.describe, cxlab.models.gap]


def estimators():
    """Whatever carries `@estimator`, what the face and the rooms offer of models/, and what every
    fit tells, by name.
    """
    found = {}
    for file in pkgutil.walk_packages(cxlab.models.__path__, "cxlab.models."):
        module = import_module(file.name)
        own = {k: v for k, v in vars(module).items() if getattr(v, "__module__", "") == file.name}
        found |= {name: value for name, value in own.items() if hasattr(value, "result_kind")}
        for fit in (one for one in own.values() if inspect.isclass(one) and issubclass(one, Fit)):
            for member in {"tidy", "glance", "dropped", "predict"} & set(vars(fit)):
                told = vars(fit)[member]
                found[f"{fit.__name__}.{member}"] = getattr(told, "fget", told)
    for where in (cx, *ROOMS):
        offered = {name: getattr(where, name) for name in where.__all__}
        found |= {
            name: value
            for name, value in offered.items()
            if inspect.isfunction(value) and value.__module__.startswith("cxlab.models.")
        }
    return {name: value for name, value in found.items() if name not in OF_ARRAYS}


FOUND = estimators()


def problems(name: str, function) -> Iterator[str]:
    parameters = list(inspect.signature(function).parameters.values())
    predicts = name.endswith(".predict")  # at two ratings, a row a pair
    if not predicts and not hasattr(function, "result_kind"):
        yield "carries no @estimator"
    if parameters[0].name not in FIRST:
        yield f"begins with {parameters[0].name}"
    for place, parameter in enumerate(parameters):
        keyword = parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
        if not keyword and (place >= 2 + predicts or parameter.name in DEFAULTS):
            yield f"{parameter.name} can be given by place"
        if parameter.name in SYNONYMS:
            yield f"{parameter.name} has another name elsewhere"
        if parameter.name in DEFAULTS:
            type_, default = DEFAULTS[parameter.name]
            if parameter.default != default:
                yield f"{parameter.name}={parameter.default}"
            if parameter.annotation not in (type_, type_.__name__):
                yield f"{parameter.name}: {parameter.annotation}"


@pytest.mark.parametrize("name", sorted(FOUND))
def test_an_estimator_is_called_as_all_are(name):
    wrong = list(problems(name, FOUND[name]))
    assert wrong == EXCEPTIONS.get(name, [])


def test_the_search_finds_them():
    assert {"nps", "fit_gap", "surface", "verbatims", "fit_loyalty", "Fit.tidy"} <= set(FOUND)
    assert set(FOUND) >= set(EXCEPTIONS) and len(FOUND) > 50


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_holds_at_most_20_names_each_documented(room):
    assert len(room.__all__) <= 20
    for name in room.__all__:
        assert inspect.getdoc(getattr(room, name)), name
