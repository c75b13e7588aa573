"""Finding a broker: what its file says, or a sentence on why there is none."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mqstudio.client.runtime_files import BROKER_FILE, Ports, RunningBroker, default_data_dir, find_broker

FACTS = {
    "pid": psutil.Process().pid,
    "ports": {"amqp": 5672, "native": 15670},
    "token": "secret",
    "version": "0.1.0",
    "profile": "default",
}


def write(data_dir: Path, text: str) -> None:
    path = data_dir / BROKER_FILE
    path.parent.mkdir()
    path.write_text(text)


def why_not(data_dir: Path) -> str:
    with pytest.raises(ConnectionError) as caught:
        find_broker(data_dir)
    return str(caught.value)


def test_a_running_broker_is_found(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(FACTS))
    assert find_broker(tmp_path) == RunningBroker(
        FACTS["pid"], Ports(5672, 15670), "secret", "0.1.0", "default"
    )


def test_what_a_newer_broker_adds_is_no_obstacle(tmp_path: Path) -> None:
    write(tmp_path, json.dumps({**FACTS, "ports": {**FACTS["ports"], "kafka": 9092}, "mood": "good"}))
    assert find_broker(tmp_path).ports.native == 15670


def test_no_file_means_that_no_broker_runs(tmp_path: Path) -> None:
    says = why_not(tmp_path / "nowhere")
    assert "No broker runs" in says
    assert "mqstudio serve" in says


def test_a_file_of_a_dead_process_means_that_no_broker_runs(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write(tmp_path, json.dumps({**FACTS, "pid": ended.pid}))
    assert f"process {ended.pid}, which ran there, has ended" in why_not(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\xff"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert "broker.json is not readable" in why_not(tmp_path)


def test_the_token_stays_out_of_logs() -> None:
    assert "secret" not in repr(RunningBroker(1, Ports(1, 2), "secret", "0", "default"))


def test_the_default_folder_is_this_users_own() -> None:
    assert default_data_dir().name == "mqstudio"
    assert Path.home() in default_data_dir().parents
