"""Batches: entries with ids, each done for itself; what goes wrong with one is told of it alone."""

import re
from collections.abc import Callable, Generator
from typing import Any, Final

from mqstudio.model.errors import RefusedError
from mqstudio.protocols.base import Request
from mqstudio.protocols.sqs.errors import SqsError, translate
from mqstudio.protocols.sqs.visit import Output

ENTRIES_MAX: Final = 10
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


def entries(given: object) -> list[dict[str, Any]]:
    """The entries of a batch. Raises: SqsError."""
    if not isinstance(given, list) or not given:
        raise SqsError(
            "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."
        )
    if len(given) > ENTRIES_MAX:
        says = f"Maximum number of entries per request are {ENTRIES_MAX}. You have sent {len(given)}."
        raise SqsError("TooManyEntriesInBatchRequest", says)
    ids = [each.get("Id") if isinstance(each, dict) else None for each in given]
    for each in ids:
        if not isinstance(each, str) or not _ID.fullmatch(each):
            says = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            says += "It can be at most 80 letters long."
            raise SqsError("InvalidBatchEntryId", says)
    for index, each in enumerate(ids):
        if each in ids[:index]:
            raise SqsError("BatchEntryIdsNotDistinct", f"Id {each} repeated.")
    return given


def run(
    given: list[dict[str, Any]], do: Callable[[dict[str, Any]], Generator[Request, None, Output]]
) -> Generator[Request, None, Output]:
    """Do each entry; its output, or its fault, is told under its id."""
    successful: list[Output] = []
    failed: list[Output] = []
    for entry in given:
        try:
            successful.append({"Id": entry["Id"], **(yield from do(entry))})
        except SqsError as error:
            failed.append(_fault(entry["Id"], error))
        except RefusedError as refused:
            failed.append(_fault(entry["Id"], translate(refused)))
    output: Output = {}
    if successful:
        output["Successful"] = successful
    if failed:
        output["Failed"] = failed
    return output


def _fault(entry_id: str, error: SqsError) -> Output:
    return {"Id": entry_id, "SenderFault": error.is_senders, "Code": error.code, "Message": error.says}
