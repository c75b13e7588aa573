"""The Celery application of test_celery.py: the worker process and the test both load it.

The environment says where the broker is, which folder keeps what tasks leave behind, and whether the
queues are quorum queues. Tasks are not shared, so that a test may load it more than once.
"""

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery, Task
from kombu import Exchange, Queue

FOLDER = Path(os.environ.get("CELERY_FOLDER", "."))
IS_QUORUM = os.environ.get("CELERY_QUORUM") == "1"
KIND: dict[str, Any] = {"x-queue-type": "quorum"} if IS_QUORUM else {"x-max-priority": 10}
NAME = os.environ.get("CELERY_QUEUE", "work")

app = Celery(
    "conformance", broker=os.environ["CELERY_URL"], backend=os.environ.get("CELERY_BACKEND", "rpc://")
)
app.conf.update(
    task_default_queue=NAME,
    task_default_exchange=NAME,
    task_default_exchange_type="topic",
    task_default_routing_key=NAME,
    task_queues=[Queue(NAME, Exchange(NAME, type="topic"), routing_key=NAME, queue_arguments=KIND)],
    worker_prefetch_multiplier=1,
    worker_detect_quorum_queues=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    result_expires=60,
)


def note(text: str) -> None:
    """Leave a line for the test to see."""
    with (FOLDER / "notes.txt").open("a") as notes:
        notes.write(text + "\n")


@app.task(shared=False)
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@app.task(shared=False)
def total(numbers: list[int]) -> int:
    """Sum what the tasks of a chord returned."""
    return sum(numbers)


@app.task(shared=False)
def noted(text: str) -> str:
    """Leave a line."""
    note(text)
    return text


@app.task(shared=False, bind=True, max_retries=3)
def third_time(self: Task) -> int:
    """Fail twice, then say how often it was tried."""
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries + 1


@app.task(shared=False, bind=True, acks_late=True)
def stubborn(self: Task, name: str) -> bool:
    """Hold the worker until it is killed; when given again, say so."""
    note(f"{name} {self.request.delivery_info['redelivered']}")
    while not self.request.delivery_info["redelivered"]:
        time.sleep(0.05)
    return True


@app.task(shared=False)
def hold(name: str) -> None:
    """Hold the worker until the test makes a file of that name."""
    note(name)
    while not (FOLDER / name).exists():
        time.sleep(0.02)
