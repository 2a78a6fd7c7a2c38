"""The names under which older drivers import `BaseDriver`.

They are asked for last, when no other import system knows them: a driver's own package `src` stays
its own, and only what it lacks is added.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

import eigen_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

MODULES = ("base_driver", "src.plugins.base_driver", "driver_manager.base_driver")
PACKAGES = ("src", "src.plugins", "driver_manager")


class Finder:
    """A finder and loader for exactly these names."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name in MODULES or name in PACKAGES:
            return ModuleSpec(name, Finder, origin="eigen_driver", is_package=name in PACKAGES)  # type: ignore[arg-type]
        return None

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        if module.__name__ in MODULES:
            vars(module).update({name: getattr(eigen_driver, name) for name in eigen_driver.__all__})


def install() -> None:
    """Makes the names importable."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
