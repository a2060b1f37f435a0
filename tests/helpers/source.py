"""The source of the package as syntax trees, for the rules that no linter checks."""

import ast
from functools import cache
from pathlib import Path

import tropdsx

PACKAGE = Path(tropdsx.__file__).parent
PATHS = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    """Dotted name of a module; of a package for its ``__init__``."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in PATHS}


@cache
def tree_of(path):
    """Syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def is_package(name):
    return MODULES[name].name == "__init__.py"


def room_of(name):
    """Folder at the top that a module lies in; for a workflow, its folder in there."""
    parts = name.split(".")
    return ".".join(parts[1:3] if parts[1:2] == ["workflows"] else parts[1:2])


@cache
def defined_in(name):
    """Names that a module itself defines at its top level."""
    found = set()
    for node in tree_of(MODULES[name]).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.If | ast.Try):
            found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_stored(n)}
    return found


def _is_stored(name):
    return isinstance(name.ctx, ast.Store)


def imports_of(name):
    """What a module imports from the package, early or late: (module, name, name here)."""
    for node in ast.walk(tree_of(MODULES[name])):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tropdsx":
            for each in node.names:
                yield node.module, each.name, each.asname or each.name


def libraries_of(name):
    """Libraries that a module imports, early or late."""
    for node in ast.walk(tree_of(MODULES[name])):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)


def functions_of(name):
    """Functions of a module, methods included, those inside of others not."""
    for node in tree_of(MODULES[name]).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        yield from (each for each in inside if isinstance(each, ast.FunctionDef))


def parameters_of(function):
    """Names of the parameters, without self and cls: those by position, and all."""
    given = function.args
    by_position = [each.arg for each in given.posonlyargs + given.args]
    by_position = [each for each in by_position if each not in ("self", "cls")]
    others = [each.arg for each in given.kwonlyargs]
    return by_position, by_position + others + ([given.vararg.arg] if given.vararg else [])


def length_of(function):
    """Lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def public_in(name):
    """Public functions and classes of a module, with whether they must list parameters.

    Commands need not: their options are described where they are declared, and shown by --help.
    """
    for node in tree_of(MODULES[name]).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            how = " ".join(map(ast.unparse, node.decorator_list))
            is_command = ".command(" in how or ".group(" in how
            yield node, bool(parameters_of(node)[1]) and not is_command
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node, any(map(_holds, node.body))


def _holds(part):
    """Whether a part of a class is a field or a constructor with parameters."""
    if isinstance(part, ast.FunctionDef):
        return part.name == "__init__" and bool(parameters_of(part)[1])
    return isinstance(part, ast.AnnAssign)
