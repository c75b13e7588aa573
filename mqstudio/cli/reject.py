"""`mqstudio reject`: dead-letter messages that consumers hold."""

from mqstudio.cli.forcing import make
from mqstudio.model.delivery import Outcome

command = make(
    "reject",
    Outcome.REJECTED,
    "Dead-letter what consumers hold.",
    "Reject messages of QUEUE that are in flight: they become dead letters where a rule says so.",
    "Rejected",
)
