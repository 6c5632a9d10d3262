"""Which customer model does a name mean?"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from relmaint.diagnostics import did_you_mean
from relmaint.errors import ModelError

__all__ = ["named_model"]


def named_model(name: str, *, folder: Path | None = None) -> type[BaseModel]:
    """Import the model that `package.module:Class` or `file.py:Class` names; the same name gives the same class.

    Args:
        name: the name.
        folder: where modules are looked for first, and what paths of files start from; the working folder by default.

    Raises:
        ModelError: there is no such module, or no such model in it.
    """
    where, _, class_name = name.rpartition(":")
    if not where:
        raise ModelError(f"`{name}` names no class; write `package.module:Class` or `file.py:Class`")
    here = folder if folder is not None else Path.cwd()
    try:
        module = _module_of_file(here / where) if where.endswith(".py") else _module_here(where, here)
    except (ImportError, SyntaxError) as problem:
        raise ModelError(f"`{where}` cannot be imported: {problem}") from problem
    found = getattr(module, class_name, None)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return found
    models = [one for one, value in vars(module).items() if isinstance(value, type) and issubclass(value, BaseModel)]
    hint = did_you_mean(class_name, models)
    raise ModelError(f"`{where}` has no pydantic model `{class_name}`" + (f"; {hint}" if hint else ""))


def _module_here(name: str, folder: Path) -> ModuleType:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def _module_of_file(path: Path) -> ModuleType:
    """Import a file once; two files of the same name are two modules."""
    if not path.is_file():
        raise ImportError("there is no such file")
    name = f"_customer_model_{path.stem}_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
