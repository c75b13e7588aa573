"""kill -9 under SQS's clients: what was sent is there, what was deleted stays so, groups keep their order.

Clients speak HTTP themselves, on connections that stay: a broker is killed while they wait for answers. An
answer that did not come says nothing; what was answered must hold.
"""

import http.client
import json
import random
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.support.broker import RunningBroker, running_broker

GROUPS = ("a", "b", "c")
ANSWERS = (1, 150)
"""A broker is killed after at least, and at most, so many messages were answered."""

ALIVE_S = 30


class AnswerError(Exception):
    """The broker refused, or there was no answer since it is dead."""


class Client:
    """A connection that asks in JSON."""

    def __init__(self, broker: RunningBroker) -> None:
        self._http = http.client.HTTPConnection("localhost", broker.port_sqs, timeout=ALIVE_S)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def ask(self, action: str, **given: Any) -> Any:
        """Do something. Raises: AnswerError."""
        headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"}
        try:
            self._http.request("POST", "/", json.dumps(given), headers)
            response = self._http.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise AnswerError(str(error)) from error
        if response.status != 200:
            raise AnswerError(body.decode())
        return json.loads(body or b"{}")


class History(Struct):
    """What clients were told, over all lives."""

    sent: dict[str, str] = {}
    """Body → message id, of what was answered."""
    tried: set[str] = set()
    deleted: set[str] = set()
    maybe_deleted: set[str] = set()
    wrongs: list[str] = []
    answers: threading.Semaphore = threading.Semaphore(0)
    """Released for each message that was answered."""


def run(folder: Path, cycles: int, seed: int) -> History:
    """Start, let clients work for a moment, kill; so often. Then look at what is left."""
    history = History({}, set(), set(), set(), [], threading.Semaphore(0))
    chance = random.Random(seed)
    for cycle in range(cycles):
        with running_broker(folder / "broker") as broker:
            _live(broker, history, cycle, chance.randint(*ANSWERS))
        if history.wrongs:
            return history
    with running_broker(folder / "broker") as broker:
        client = Client(broker)
        _drain(client, history)
        client.close()
    return history


def _live(broker: RunningBroker, history: History, cycle: int, answers: int) -> None:
    """One life: clients work until so many messages were answered, and the broker is killed."""
    history.answers = threading.Semaphore(0)
    clients = [Client(broker) for _ in range(6)]
    first, *others = clients
    _prepare(first)
    _check_repeat(first, history)
    threads = [threading.Thread(target=_send, args=(others[n], history, cycle, n)) for n in range(3)]
    threads += [threading.Thread(target=_receive, args=(others[3 + n], history, n)) for n in range(2)]
    for each in threads:
        each.start()
    for _ in range(answers):
        if not history.answers.acquire(timeout=ALIVE_S):
            history.wrongs.append(f"nothing was answered in life {cycle}")
            break
    broker.process.kill()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    broker.process.wait()


def _prepare(client: Client) -> None:
    client.ask("CreateQueue", QueueName="plain", Attributes={"VisibilityTimeout": "30"})
    client.ask("CreateQueue", QueueName="q.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "30"})


def _body(cycle: int, number: int, count: int, queue: str) -> str:
    return f"{queue}/{cycle:04}/{number}/{count:06}"


def _send(client: Client, history: History, cycle: int, number: int) -> None:
    count = 0
    with suppress(AnswerError):
        while True:
            for queue in ("plain", "q.fifo"):
                body = _body(cycle, number, count, queue)
                history.tried.add(body)
                history.sent[body] = _send_one(client, body)
                history.answers.release()
            count += 1


def _send_one(client: Client, body: str) -> str:
    queue, _, number, _ = body.split("/")
    extra = (
        {"MessageGroupId": GROUPS[int(number)], "MessageDeduplicationId": body} if queue == "q.fifo" else {}
    )
    return str(client.ask("SendMessage", QueueUrl=queue, MessageBody=body, **extra)["MessageId"])


def _receive(client: Client, history: History, number: int) -> None:
    queue = ("plain", "q.fifo")[number]
    with suppress(AnswerError):
        while True:
            got = client.ask("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=3, WaitTimeSeconds=1)
            for each in got.get("Messages", ()):
                _note(each["Body"], history)
                if int(each["Body"][-1]) % 3:  # others stay in flight, and come back after the crash
                    history.maybe_deleted.add(each["Body"])
                    client.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
                    history.deleted.add(each["Body"])
                elif queue == "q.fifo":
                    client.ask(
                        "ChangeMessageVisibility",
                        QueueUrl=queue,
                        ReceiptHandle=each["ReceiptHandle"],
                        VisibilityTimeout=0,
                    )


def _note(body: str, history: History) -> None:
    if body in history.deleted:
        history.wrongs.append(f"{body} was deleted, and came again")
    if body not in history.tried:
        history.wrongs.append(f"{body} was never sent")


def _check_repeat(client: Client, history: History) -> None:
    """The last that was answered before the crash is sent again: it is known, and not queued twice."""
    known = [body for body in history.sent if body.startswith("q.fifo")][-1:]
    for body in known:
        message_id = _send_one(client, body)
        if message_id != history.sent[body]:
            history.wrongs.append(f"{body} was queued twice: as {history.sent[body]}, then as {message_id}")


def _drain(client: Client, history: History) -> None:
    """All that is left: nothing that was answered is missing, groups are in order."""
    left: dict[str, list[str]] = {"plain": [], "q.fifo": []}
    for queue, bodies in left.items():
        while got := client.ask("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for each in got:
                _note(each["Body"], history)
                bodies.append(each["Body"])
                client.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    found = {*left["plain"], *left["q.fifo"]}
    lost = history.sent.keys() - history.maybe_deleted - found
    history.wrongs += [f"{body} was answered, and is lost" for body in sorted(lost)[:20]]
    twice = len(left["plain"]) + len(left["q.fifo"]) - len(found)
    if twice:
        history.wrongs.append(f"{twice} messages came twice")
    for group in range(len(GROUPS)):
        mine = [body for body in left["q.fifo"] if body.split("/")[2] == str(group)]
        if mine != sorted(mine):
            history.wrongs.append(f"group {GROUPS[group]} is out of order")
