"""`mqstudio release`: put messages that consumers hold back into their queue."""

from mqstudio.cli.forcing import make
from mqstudio.model.delivery import Outcome

command = make(
    "release",
    Outcome.RELEASED,
    "Put what consumers hold back into the queue.",
    "Put messages of QUEUE that are in flight back to their places.",
    "Released",
)
