"""Texts in the language in use: English, a catalogue's, and the one of tests."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mqstudio.viewmodel.words import (
    PSEUDO,
    Catalogue,
    CatalogueError,
    language,
    languages,
    pseudo,
    read_catalogue,
    speak,
    tr,
    tr_count,
)

GERMAN = Catalogue(
    "de",
    "Deutsch",
    words={
        "Close tab": "Tab schließen",
        "To {queue}": "Nach {queue}",
        "{count} message": ["{count} Nachricht", "{count} Nachrichten"],
    },
)
POLISH = Catalogue(
    "pl",
    "Polski",
    "one few many",
    {"{count} message": ["{count} wiadomość", "{count} wiadomości (2)", "{count} wiadomości (5)"]},
)


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(None)


def written(folder: Path, catalogue: Catalogue) -> Path:
    """A language's file."""
    path = folder / f"{catalogue.code}.json"
    path.write_bytes(msgspec.json.encode(catalogue))
    return path


def test_english_is_what_the_code_says() -> None:
    """Without a catalogue a text is itself, its places filled; braces without values stay."""
    assert (tr("Close tab"), tr("To {queue}", queue="a{b}"), tr('{"id": 1}')) == (
        "Close tab",
        "To a{b}",
        '{"id": 1}',
    )
    assert language() == "en"


def test_a_catalogue_is_spoken_and_what_it_lacks_stays_english() -> None:
    """A language that knows half of the texts can be used."""
    speak(GERMAN)
    assert (tr("Close tab"), tr("To {queue}", queue="x"), tr("Quit")) == ("Tab schließen", "Nach x", "Quit")
    assert language() == "de"


@pytest.mark.parametrize(
    ("number", "german", "polish"),
    [
        (1, "1 Nachricht", "1 wiadomość"),
        (2, "2 Nachrichten", "2 wiadomości (2)"),
        (12, "12 Nachrichten", "12 wiadomości (5)"),
        (22, "22 Nachrichten", "22 wiadomości (2)"),
        (1_005, "1,005 Nachrichten", "1,005 wiadomości (5)"),
    ],
)
def test_plurals(number: int, german: str, polish: str) -> None:
    """Each language has the forms that it has."""
    said = []
    for catalogue in (GERMAN, POLISH):
        speak(catalogue)
        said.append(tr_count(number, "{count} message", "{count} messages"))
    assert said == [german, polish]


def test_the_language_of_tests_is_longer_bracketed_and_keeps_places() -> None:
    """What was not translated, and what has no room, can be seen."""
    assert pseudo("Close") == "[Çlöŝé~~]"
    speak(Catalogue(PSEUDO, "Pseudo"))
    said = tr("To {queue}", queue="orders")
    assert said.startswith("[") and said.endswith("~]") and "orders" in said and "To" not in said
    assert tr_count(2, "{count} row", "{count} rows")[1:3] == "2 "
    assert tr("") == ""


def test_braces_that_are_no_places_are_said_as_they_are() -> None:
    """A snippet with a lone brace is a text too."""
    assert "{" in pseudo("open { brace")
    speak(Catalogue(PSEUDO, "Pseudo"))
    assert "{{" not in tr("a {{seq}} b")


def test_entries_whose_places_differ_are_left_out(tmp_path: Path) -> None:
    """A translator's slip cannot break a text, nor reach into a value."""
    bad = Catalogue(
        "de",
        "Deutsch",
        words={
            "To {queue}": "Nach {schlange}",
            "In {queue}": "In {queue.__class__}",
            "{count} row": ["{count} Zeile"],
            "Lone": "Klammer {",
            "Close tab": "Tab schließen",
        },
    )
    assert read_catalogue(written(tmp_path, bad)).words == {"Close tab": "Tab schließen"}


def test_languages_are_the_files_of_a_folder(tmp_path: Path) -> None:
    """A file that is none is left out, and says why when read by itself."""
    written(tmp_path, GERMAN)
    (tmp_path / "xx.json").write_text("{")
    (tmp_path / "yy.json").write_bytes(msgspec.json.encode(Catalogue("yy", "Y", "one two three")))
    assert list(languages(tmp_path)) == ["de"]
    with pytest.raises(CatalogueError, match="cannot be read as a language"):
        read_catalogue(tmp_path / "xx.json")
    with pytest.raises(CatalogueError, match="has plurals 'one two three'; known are"):
        read_catalogue(tmp_path / "yy.json")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Languages are small."""
    path = tmp_path / "de.json"
    with path.open("wb") as file:
        file.truncate(5 * 2**20)
    with pytest.raises(CatalogueError, match="more than a language needs"):
        read_catalogue(path)
