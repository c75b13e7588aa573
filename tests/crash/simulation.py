"""Deterministic simulation: a broker, its clients and everything that goes wrong, from one seed.

The same seed gives the same history, in any process: what is found is found again.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

import apsw

from tests.crash import lives
from tests.crash.checker import Report, check
from tests.crash.clients import POISON, Clients
from tests.crash.disk import Trouble
from tests.crash.mutants import Mutant
from tests.crash.world import CrashError, World, made_world


@dataclass
class Plan:
    """How long it goes on, and how likely each kind of fault is at each step.

    cut: the power goes, at one of the next calls to the disk. kill: broker and store are ended. store: only
    the store is. sync: the disk fails to sync once. stop: a clean end and a new beginning. jump: the clock
    does, back only with a new broker. poison: who gets a poisoned message is ended by it. again: the power
    goes while it starts after a crash, or while another store process takes over.
    """

    steps: int = 80
    cuts: int = 0
    cut: float = 0.0
    kill: float = 0.0
    store: float = 0.0
    sync: float = 0.0
    stop: float = 0.0
    jump: float = 0.0
    poison: float = 0.0
    again: float = 0.0


POWER_CUTS = Plan(steps=10_000, cuts=5, cut=0.06, stop=0.004, again=0.2)
FAULTS = Plan(cut=0.02, kill=0.02, store=0.03, sync=0.015, stop=0.01, jump=0.02, poison=0.5, again=0.3)


@dataclass
class Result:
    """What one seed led to. digest: of everything that happened."""

    seed: str
    report: Report
    wrongs: list[str]
    digest: str
    crashes: int
    faults: dict[str, int] = field(default_factory=dict)


def run(seed: str, plan: Plan, mutant: Mutant | None = None) -> Result:
    """Live through one seed. A mutant that breaks something badly may raise; so may a bug."""
    mutant = mutant or Mutant()
    with mutant.applied(), made_world(seed, mutant) as world:
        simulation = Simulation(seed, plan, world)
        simulation.run()
        return simulation.result()


def attempt(seed: str, plan: Plan, mutant: Mutant | None = None) -> Result:
    """As `run`; whatever is raised is something that went wrong."""
    try:
        return run(seed, plan, mutant)
    except (
        AssertionError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        apsw.Error,
        OSError,
    ) as problem:
        says = f"{type(problem).__name__}: {problem}"
        return Result(seed, Report(), [says], "", 0)


class Simulation:
    """One seed's life."""

    def __init__(self, seed: str, plan: Plan, world: World) -> None:
        self._seed = seed
        self._plan = plan
        self._world = world
        self._rng = Random(f"{seed}/faults")
        self._clients = Clients(world)
        self._faults: dict[str, int] = {}
        self._crashes = 0
        world.calls_to_cut = self._calls_to_cut

    def run(self) -> None:
        """From the first start to the last stop."""
        self._clients.arrive()
        for _ in range(self._plan.steps):
            if self._plan.cuts and self._faults.get("cut", 0) >= self._plan.cuts:
                break
            try:
                self._step()
            except CrashError:
                self._crash("cut", is_cut=True)
        self._world.disk.cut_at = self._world.disk.trouble = None
        self._world.finish()
        self._world.witness.wrongs += lives.check(self._world)

    def _step(self) -> None:
        world, rng = self._world, self._rng
        self._clients.act()
        if rng.random() < 0.5:
            world.send()
        self._plan_faults()
        if rng.random() < 0.6:
            world.work_off()
        if rng.random() < 0.3:
            world.keep_house(rng.randrange(1, 12))
        world.bring_pages()
        self._suffer()
        if world.disk.is_off:  # it went while pages were read
            raise CrashError(is_cut=True)

    def _plan_faults(self) -> None:
        """What is to go wrong at one of the disk's next calls."""
        plan, rng, disk = self._plan, self._rng, self._world.disk
        if disk.cut_at is None and rng.random() < plan.cut:
            disk.cut_at = disk.calls + rng.randrange(1, rng.choice((8, 40, 200)))
        elif disk.trouble is None and rng.random() < plan.sync:
            self._count("sync")
            disk.trouble = Trouble(disk.calls + rng.randrange(1, 60), "eio")

    def _suffer(self) -> None:
        """What goes wrong right now."""
        plan, rng, world = self._plan, self._rng, self._world
        if rng.random() < plan.kill:
            self._crash("kill", is_cut=False)
        elif rng.random() < plan.store:
            self._count("store")
            self._end_store()
        elif rng.random() < plan.stop:
            self._count("stop")
            world.disk.cut_at = world.disk.trouble = None
            world.stop()
            world.start()
            self._clients.arrive()
        elif rng.random() < plan.jump:
            self._count("jump")
            world.wait(rng.choice((3_600_000_000, 86_400_000_000)))
        self._die_of_poison()

    def _end_store(self) -> None:
        """The store process dies: before it does what it was given, or before it says so."""
        world, rng = self._world, self._rng
        parcel = world.parcel
        if parcel is not None and rng.random() < 0.5:
            with suppress(apsw.Error):
                world.write(parcel)
        if world.disk.is_off:
            raise CrashError(is_cut=True)
        world.restart_store()

    def _die_of_poison(self) -> None:
        world, rng = self._world, self._rng
        for connection_id, inbox in list(world.inboxes.items()):
            latest, inbox.latest = inbox.latest, []
            if any(event.message.body.startswith(POISON) for event in latest):
                self._count("poison")
                if rng.random() < self._plan.poison:
                    self._crash("poison", is_cut=False)
                    return
                self._clients.hang_up(connection_id)

    def _crash(self, kind: str, *, is_cut: bool) -> None:
        self._count(kind)
        self._crashes += 1
        if self._plan.jump and self._rng.random() < 0.3:
            self._world.now_us -= self._rng.choice((1_000_000, 3_600_000_000))
        again = []
        while (calls := self._calls_to_cut()) is not None:
            again.append(calls)
        self._world.crash(is_cut=is_cut, again=again)
        self._clients.arrive()

    def _calls_to_cut(self) -> int | None:
        """After how many calls to the disk the power goes again while somebody opens the file."""
        if self._rng.random() >= self._plan.again:
            return None
        self._count("again")
        return self._rng.randrange(1, self._rng.choice((10, 60, 150)))

    def _count(self, kind: str) -> None:
        self._faults[kind] = self._faults.get(kind, 0) + 1

    def result(self) -> Result:
        """What came of it."""
        world = self._world
        report = check(world.witness.history)
        digest = sha256()
        digest.update(repr(world.witness.history).encode())
        for table in ("message", "place", "event", "definition", "broker_event", "binned"):
            for row in world.connection.execute(f"SELECT * FROM {table}"):
                digest.update(repr(row).encode())
        wrongs = [*world.witness.wrongs, *report.wrongs]
        return Result(self._seed, report, wrongs, digest.hexdigest(), self._crashes, self._faults)
