"""The languages that a message can be copied as."""

from collections.abc import Callable
from typing import NamedTuple

from mqstudio.viewmodel.code import csharp, go, java, javascript, python, shell
from mqstudio.viewmodel.code.letter import Letter


class Language(NamedTuple):
    """A language: its name in the program, for people, and what writes it."""

    name: str
    title: str
    write: Callable[[Letter], str]


LANGUAGES = [
    Language("python", "Python (pika)", python.write),
    Language("javascript", "JavaScript (amqplib)", javascript.write),
    Language("java", "Java", java.write),
    Language("csharp", "C#", csharp.write),
    Language("go", "Go", go.write),
    Language("shell", "Shell (mqstudio publish)", shell.write),
]
