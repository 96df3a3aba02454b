"""The project's own source, for checks of all of it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("routines", "speech", "skill")


def python_files(*packages: str) -> list[Path]:
    """Return the Python files of packages, sorted."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def modules() -> list[str]:
    """Return the names of all modules of the three packages."""
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in python_files(*PACKAGES))
    return [name.removesuffix(".__init__") for name in names]


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def text_of_node(node: ast.AST, filled_in: str) -> str:
    """Return a string literal's text, or an f-string's with `filled_in` for each of its fields; else ""."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else filled_in for part in node.values)
        return "".join(str(part) for part in parts)
    return ""


def called(node: ast.Call) -> str:
    """Return the name of what is called: `lines` in `course.phrases.lines(...)`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_call_to_error(node: ast.AST) -> bool:
    """Whether an exception is made here."""
    return isinstance(node, ast.Call) and (called(node).endswith("Error") or called(node) == "__init__")
