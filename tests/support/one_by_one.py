"""Sends several messages as several: for brokers of tests that know only one at a time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from mqstudio.client.sending import Parcel
from mqstudio.model.errors import RefusedError
from mqstudio.protocols.native.messages import PublishReply


class OneByOne:
    """Whoever has `send` has `send_all`, too."""

    send: Any

    async def send_all(self, parcels: Sequence[Parcel]) -> list[PublishReply | Exception]:
        """All at once, each by itself."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._outcome(parcel)) for parcel in parcels]
        return [task.result() for task in tasks]

    async def _outcome(self, parcel: Parcel) -> PublishReply | Exception:
        try:
            reply: PublishReply = await self.send(
                parcel.exchange, parcel.routing_key, parcel.body, parcel.properties, vhost=parcel.vhost
            )
        except (RefusedError, OSError, TimeoutError) as error:
            return error
        return reply
