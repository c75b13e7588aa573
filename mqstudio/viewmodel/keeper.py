"""Finds or starts the broker that a window shows, follows it, and starts it again, or another, when told."""

import asyncio
import hmac
import logging
from contextlib import suppress
from dataclasses import replace

from mqstudio.client import keys
from mqstudio.client.client import Client
from mqstudio.client.launch import KeyWantedError, LaunchOptions, OwnedBroker, attach_or_launch
from mqstudio.client.profile_files import ProfileFile, change_key, list_profiles
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.notices import Notice, Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

log = logging.getLogger(__name__)

CLIENT_NAME = "MQ Studio window"

ELSEWHERE = (
    "This broker was not started by this window, but by `mqstudio serve` or another window. "
    "Stop it there; then this window can start one of its own, and {what}."
)


class Keeper:
    """A window's broker. key_wanted(): its profile is encrypted, and no passphrase that we have fits.

    options: what it is started with. owned: it, if this window started it. `run` goes on until cancelled.
    """

    def __init__(self, options: LaunchOptions, workspace: Workspace, notices: Notices) -> None:
        self.options = options
        self.owned: OwnedBroker | None = None
        self.key_wanted = Signal()
        self.switched = Signal()
        self._workspace, self._notices = workspace, notices
        self._again = asyncio.Event()
        self._is_leaving = False
        self._file_at_rest = asyncio.Lock()
        """Held while a broker starts, and while the profile is written anew: not both at once."""
        self._told: Notice | None = None
        self._attempt: asyncio.Future[str] | None = None
        """Somebody gave a passphrase, and waits for what comes of it: "" or what is wrong."""

    # ---- as it goes

    async def run(self) -> None:
        """Follow a broker for as long as it lives; then wait until another one is wanted."""
        while True:
            async with self._file_at_rest:
                self._again.clear()
                self._is_leaving = False
                self._workspace.expect_broker()
                client = await self._find()
            if client is not None:
                await self._follow_within_walls(client)
            await self._again.wait()
            await self.stop_owned()

    async def _find(self) -> Client | None:
        """A client of the broker; None if there is none, and why was told."""
        options = self.options
        try:
            client, self.owned = await attach_or_launch(options, name=CLIENT_NAME)
        except KeyWantedError:
            await self._on_key_wanted(options)
        except OSError as error:
            self._workspace.lose(str(error))
            self._settle(str(error))
            self._told = self._notices.problem(str(error))
        else:
            self._settle("")
            if not self._again.is_set():  # else another one is wanted by now
                return client
            await client.close()
        return None

    async def _on_key_wanted(self, options: LaunchOptions) -> None:
        """Try the keyring's passphrase, once; else somebody has to say it."""
        if options.key is None:
            with suppress(ValueError):  # it has none, or there is no keyring
                key = await asyncio.to_thread(keys.find, options.path, None, use_keyring=True)
                self.options = replace(options, key=key)
                self._again.set()
                return
        name = options.path.name
        self.options = replace(options, key=None)
        self._workspace.lose(f"{name} is encrypted: it opens with its passphrase only.")
        wrong = f"That passphrase does not fit {name}. Capitals and spaces count."
        if self._attempt is None:
            self.key_wanted.emit()
        self._settle(wrong)

    def _settle(self, says: str) -> None:
        attempt, self._attempt = self._attempt, None
        if attempt is not None and not attempt.done():
            attempt.set_result(says)

    async def _follow_within_walls(self, client: Client) -> None:
        """Keep the window when a panel fails over a sample: it is told, and can begin anew."""
        try:
            await self._follow(client)
        except Exception as error:  # the outer wall of the window's main task
            log.exception("following the broker failed")
            self._workspace.lose(f"The window failed over what the broker said ({error!r}).")
            self._told = self._notices.problem(
                tr(
                    "The window failed over what the broker said; its log has the details. Restart "
                    "broker begins anew."
                )
            )

    async def _follow(self, client: Client) -> None:
        workspace = self._workspace
        if self._told is not None:
            self._notices.dismiss(self._told)  # it is no longer true
        async with client:
            await workspace.follow(client)
        if self._is_leaving:
            return
        log.warning("broker lost reason=%r", workspace.lost_because)
        where = f" The log is {self.owned.log_path}." if self.owned else ""
        self._told = self._notices.problem(
            tr(
                "{lost_because}{where} Restart broker starts it.",
                lost_because=workspace.lost_because,
                where=where,
            )
        )

    async def stop_owned(self) -> None:
        """End the broker that this window started, if it did."""
        owned, self.owned = self.owned, None
        if owned is not None:
            with suppress(ProcessLookupError):  # it may have gone by itself
                await owned.stop()

    # ---- verbs

    def restart(self) -> None:
        """Start the broker again."""
        self._again.set()

    def profiles(self) -> list[ProfileFile]:
        """The profiles of the data folder, the one used last first."""
        return list_profiles(self.options.data_dir)

    @property
    def is_encrypted(self) -> bool:
        """Whether the profile has a passphrase, as far as this window knows."""
        return self.options.key is not None

    def fits(self, key: str) -> bool:
        """Whether this is the profile's passphrase."""
        return hmac.compare_digest(key.encode(), (self.options.key or "").encode())

    async def switch(self, profile: str) -> None:
        """Stop this broker, and start one on another profile, new or old. Raises: RefusedError."""
        self._check_owned("open another profile")
        async with self._file_at_rest:
            self.options = replace(self.options, profile=profile, key=None, in_memory=False)
            await self._leave()
            self.switched.emit()
            self._again.set()

    async def unlock(self, key: str) -> None:
        """Try a passphrase. Raises: RefusedError if it does not fit."""
        self.options = replace(self.options, key=key)
        attempt = self._attempt = asyncio.get_running_loop().create_future()
        self._again.set()
        says = await attempt
        if says:
            raise RefusedError(Refusal.INVALID_ARGUMENT, says)

    async def set_key(self, new_key: str | None) -> None:
        """Encrypt the profile, change its passphrase, or take it away. Raises: RefusedError.

        The broker is away meanwhile, and comes back in any case; who wants it sooner has to wait.
        """
        self._check_owned("change its passphrase")
        async with self._file_at_rest:
            options = self.options
            await self._leave()
            try:
                await change_key(options.path, options.key, new_key)
                self.options = replace(options, key=new_key)
            finally:
                self._again.set()

    async def keep_in_keyring(self, key: str) -> None:
        """Have the system's keyring remember the passphrase. Raises: RefusedError."""
        try:
            await asyncio.to_thread(keys.keep_in_keyring, self.options.path, key)
        except ValueError as error:
            says = str(error).replace("Use --key-file instead.", "Go on without it.")
            raise RefusedError(Refusal.NOT_SUPPORTED, says) from error

    def _check_owned(self, what: str) -> None:
        if self.owned is None and self._workspace.is_live:
            raise RefusedError(Refusal.NOT_SUPPORTED, ELSEWHERE.format(what=what))

    async def _leave(self) -> None:
        self._is_leaving = True
        await self.stop_owned()
