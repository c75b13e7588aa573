"""Errors of Amazon SQS: each has a shape for JSON and a code for Query, and programs catch either.

Source: the errors of AWS's service model, version 2012-11-05; `docs/protocols/sqs.md`, section 8.
"""

from typing import Final

from mqstudio.model.errors import Refusal, RefusedError

_PREFIX: Final = "AWS.SimpleQueueService."

LEGACY: Final = {
    "QueueDoesNotExist": f"{_PREFIX}NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
    "UnknownOperationException": "InvalidAction",
    "ServiceUnavailable": "ServiceUnavailable",
    **{
        shape: f"{_PREFIX}{shape}"
        for shape in (
            "PurgeQueueInProgress",
            "TooManyEntriesInBatchRequest",
            "EmptyBatchRequest",
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "InvalidBatchEntryId",
            "MessageNotInflight",
            "QueueDeletedRecently",
            "UnsupportedOperation",
        )
    },
}
"""Shape → code of the Query protocol, where that is another word."""


class SqsError(Exception):
    """Why a request is not done. `shape` is its name in JSON."""

    def __init__(self, shape: str, says: str, *, status: int = 400) -> None:
        super().__init__(says)
        self.shape = shape
        self.says = says
        self.status = status

    @property
    def code(self) -> str:
        """Its name in the Query protocol."""
        return LEGACY.get(self.shape, self.shape)

    @property
    def is_senders(self) -> bool:
        """Whether it is the client's doing, so that trying again is no use."""
        return self.status < 500


def invalid(says: str) -> SqsError:
    """A parameter's value will not do."""
    return SqsError("InvalidParameterValueException", says)


def invalid_value(value: object, parameter: str, reason: str) -> SqsError:
    """A parameter's value will not do, in AWS's usual sentence."""
    return invalid(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing(parameter: str) -> SqsError:
    """A parameter is missing."""
    return SqsError(
        "MissingRequiredParameterException", f"The request must contain the parameter {parameter}."
    )


def no_such_queue() -> SqsError:
    """There is no queue of that name."""
    return SqsError("QueueDoesNotExist", "The specified queue does not exist.")


_OF_REFUSALS: Final = {
    Refusal.NO_SUCH_QUEUE: ("QueueDoesNotExist", "The specified queue does not exist.", 400),
    Refusal.NO_SUCH_VHOST: ("QueueDoesNotExist", "The specified queue does not exist.", 400),
    Refusal.TOO_MANY: ("OverLimit", "", 403),
    Refusal.NO_SUCH_DELIVERY: ("MessageNotInflight", "", 400),
    Refusal.NOT_STORED: ("ServiceUnavailable", "", 503),
    Refusal.OUT_OF_MEMORY: ("ServiceUnavailable", "", 503),
}


def translate(refused: RefusedError) -> SqsError:
    """A refusal of the broker in AWS's words; where AWS has none, in ours."""
    shape, says, status = _OF_REFUSALS.get(refused.why, ("UnsupportedOperation", "", 400))
    return SqsError(shape, says or refused.says, status=status)
