"""`make run` on a machine without a screen."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

USUAL_PORTS = {*range(5672, 5772), *range(15670, 15770)}
"""The usual ones, and those that are tried when they are taken."""


def test_without_a_display_the_broker_runs_alone(data_dir: Path) -> None:
    """It says why there is no window, runs the broker as asked, and ends in peace on SIGTERM."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [
        sys.executable,
        "-m",
        "mqstudio",
        "--port-amqp",
        "0",
        "--port-native",
        "0",
        "--port-management",
        "0",
        "--port-sqs",
        "0",
        "--port-metrics",
        "0",
        "--memory",
    ]
    process = subprocess.Popen(
        [*command, "--data-dir", str(data_dir)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        rest, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, said
    assert said.startswith("No display")
    assert rest == ""
    assert USUAL_PORTS.isdisjoint(ready["ports"].values()), "0 takes any free port"
