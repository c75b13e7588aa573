"""Finds plug-ins: one public object per module of a package, and of installed entry points."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any


@dataclass(slots=True)
class Discovery:
    """What was found, by module name, and what failed, with why. A failure is the caller's to report."""

    found: dict[str, Any] = field(default_factory=dict)  # Any: each package fixes its own type
    failed: dict[str, str] = field(default_factory=dict)


def discover(package_name: str, attribute: str) -> Discovery:
    """Import every module of a package and take its `attribute`; modules without it are skipped.

    Third parties add theirs through an entry-point group named like the package.
    """
    discovery = Discovery()
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        _take(
            discovery,
            module.name,
            lambda m=module: importlib.import_module(f"{package_name}.{m.name}"),
            attribute,
        )
    for point in entry_points(group=package_name):
        _take(discovery, point.name, point.load, attribute)
    return discovery


def _take(discovery: Discovery, name: str, load: Any, attribute: str) -> None:
    try:
        loaded = load()
    except Exception as error:  # a plug-in is an outer wall: one that fails must not take the rest along
        discovery.failed[name] = f"{type(error).__name__}: {error}"
        return
    value = getattr(loaded, attribute, None)
    if value is not None:
        discovery.found[name] = value
