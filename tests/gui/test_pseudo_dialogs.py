"""In the language of tests: every form, and the pages that a window does not open by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.model.access import Permission, User
from mqstudio.model.arguments import POLICY_KEYS
from mqstudio.model.policies import Policy
from mqstudio.model.rows import MessageState
from mqstudio.model.topology import ExchangeSpec
from mqstudio.viewmodel.binding_form import BindingForm
from mqstudio.viewmodel.limit_forms import UserLimitsForm, VhostLimitsForm
from mqstudio.viewmodel.policy_form import PolicyForm
from mqstudio.viewmodel.user_form import PermissionForm, UserForm
from tests.gui.conftest import Bench
from tests.gui.test_pseudo_locale import _pseudo, english, pseudo_bench
from tests.gui.walking import texts

__all__ = ["_pseudo", "pseudo_bench"]  # fixtures

TERMS = frozenset(
    [
        *(word for each in POLICY_KEYS for word in each.split("-")),
        *(choice for each in POLICY_KEYS.values() for choice in each.choices), "default",
    ]
)  # fmt: skip
"""Names of arguments and their values, as the protocol has them."""


def untranslated(shown: QWidget) -> list[tuple[str, str]]:
    """Texts with words that did not come out of tr(); names of arguments are the protocol's."""
    found = []
    for whose, text in set(texts(shown)):
        if whose.endswith(".placeholder"):
            continue  # most are examples of names
        words = [word for word in english(text) if word not in TERMS]
        is_term = bool(text) and " " not in text.strip() and any(sign in text for sign in "-_^.")
        if words and not is_term:
            found.append((whose, text))
    return sorted(found)


def filled(dialog: FormDialog, **values: str) -> FormDialog:
    for name, text in values.items():
        dialog.form.edit(name, text)
    return dialog


def exchange_change(bench: Bench) -> Any:
    bench.broker.exchanges["66"] = ExchangeSpec("66", "topic", True)
    bench.sample()
    bench.studio.structure.look_again()
    bench.sample()
    bench.window.open_exchange("/", "66")
    dialog = bench.window.structure.ask_edit()
    return filled(dialog, kind="fanout", is_durable="") if dialog is not None else None


FORMS: dict[str, Callable[[Bench], Any]] = {
    "queue": lambda bench: filled(bench.window.structure.ask_declare(), name="2025"),
    "exchange": lambda bench: filled(bench.window.structure.ask_exchange(), name="2025"),
    "vhost": lambda bench: filled(bench.window.structure.ask_vhost(), name="2025"),
    "vhost deletion": lambda bench: bench.window.structure.ask_delete_vhost(),
    "queue change": lambda bench: filled(
        bench.window.structure.ask_edit(), **{"x-max-length": "1", "is_durable": ""}
    ),
    "exchange change": exchange_change,
    "binding": lambda bench: open_form(
        bench.window._context, BindingForm(bench.studio.site, "/", queue="2024"), bench.window
    ),
    "policy": lambda bench: filled(
        open_form(bench.window._context, PolicyForm(bench.studio.site), bench.window), pattern="20"
    ),
    "policy change": lambda bench: filled(
        open_form(
            bench.window._context,
            PolicyForm(bench.studio.site, policy=Policy("/", "77", "^20", {"max-length": 5})),
            bench.window,
        ),
        pattern="^9",
    ),
    "user": lambda bench: open_form(
        bench.window._context, UserForm(bench.studio.site, bench.studio.access), bench.window
    ),
    "permission": lambda bench: open_form(
        bench.window._context, PermissionForm(bench.studio.site, bench.studio.access, "55"), bench.window
    ),
    "limits": lambda bench: open_form(
        bench.window._context, VhostLimitsForm(bench.studio.site, bench.studio.access, "/"), bench.window
    ),
    "limits of a user": lambda bench: open_form(
        bench.window._context, UserLimitsForm(bench.studio.site, bench.studio.access, "55"), bench.window
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_text_of_a_form_passes_through_tr(pseudo_bench: Bench, name: str) -> None:
    """Headings, fields, what they say, mistakes, what it would do, what changes and what it costs."""
    pseudo_bench.broker.users = {"55": User("55", ("monitoring",), "hash")}
    pseudo_bench.broker.permissions = {("55", "/"): Permission("55", "/", "", "", "")}
    dialog = FORMS[name](pseudo_bench)
    assert isinstance(dialog, FormDialog)
    assert untranslated(dialog) == []


def test_the_page_of_definitions_passes_through_tr(pseudo_bench: Bench, tmp_path: Path) -> None:
    """What a file would do, line by line."""
    path = tmp_path / "1"
    path.write_text(
        '{"queues": [{"name": "3", "vhost": "/", "durable": true, "arguments": {}}],'
        '"exchanges": [{"name": "amq.direct", "vhost": "/", "type": "fanout", "durable": true}]}'
    )
    assert untranslated(pseudo_bench.window.definitions.show_file(str(path))) == []


def test_triage_passes_through_tr(pseudo_bench: Bench) -> None:
    """Groups, their messages, and how they are redriven."""
    bench = pseudo_bench
    for number in range(3):
        bench.broker.add_message("2024", b'{"1": 2}', died_in="99", died_of="rejected", deaths=number + 1)
    bench.broker.change("2024", 1, state=MessageState.DEAD_LETTERED)
    bench.sample()
    view = bench.window.queue_view
    assert view is not None
    view.tabs.setTabVisible(3, True)
    view.tabs.setCurrentIndex(3)
    bench.sample()
    assert untranslated(view.triage) == []
