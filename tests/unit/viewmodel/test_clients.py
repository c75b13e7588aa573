"""The table of clients."""

from mqstudio.viewmodel.clients import CLIENT_COLUMNS, Clients
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker


def test_shows_programs_and_not_ourselves(broker: ListBroker, workspace: Workspace) -> None:
    """Each with its library; the window's own connection is hidden; all go with the broker."""
    clients = Clients(workspace)
    broker.add_client(1, unacked=7)
    broker.add_client(2, protocol="native")
    broker.feed(workspace)
    texts = {column.key: column.text(clients.rows.rows[0], 0) for column in CLIENT_COLUMNS}
    assert len(clients.rows) == 1
    assert (texts["name"], texts["library"], texts["unacked"]) == ("app-1", "pika 1.4.4", "7")
    workspace.lose("gone")
    assert len(clients.rows) == 0
