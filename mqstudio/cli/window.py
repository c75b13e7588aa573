"""`mqstudio` alone: the window; where no display can be had, the broker alone."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from mqstudio.cli.serve import run_broker

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY")
DISPLAY_PLATFORMS = ("xcb", "wayland")
"""Qt platforms that need one of these variables; others (offscreen, vnc …) do without."""


def open_window(data_dir: Path, options: dict[str, Any]) -> int:  # Any: fields of LaunchOptions
    """Open the window and return its exit code; without a display run the broker, and say so."""
    if not can_show_windows(os.environ, sys.platform):
        click.echo(
            "No display (neither DISPLAY nor WAYLAND_DISPLAY is set), so there is no window: "
            "this runs the broker alone, as `mqstudio serve` does. Ctrl-C stops it.",
            err=True,
        )
        return run_broker(data_dir, options)
    from mqstudio.client.launch import LaunchOptions  # noqa: PLC0415 - a broker alone must start fast
    from mqstudio.gui.app import run_window  # noqa: PLC0415 - Qt may be missing where there is no display

    return run_window(LaunchOptions(data_dir, **options))


def can_show_windows(environment: "os._Environ[str] | dict[str, str]", platform: str) -> bool:
    """Whether Qt will find something to draw on."""
    if platform != "linux" or any(environment.get(name) for name in DISPLAY_VARIABLES):
        return True
    chosen = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    return bool(chosen) and not chosen.startswith(DISPLAY_PLATFORMS)
