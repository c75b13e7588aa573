"""What real clients say: streams recorded by `record.py`, kept as hexadecimal text."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
LINE_BYTES = 48


@cache
def streams() -> tuple[bytes, ...]:
    """All recorded streams, each from its protocol header on."""
    return tuple(read(path) for path in sorted(FOLDER.glob("*.hex")))


def read(path: Path) -> bytes:
    """The bytes of a file; lines that begin with # say what they are."""
    lines = path.read_text().splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


def write(name: str, about: str, data: bytes) -> None:
    """Keep a stream."""
    lines = [data[start : start + LINE_BYTES].hex() for start in range(0, len(data), LINE_BYTES)]
    (FOLDER / f"{name}.hex").write_text("\n".join([f"# {about}", *lines, ""]))
