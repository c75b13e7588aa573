"""Which data folder a command uses, and that help and version need nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mqstudio.cli import COMMANDS, program
from mqstudio.cli.options import DATA_DIR_VARIABLE, resolve_data_dir


def test_a_folder_given_is_made_absolute() -> None:
    assert resolve_data_dir(Path("here")) == Path.cwd() / "here"


@pytest.mark.parametrize(
    ("arguments", "variable", "named"),
    [
        (["queues", "--data-dir", "{a}"], None, "{a}"),
        (["--data-dir", "{a}", "queues"], None, "{a}"),
        (["queues"], "{a}", "{a}"),
        (["--data-dir", "{a}", "queues"], "{b}", "{a}"),
        (["queues", "--data-dir", "{a}"], "{b}", "{a}"),
    ],
)
def test_the_nearest_word_on_the_data_folder_wins(
    arguments: list[str], variable: str | None, named: str, tmp_path: Path
) -> None:
    places = {"a": str(tmp_path / "a"), "b": str(tmp_path / "b")}
    environment = {DATA_DIR_VARIABLE: variable.format(**places) if variable else None}
    result = CliRunner().invoke(program, [each.format(**places) for each in arguments], env=environment)
    assert result.exit_code == 1
    assert f"No broker runs in {named.format(**places)}." in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_with_examples(name: str) -> None:
    result = CliRunner().invoke(program, [name, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"mqstudio {name}" in result.output


def test_the_program_lists_its_commands_and_exit_codes() -> None:
    output = CliRunner().invoke(program, ["--help"]).output
    assert "Exit codes" in output
    assert all(f"  {name} " in output for name in COMMANDS)


def test_a_command_that_is_not_there_is_a_usage_error() -> None:
    result = CliRunner().invoke(program, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.output


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--version"], ["msgspec", "asyncio", "PySide6", "psutil", "platformdirs"]),
        (["serve", "--help"], ["asyncio", "PySide6", "psutil", "mqstudio.client"]),
    ],
)
def test_a_quick_answer_loads_nothing_heavy(arguments: list[str], forbidden: list[str]) -> None:
    probe = (
        "import sys, contextlib; from mqstudio.cli import main\n"
        f"sys.argv[1:] = {arguments}\n"
        "with contextlib.suppress(SystemExit): main()\n"
        f"print([name for name in {forbidden} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert output.splitlines()[-1] == "[]"
