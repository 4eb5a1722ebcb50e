"""The house keeps its rules: nothing private of a library is used, and the machinery has one door."""

import ast
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parent.parent / "helpers"
FILES = sorted(HELPERS.rglob("*.py"))
OF_NAMEDTUPLES = {"_replace", "_asdict", "_fields", "_make"}


def imports(path):
    """The modules that a file imports, with the names taken from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HELPERS)))
def test_nothing_private_of_a_library_is_used(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    private = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in OF_NAMEDTUPLES
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]
    assert private == []
    modules = [f"{module}.{name}" for module, name in imports(path)]
    inner = (".src", "tensorflow.python", "._")
    assert [module for module in modules if any(part in module for part in inner)] == []


def test_the_engine_is_entered_by_its_door():
    outside = [path for path in FILES if "engine" not in path.relative_to(HELPERS).parts]
    inside = [
        (str(path.relative_to(HELPERS)), module)
        for path in outside
        for module, _ in imports(path)
        if module and module.startswith("helpers.engine.")
    ]
    assert inside == []


def test_no_function_takes_more_than_eight_arguments_unless_a_lesson_or_the_readme_calls_it():
    shown = [*HELPERS.parent.glob("notebooks/*.ipynb"), HELPERS.parent / "README.md"]
    calls = "".join(path.read_text(encoding="utf-8") for path in shown)
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if len([name for name in names if name not in ("self", "cls")]) > 8:
                    long[node.name] = path
    assert [name for name in long if f".{name}(" not in calls] == []
    assert "train_model" in long  # the test can find one
