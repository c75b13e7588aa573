"""What F1 says."""

from mqstudio.viewmodel.explain import explanation, explanations


def test_every_part_is_explained_in_sentences() -> None:
    """A title, and paragraphs that end."""
    for name, said in explanations().items():
        assert said.title and said.paragraphs, name
        assert all(each.endswith(".") for each in said.paragraphs), name


def test_what_is_not_known_is_the_window() -> None:
    """There is always an answer."""
    assert explanation("nowhere") == explanation("window") != explanation("queue")
