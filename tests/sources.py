"""The project's own source, for checks of all of it."""

from __future__ import annotations

import ast
from functools import cache
from itertools import product
from pathlib import Path

from jinja2 import Environment, nodes

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


def templates() -> list[Path]:
    """Return the templates of web pages, sorted."""
    return sorted((ROOT / "skill" / "web" / "templates").rglob("*.html"))


def said_in(template: Path, filled_in: str) -> set[str]:
    """Return what a template hands to `phrases(...)`, with `filled_in` for what it works out."""
    tree = Environment(autoescape=True).parse(template.read_text(encoding="utf-8"))
    calls = (call for call in tree.find_all(nodes.Call) if call.args)
    asked = (call for call in calls if _name_of(call.node) in ("phrases", "lines", "pick"))
    return {text for call in asked for text in _texts_of(call.args[0], filled_in)}


def _name_of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr if _name_of(node.node) == "phrases" else ""
    return node.name if isinstance(node, nodes.Name) else ""


def _texts_of(node: nodes.Node, filled_in: str) -> list[str]:
    """Return the strings that an expression can be, as far as the template says."""
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.CondExpr):
        others = [node.expr1] if node.expr2 is None else [node.expr1, node.expr2]
        return [text for one in others for text in _texts_of(one, filled_in)]
    if isinstance(node, nodes.Concat):
        parts = [_texts_of(one, filled_in) for one in node.nodes]
        return ["".join(chosen) for chosen in product(*parts)]
    return [filled_in]


def is_call_to_error(node: ast.AST) -> bool:
    """Whether an exception is made here."""
    return isinstance(node, ast.Call) and (called(node).endswith("Error") or called(node) == "__init__")
