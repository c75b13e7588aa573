"""Filters that are kept."""

from mqstudio.viewmodel.saved_filters import HISTORY_MAX, SAVED_MAX, SavedFilter, SavedFilters


def test_a_filter_is_saved_by_a_name_and_known_by_its_text() -> None:
    """In the order of names; another of that name takes its place."""
    filters = SavedFilters()
    assert filters.save("large", "size > 1MB") == ""
    assert filters.save(" Dead ", "state == dead") == ""
    assert filters.saved == [SavedFilter("Dead", "state == dead"), SavedFilter("large", "size > 1MB")]
    assert filters.name_of("size > 1MB") == "large"
    filters.save("large", "size > 2MB")
    assert [each.text for each in filters.saved] == ["state == dead", "size > 2MB"]
    filters.save("dead ones", "state == dead")
    assert [each.name for each in filters.saved] == ["dead ones", "large"]
    filters.remove("size > 2MB")
    assert [each.name for each in filters.saved] == ["dead ones"]


def test_without_a_name_nothing_is_saved_and_there_is_a_most() -> None:
    filters = SavedFilters()
    assert filters.save("  ", "x") == "Give it a name."
    for number in range(SAVED_MAX):
        filters.save(str(number), f"key == {number}")
    assert "that is the most" in filters.save("one more", "x")
    assert filters.save("0", "key == 0") == ""
    assert len(filters.saved) == SAVED_MAX


def test_the_history_has_the_latest_first_and_each_once() -> None:
    filters = SavedFilters()
    for text in ("a", "b", "a", ""):
        filters.note_use(text)
    assert filters.history == ["a", "b"]
    for number in range(2 * HISTORY_MAX):
        filters.note_use(str(number))
    assert len(filters.history) == HISTORY_MAX


def test_what_is_kept_comes_back_and_what_is_damaged_does_not() -> None:
    filters = SavedFilters()
    filters.save("dead", "state == dead")
    filters.note_use("x")
    again = SavedFilters()
    again.restore(filters.to_text())
    assert (again.saved, again.history) == (filters.saved, filters.history)
    for text in ("", "{", "[1]", '{"saved": 7}'):
        again.restore(text)
    assert again.saved == filters.saved
