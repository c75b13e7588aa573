"""`mqstudio accept`: have messages that consumers hold be done."""

from mqstudio.cli.forcing import make
from mqstudio.model.delivery import Outcome

command = make(
    "accept",
    Outcome.ACCEPTED,
    "Have what consumers hold be done.",
    "Drop messages of QUEUE that are in flight, as if their consumers had accepted them.",
    "Accepted",
)
