"""The latest figures of a broker, for those who ask once: the first sample has everything."""

from mqstudio.client.client import Client
from mqstudio.client.looking import Figures
from mqstudio.model.queries import WatchSamples
from mqstudio.model.samples import Sample


async def latest(client: Client) -> Figures:
    """Take one sample. Raises: ConnectionError."""
    async with client.watch(WatchSamples()) as samples:
        async for item in samples:
            if isinstance(item, Sample):
                return figures_of(item)
    raise ConnectionError("The broker sent no figures.")


def figures_of(sample: Sample) -> Figures:
    """A whole sample as figures."""
    return Figures(
        sample.at_us,
        sample.totals,
        {each.id: each for each in sample.queues},
        {each.id: each for each in sample.connections},
        {(each.vhost, each.name): each for each in sample.exchanges},
    )
