"""Options about profiles that several commands share: which one, how much it keeps, its key."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from mqstudio.cli.options import Decorator, Function, profile_option, resolve_data_dir

UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in some versions
    """Bytes, as people write them: 500M, 4G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Any: text, or what was converted already."""
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(value.strip())
        if found is None:
            self.fail(f"{value!r} is no size; write it as 500M or 4G.", param, ctx)
        return int(float(found[1]) * UNITS[found[2].upper()])


def key_options(function: Function) -> Function:
    """`--key-file` and `--keyring`: where a profile's passphrase is."""
    for option in (
        click.option(
            "--keyring", "use_keyring", is_flag=True, help="The passphrase is in this system's keyring."
        ),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File with the passphrase of an encrypted profile; only you may read it. -: standard input.",
        ),
    ):
        function = option(function)
    return function


def keeping_options() -> Decorator:
    """What a broker is told of its profile."""

    def add(function: Function) -> Function:
        for option in (
            profile_option(),
            click.option(
                "--keep-days",
                type=click.IntRange(1),
                help="Days that the past is kept; remembered.  [default: 7]",
            ),
            click.option(
                "--keep-bytes", type=Size(), help="Bytes that the past may take; remembered.  [default: 4G]"
            ),
            click.option(
                "--disk-low",
                "disk_low_bytes",
                type=Size(),
                help="Publishers wait when less is free on the disk.  [default: 1G or more]",
            ),
            key_options,
        ):
            function = option(function)
        return function

    return add


def take_key(data_dir: Path | None, options: dict[str, Any]) -> str | None:
    """Replace the options about a key by the key. Any: what click has parsed."""
    key_file, use_keyring = options.pop("key_file", None), options.pop("use_keyring", False)
    shown, profile = options.get("read_only"), options.get("profile") or "default"
    path = profile_path(profile, data_dir) if shown is None else Path(shown).absolute()
    return find_key(path, key_file, use_keyring=use_keyring)


def profile_path(name_or_path: str, data_dir: Path | None) -> Path:
    """The file that is meant: a path, or the name of a profile in the data folder."""
    from mqstudio.store.problems import PROFILE_SUFFIX  # noqa: PLC0415 - not for `--help`

    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(PROFILE_SUFFIX):
        return Path(name_or_path).absolute()
    return resolve_data_dir(data_dir) / f"{name_or_path}{PROFILE_SUFFIX}"


def find_key(path: Path, key_file: Path | None, *, use_keyring: bool) -> str | None:
    """The passphrase of a profile, None if none is asked for. Raises: click.ClickException."""
    from mqstudio.client import keys  # noqa: PLC0415 - slow to import

    return _sentence(lambda: keys.find(path, key_file, use_keyring=use_keyring))


def _sentence(work: Callable[[], str | None]) -> str | None:
    try:
        return work()
    except (OSError, ValueError) as error:
        from mqstudio.cli.running import failure  # noqa: PLC0415 - not for `serve --help`

        raise failure(str(error)) from error
