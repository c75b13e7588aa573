"""Redaction profiles as files of a data folder: `redaction/NAME.json`, which people read and change."""

from pathlib import Path
from typing import Final

from mqstudio.exporters.redaction import (
    DEFAULT,
    NONE,
    NotRedactionError,
    Redaction,
    check,
    read_profile,
    write_profile,
)
from mqstudio.model.export_limits import REDACTION_FILE_BYTES

FOLDER: Final = "redaction"
SUFFIX: Final = ".json"


def profile_names(data_dir: Path) -> list[str]:
    """The profiles there are: the default first, none last."""
    folder = data_dir / FOLDER
    found = sorted(each.stem for each in folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    own = [name for name in found if name not in (DEFAULT.name, NONE.name)]
    return [DEFAULT.name, *own, NONE.name]


def load_profile(data_dir: Path, name: str) -> Redaction:
    """A profile by its name, or by the path of its file. Raises: NotRedactionError, which says what to do."""
    if name == NONE.name:
        return NONE
    path = Path(name) if name.endswith(SUFFIX) else data_dir / FOLDER / f"{name}{SUFFIX}"
    if name == DEFAULT.name and not path.exists():
        return DEFAULT
    try:
        with path.open("rb") as file:
            data = file.read(REDACTION_FILE_BYTES + 1)
    except OSError as error:
        known = ", ".join(profile_names(data_dir))
        raise NotRedactionError(
            f"There is no redaction profile {name} ({error.strerror or error}). There are: {known}."
        ) from error
    if len(data) > REDACTION_FILE_BYTES:
        raise NotRedactionError(f"{path} is too large for a redaction profile.")
    return read_profile(data, str(path))


def save_profile(data_dir: Path, profile: Redaction) -> Path:
    """Write a profile where `load_profile` finds it. Raises: NotRedactionError, OSError."""
    check(profile)
    if profile.name == NONE.name or not profile.name.replace("-", "").replace("_", "").isalnum():
        raise NotRedactionError(
            "A redaction profile's name has letters, digits and dashes, and is not 'none'."
        )
    path = data_dir / FOLDER / f"{profile.name}{SUFFIX}"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(write_profile(profile))
    beside.replace(path)
    return path
