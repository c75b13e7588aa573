"""Names: queue URLs, ARNs, and which virtual host a region of an account is.

Queues are per account and region. The usual account in the usual region is the default virtual host, so
that AMQP clients meet its queues without doing anything; a region is a virtual host of its name, and the
regions of other accounts are named after both.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.sqs.errors import SqsError, invalid, missing

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:sqs:([a-z0-9-]{1,40}):([0-9]{12}):([A-Za-z0-9_.-]{1,80})")
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/[0-9]+/([^/,\s]+)/")

FIFO_SUFFIX: Final = ".fifo"

_FIFO_NAMES: Final = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
    "with .fifo suffix and be 1 to 80 in length."
)


class Scope(Struct, frozen=True):
    """Whose queues, where."""

    account: str = ACCOUNT
    region: str = REGION

    @property
    def vhost(self) -> str:
        """The virtual host that they are in."""
        if self.account != ACCOUNT:
            return f"{self.account}/{self.region}"
        return DEFAULT_VHOST if self.region == REGION else self.region

    def arn(self, name: str) -> str:
        """A queue's ARN."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{name}"

    def url(self, host: str, name: str) -> str:
        """A queue's URL, as whoever called us by this host can reach it."""
        return f"http://{host}/{self.account}/{name}"


def read_scope(authorization: str) -> tuple[str, Scope]:
    """The access key of a request, and what it is for; who has not signed gets the usual scope."""
    found = _CREDENTIAL.search(authorization)
    if found is None:
        return "", Scope()
    key, region = found.groups()
    account = key if _ACCOUNT.fullmatch(key) else ACCOUNT
    return key, Scope(account, region if _REGION.fullmatch(region) else REGION)


def read_url(url: str, scope: Scope) -> tuple[Scope, str]:
    """The scope and name that a queue URL means, whatever its host; also a bare name. Raises: SqsError."""
    if not url:
        raise missing("QueueUrl")
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    if not parts:
        raise SqsError("QueueDoesNotExist", "The specified queue does not exist.")
    if len(parts) > 1 and _ACCOUNT.fullmatch(parts[-2]):
        scope = Scope(parts[-2], scope.region)
    return scope, parts[-1]


def read_arn(arn: str) -> tuple[Scope, str] | None:
    """The scope and name that an ARN means; None if it is none of SQS."""
    found = _ARN.fullmatch(arn)
    return (Scope(found[2], found[1]), found[3]) if found else None


def check_name(name: object, *, is_fifo: bool) -> str:
    """A queue's name for a new queue. Raises: SqsError."""
    if not isinstance(name, str) or not name:
        raise missing("QueueName")
    stem = name.removesuffix(FIFO_SUFFIX)
    if name.endswith(FIFO_SUFFIX) is not is_fifo:
        raise invalid(_FIFO_NAMES)
    if not _NAME.fullmatch(stem) or len(name) > 80:
        says = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise invalid(says)
    return name
