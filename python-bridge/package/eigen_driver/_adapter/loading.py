"""From source to driver: runs the module, finds the class in it, makes the driver.

Which one is taken, the first that there is:
1. what the function `create_driver()` of the module returns;
2. `DRIVER` or `driver_class`, a class or an object, at the level of the module;
3. the classes with the methods `get_devices` and `execute_circuit` that the module defines: of those
   derived from `BaseDriver` if there are any, the only one, or the one named `Driver`;
4. the same among the classes that the module imports.
"""

from __future__ import annotations

import linecache
import os
import sys
from types import ModuleType, SimpleNamespace

from ..base import BaseDriver
from ..types import DeviceInfo, DeviceStatus
from . import legacy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REQUIRED = ("get_devices", "execute_circuit")


class NoDriver(TypeError):
    """The file holds no driver, or several; `code` makes it the operator's business, not the caller's."""

    code = "FAILED_PRECONDITION"


def load_module(file: str, source: bytes, search_path: list[str]) -> ModuleType:
    """Runs a source under the name of its file. The file itself is not read."""
    legacy.install()
    sys.path[:0] = search_path
    lines = source.decode("utf-8", "replace").splitlines(keepends=True)
    linecache.cache[file] = (len(source), None, lines, file)
    module = ModuleType(_module_name(file))
    module.__file__ = file
    module.__package__ = ""
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _module_name(file: str) -> str:
    stem = os.path.splitext(os.path.basename(file))[0]
    name = "".join(character if character.isalnum() else "_" for character in stem) or "driver"
    return f"{name}_" if name in sys.modules else name


def construct(module: ModuleType) -> Any:
    """Makes the module's driver."""
    factory = getattr(module, "create_driver", None)
    if callable(factory):
        return _checked(_make(factory), "create_driver()")
    for name in ("DRIVER", "driver_class"):
        named = getattr(module, name, None)
        if named is not None:
            return _checked(_make(named) if isinstance(named, type) else named, f"`{name}`")
    return _make(find_class(module))


def find_class(module: ModuleType) -> type:
    """The module's driver class, by rules 3 and 4."""
    classes = [value for value in vars(module).values() if isinstance(value, type) and _is_driver(value)]
    classes = list(dict.fromkeys(classes))
    groups = (
        [kind for kind in classes if kind.__module__ == module.__name__ and issubclass(kind, BaseDriver)],
        [kind for kind in classes if kind.__module__ == module.__name__],
        classes,
    )
    found = _most_derived(next(filter(None, groups), []))
    if len(found) > 1:
        found = [kind for kind in found if kind.__name__ == "Driver"] or found
    if not found:
        raise NoDriver(
            f"{module.__file__} has no driver: expected a class with the methods `get_devices` and "
            f"`execute_circuit`, such as one derived from `BaseDriver`"
        )
    if len(found) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in found))
        raise NoDriver(f"{module.__file__} has several drivers ({names}): say which by `DRIVER = {found[0].__name__}`")
    return found[0]


def _is_driver(kind: type) -> bool:
    if getattr(kind, "__abstractmethods__", None):
        return False
    methods = [getattr(kind, name, None) for name in REQUIRED]
    return all(callable(method) for method in methods) and not any(
        method is vars(BaseDriver)[name] for method, name in zip(methods, REQUIRED)
    )


def _most_derived(classes: list[type]) -> list[type]:
    return [kind for kind in classes if not any(other is not kind and issubclass(other, kind) for other in classes)]


def _make(factory: Any) -> Any:
    init = getattr(factory, "__init__") if isinstance(factory, type) else factory
    return factory(types_pb=types_pb()) if accepts(init, "types_pb", by_name_only=True) else factory()


def _checked(driver: Any, where: str) -> Any:
    missing = [name for name in REQUIRED if not callable(getattr(driver, name, None))]
    if missing:
        raise NoDriver(f"{where} gave a {type(driver).__name__} without the methods {', '.join(missing)}")
    return driver


def accepts(function: Any, name: str, by_name_only: bool = False) -> bool:
    """Whether a function takes an argument of this name (or, unless `by_name_only`, any)."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return name in named or (not by_name_only and bool(code.co_flags & 0x08))
    import inspect

    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    return name in parameters or (takes_any and not by_name_only)


def types_pb() -> SimpleNamespace:
    """Stands in for the module of generated messages that older drivers are given."""
    names = {name: int(status) for name, status in DeviceStatus.__members__.items()}
    prefixed = {f"DEVICE_STATUS_{name}": number for name, number in names.items()}
    return SimpleNamespace(DeviceInfo=DeviceInfo, DeviceStatus=DeviceStatus, **names, **prefixed)
