"""A file of definitions: looked at, chosen from, taken over, undone."""

import json
from pathlib import Path
from typing import Any

import pytest

from mqstudio.client.definition_items import Verdict
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.definitions import CHOICE_COLUMNS, DefinitionsImport, save_definitions
from mqstudio.viewmodel.jobs import Jobs
from tests.support.list_broker import START_US, run_now
from tests.unit.viewmodel.conftest import Shop

QUEUES = [
    {"name": "orders", "durable": True},
    {"name": "mail", "durable": True},
    {"name": "log", "durable": True, "arguments": {"x-max-length": 5}},
]
SHOP = {
    "queues": QUEUES,
    "exchanges": [{"name": "shop", "type": "fanout", "durable": True}],
    "bindings": [{"source": "shop", "destination": "mail", "routing_key": "m"}],
    "policies": [{"name": "ha", "pattern": "x", "definition": {"ha-mode": "all"}}],
}


class Desk:
    """An import, and what is around it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.definitions = DefinitionsImport(shop.site, Jobs(shop.site.workspace.now_us))

    def show(self, content: Any) -> DefinitionsImport:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        run_now(self.definitions.show("shop.json", data))
        return self.definitions

    def table(self) -> list[tuple[str, ...]]:
        keys = ("mark", "verdict", "kind", "name")
        columns = {column.key: column for column in CHOICE_COLUMNS}
        rows = self.definitions.rows.rows
        return [tuple(columns[key].text(row, START_US) for key in keys) for row in rows]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def test_what_a_file_would_do_is_shown_before(desk: Desk) -> None:
    definitions = desk.show(SHOP)
    assert desk.table() == [
        ("", "Not supported", "policy", "ha"),
        ("", "Conflicting", "exchange", "shop"),
        ("", "Same", "queue", "orders"),
        ("☑", "New", "queue", "mail"),
        ("☑", "New", "queue", "log"),
        ("☑", "New", "binding", "shop → mail"),
    ]
    assert definitions.heading() == "shop.json — 6 definitions"
    assert definitions.summary() == (
        "3 will be taken over; it can be undone. 1 thing that is here differently stays as it is."
    )
    assert definitions.verb() == "Take over 3 definitions"
    assert "mail" not in desk.shop.broker.queues


def test_what_is_chosen_is_taken_over_and_had_back(desk: Desk) -> None:
    definitions = desk.show(SHOP)
    definitions.toggle([4])
    assert [row[0] for row in desk.table()][3:] == ["☑", "☐", "☑"]
    run_now(definitions.take())
    assert set(desk.shop.broker.queues) == {"orders", "mail"}
    assert desk.shop.words() == ["Took over 2 definitions of shop.json."]
    assert definitions.counts()[Verdict.SAME] == 3
    desk.shop.undo()
    assert set(desk.shop.broker.queues) == {"orders"}
    assert desk.shop.words()[-1] == "2 definitions taken back."
    assert definitions.counts()[Verdict.NEW] == 3


def test_choosing_all_none_and_only_what_is_shown(desk: Desk) -> None:
    definitions = desk.show(SHOP)
    definitions.choose_all(False)
    assert definitions.chosen() == []
    run_now(definitions.take())
    assert desk.shop.words() == []
    definitions.filter(Verdict.CONFLICT)
    assert len(desk.table()) == 1
    definitions.choose_all(True)
    assert definitions.chosen() == []
    definitions.filter(None)
    definitions.toggle([0, 1, 2, 3])
    assert [item.name for item in definitions.chosen()] == ["mail"]


def test_what_is_refused_is_listed_and_the_rest_is_done(desk: Desk, monkeypatch: Any) -> None:
    declare = desk.shop.broker.declare_queue

    async def refuse(name: str, **fields: Any) -> Any:
        if name == "mail":
            raise RefusedError(Refusal.TOO_MANY, "That is one queue too many.")
        return await declare(name, **fields)

    monkeypatch.setattr(desk.shop.broker, "declare_queue", refuse)
    definitions = desk.show({"queues": QUEUES})
    run_now(definitions.take())
    assert desk.shop.words() == ["Took over 1 definition of shop.json. 1 other was refused."]
    assert desk.table()[1] == ("☐", "Refused", "queue", "mail")
    assert CHOICE_COLUMNS[-1].text(definitions.rows.rows[1], START_US) == "That is one queue too many."
    desk.show({"queues": [{"name": "mail"}]})
    run_now(definitions.take())
    assert desk.shop.words()[-1] == "Nothing was taken over. 1 other was refused."


def test_a_file_without_a_virtual_host_asks_for_one(desk: Desk) -> None:
    definitions = desk.show({"queues": [{"name": "mail"}]})
    assert definitions.has_no_vhost
    run_now(definitions.put_into("gone"))
    assert definitions.counts()[Verdict.UNSUPPORTED] == 1
    run_now(definitions.put_into("/"))
    assert definitions.counts()[Verdict.NEW] == 1
    assert not desk.show({"queues": [{"name": "mail", "vhost": "/"}]}).has_no_vhost


def test_what_cannot_be_read_says_why(desk: Desk, tmp_path: Path) -> None:
    definitions = desk.show(b"hello")
    assert "no file of definitions" in definitions.summary()
    assert (definitions.heading(), desk.table(), definitions.chosen()) == ("shop.json", [], [])
    run_now(definitions.open(tmp_path / "gone.json"))
    assert "gone.json cannot be read" in definitions.summary()
    file = tmp_path / "here.json"
    file.write_text(json.dumps(SHOP))
    run_now(definitions.open(file))
    assert definitions.heading() == "here.json — 6 definitions"


def test_everything_here_already(desk: Desk) -> None:
    definitions = desk.show({"queues": [{"name": "orders", "durable": True}]})
    assert definitions.summary() == "Everything that can be taken over is here already."


def test_definitions_are_saved_whole_or_not_at_all(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run_now(save_definitions(desk.shop.site, file))
    names = [each["name"] for each in json.loads(file.read_bytes())["queues"]]
    assert names == ["orders"]
    assert desk.shop.words() == ["All definitions are in out.json."]
    run_now(save_definitions(desk.shop.site, file, "/"))
    assert "vhost" not in json.loads(file.read_bytes())["queues"][0]
    with pytest.raises(RefusedError, match="cannot be written"):
        run_now(save_definitions(desk.shop.site, tmp_path / "no" / "out.json"))
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]
