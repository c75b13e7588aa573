"""Whether a window can be shown at all."""

import pytest

from mqstudio.cli.window import can_show_windows


@pytest.mark.parametrize(
    ("environment", "platform", "can"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", True),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", False),
        ({"QT_QPA_PLATFORM": "wayland-egl"}, "linux", False),
        ({"QT_QPA_PLATFORM": ""}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_window_needs_something_to_draw_on(environment: dict[str, str], platform: str, can: bool) -> None:
    assert can_show_windows(environment, platform) is can
