"""Rules that import contracts cannot say. Each rule is a function, so that a planted breach proves it can fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import Module, calls, dotted, imports, modules

FORBIDDEN_IMPORTS = {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system"}
CLOCK_CALLS = {
    "time.time", "time.monotonic", "time.sleep", "time.perf_counter",
    "datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.today", "date.today",
}  # fmt: skip
CLOCK_HOMES = {"narrative.core.clock"}
# A child gets a bare copy of the environment; what kind of terminal stderr is, is no setting.
ENVIRONMENT_HOMES = {"narrative.settings", "narrative.engine.children", "narrative.entrypoints.output"}
MODULE_LINES = 500


def breaches_of_safety(module: Module) -> list[str]:
    """Ways to run code from data: pickling modules and calls that evaluate text."""
    found = [
        f"{module.name} imports {name}" for name in imports(module.tree) if name.split(".")[0] in FORBIDDEN_IMPORTS
    ]
    found += [f"{module.name}:{line} calls {name}" for name, line in calls(module.tree) if name in FORBIDDEN_CALLS]
    found += [
        f"{module.name}:{node.lineno} loads arrays that may hold pickles"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and dotted(node.func) in {"np.load", "numpy.load"}
        and not any(option.arg == "allow_pickle" and ast.unparse(option.value) == "False" for option in node.keywords)
    ]
    return found


def breaches_of_time(module: Module) -> list[str]:
    """Clocks read elsewhere than in the one place that may be replaced in tests."""
    if module.name in CLOCK_HOMES:
        return []
    return [f"{module.name}:{line} calls {name}" for name, line in calls(module.tree) if name in CLOCK_CALLS]


def breaches_of_environment(module: Module) -> list[str]:
    """Environment variables read elsewhere than in the settings."""
    if module.name in ENVIRONMENT_HOMES:
        return []
    return [
        f"{module.name}:{node.lineno} reads the environment"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]


def breaches_of_slices(module: Module) -> list[str]:
    """Inside a slice imports go down, from routes and jobs over service and repository to entities.

    Schemas are for routes, and the web framework stays there.
    """
    parts = module.name.split(".")
    if len(parts) != 4 or parts[1] != "studio":
        return []
    order = {"routes": 4, "jobs": 4, "service": 3, "repository": 2, "entities": 1}
    own, role = ".".join(parts[:3]), parts[3]
    used = imports(module.tree)
    found = []
    if role in order:
        above = [other for other, rank in order.items() if rank >= order[role] and other != role]
        found += [f"{module.name} imports {own}.{other}" for other in above if f"{own}.{other}" in used]
    if role in {"service", "repository", "entities", "jobs"}:
        found += [f"{module.name} imports {name}" for name in used if name.split(".")[0] in {"fastapi", "starlette"}]
        found += [f"{module.name} imports {name}" for name in used if name.startswith(f"{own}.schemas")]
    return found


RULES = [breaches_of_safety, breaches_of_time, breaches_of_environment, breaches_of_slices]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule) -> None:  # type: ignore[no-untyped-def]
    assert [breach for module in modules() for breach in rule(module)] == []


PLANTED = [
    (breaches_of_safety, "narrative.engine.x", "import pickle"),
    (breaches_of_safety, "narrative.engine.x", "def f(text):\n    return eval(text)"),
    (breaches_of_safety, "narrative.engine.x", "import numpy as np\nvalues = np.load('file')"),
    (breaches_of_time, "narrative.engine.x", "import time\nstarted = time.time()"),
    (breaches_of_environment, "narrative.engine.x", "import os\nhome = os.environ['HOME']"),
    (breaches_of_slices, "narrative.studio.models.service", "from narrative.studio.models.routes import router"),
    (breaches_of_slices, "narrative.studio.models.repository", "import fastapi"),
    (breaches_of_slices, "narrative.studio.models.service", "from narrative.studio.models.schemas import Model"),
]


@pytest.mark.parametrize(("rule", "name", "code"), PLANTED)
def test_a_planted_breach_is_found(rule, name: str, code: str) -> None:  # type: ignore[no-untyped-def]
    assert rule(Module(name, Path("planted.py"), ast.parse(code)))


def test_modules_stay_small_enough_to_read() -> None:
    assert [f"{module.name}: {module.n_lines} lines" for module in modules() if module.n_lines > MODULE_LINES] == []
