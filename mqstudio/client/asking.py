"""What is asked of whoever has a broker's messages, be it a client or a stand-in for one."""

from typing import Protocol

from mqstudio.model.rows import MessageDetail, MessagePage, MessageState


class Messages(Protocol):
    """Looking at messages, each as the client's method of that name."""

    async def page(
        self,
        queue: str,
        *,
        vhost: str = ...,
        limit: int = ...,
        after_id: int | None = ...,
        is_oldest_first: bool = ...,
        states: list[MessageState] | None = ...,
        where: str = ...,
    ) -> MessagePage:
        """Messages of a queue."""

    async def message(
        self,
        queue: str,
        message_id: int,
        *,
        vhost: str = ...,
        body_offset: int = ...,
        body_limit: int | None = ...,
    ) -> MessageDetail:
        """One message."""
