"""A message as a line of a POSIX shell, with this program's own command."""

from mqstudio.viewmodel.code.letter import Letter, comment, properties_of

_NUL = "\0"


def text(value: str) -> str:
    """A word of the shell: nothing within single quotes means anything."""
    return "'" + value.replace("'", "'\\''") + "'"


def write(letter: Letter) -> str:
    """The line; what cannot be said in one is named in a comment above it."""
    words = ["mqstudio publish"]
    notes = []
    if letter.vhost != "/":
        notes.append(f"It goes to the virtual host /, and not to {comment(letter.vhost)}.")
    if letter.exchange:
        words.append(f"-e {text(letter.exchange)}")
    for name, value in properties_of(letter):
        words += _option("-p", name, str(value), notes)
    for header in letter.properties.headers or ():
        if header.kind == "string" and "=" not in header.name and header.name:
            words += _option("-H", header.name, header.value, notes)
        else:
            notes.append(f"Left out: header {comment(header.name)}, which is no text ({header.kind}).")
    words += ["--", text(letter.routing_key), "-"]
    return "".join(f"# {note}\n" for note in notes) + f"{_body(letter)} | {' '.join(words)}\n"


def _option(option: str, name: str, value: str, notes: list[str]) -> list[str]:
    if _NUL in value + name:
        notes.append(f"Left out: {comment(name)}, for no argument may contain a NUL.")
        return []
    return [f"{option} {text(f'{name}={value}')}"]


def _body(letter: Letter) -> str:
    """A shell's words have no NUL and may be in another encoding: only plain text is written as it is."""
    as_text = letter.body_text()
    if as_text is not None and as_text.isascii():
        return f"printf '%s' {text(as_text)}"
    return f"printf '%s' {text(letter.body_base64())} | base64 -d"
