"""The app over its twins on virtual time, and the pump that delivers its messages: in order, or as badly as a queue may.

Nothing sleeps: the clock jumps to the next message or to the next recovery. The same house and the same post give the
same run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.memory import (
    MemoryJobs,
    MemoryPauses,
    MemoryQueues,
    MemorySemaphores,
    MemorySightings,
    MemoryTrail,
    SettableClock,
)
from shared.domain.job.job import Job
from shared.domain.machine.machine import MachineId
from shared.domain.messages import JobStep, Message, Notification, Queue, ScanRequest, encode
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.errors import Unavailable
from shared.ports import Sightings
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.deliver import tell
from shared.usecases.recover.dead_letters import settle_dead_letter
from shared.usecases.recover.recover import Recovered, recover
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support import fleets
from tests.support.faults import Hook, Killed, Recorder, watched
from tests.support.world import Guest, World

RECOVER_EVERY = timedelta(minutes=5)
LOCK = timedelta(minutes=1)
MAX_DELIVERIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """How well the queues deliver."""

    copies: int = 1
    newest_first: bool = False
    #: by the number of the message, from 0
    loses: Callable[[int], bool] = lambda _: False
    #: how much later than asked for, by the number of the message
    late: Callable[[int], timedelta] = lambda _: timedelta(0)
    #: whether a step comes again whose reader died; if not, recovery alone can help
    redelivers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message on its way."""

    message: Message
    at: datetime
    number: int
    deliveries: int = 0
    #: why the queue gave it up; it lies among the dead letters then
    dead: str | None = None


class House:
    """An app, its world, its clock and its post."""

    def __init__(
        self,
        *guests: Guest,
        policy: Policy | None = None,
        mode: Mode = Mode.ACT,
        post: Post | None = None,
        hook: Hook | None = None,
        sightings: Sightings | None = None,
        subscriptions: tuple[str, ...] = (),
    ) -> None:
        self.clock = SettableClock(now=fleets.START)
        self.world = World(self.clock, guests)
        self.world.witness = self._intent_is_on_record
        self.queues = MemoryQueues(clock=self.clock)
        self.trail = MemoryTrail()
        self.plain = App(
            azure=self.world,
            jobs=MemoryJobs(),
            semaphores=MemorySemaphores(),
            pauses=MemoryPauses(),
            sightings=sightings or MemorySightings(),
            probes=self.world,
            trail=self.trail,
            queues=self.queues,
            clock=self.clock,
            policy=policy or fleets.policy(),
            mode=mode,
            subscriptions=subscriptions,
        )
        #: as a function of the app sees it; `plain` is the same without the hook, for the test's own questions
        self.app = watched(self.plain, hook or Recorder())
        self.post = post or Post()
        self.told: list[Notification] = []
        self.deaths = 0
        self.dead_letters = 0
        self._on_the_way: list[Envelope] = []
        self._sent = 0
        self._recover_at = fleets.START + RECOVER_EVERY

    async def scan(self) -> None:
        """The timer of the scans fires."""
        await request_scans(self.plain)

    async def deliver_scans(self) -> None:
        """Let the scans run that were asked for; what they send is on the way, and not delivered yet."""
        for envelope in [each for each in self.on_the_way() if isinstance(each.message, ScanRequest)]:
            self._on_the_way.remove(envelope)
            await self._deliver(envelope)

    async def run(self, lasting: timedelta = 3 * fleets.DAY) -> None:
        """Let virtual time pass until everything is quiet, or for as long as said."""
        end = self.clock.now() + lasting
        while (moment := await self._next_moment()) is not None and moment <= end:
            self.clock.set(max(moment, self.clock.now()))
            await self._deliver_what_is_due()
            if self.clock.now() >= self._recover_at:
                await self.recover()
        if moment is not None:
            self.clock.set(max(end, self.clock.now()))

    async def run_a_wave(self, lasting: timedelta = 3 * fleets.DAY) -> None:
        """A scan, and everything that follows from it."""
        await self.scan()
        await self.run(lasting)

    async def recover(self) -> Recovered:
        """The timer of the recovery fires."""
        self._recover_at = self.clock.now() + RECOVER_EVERY
        try:
            found = await recover(self.app)
            await watch_deadlines(self.app)
        except Killed:
            self.deaths += 1
        except Unavailable:
            pass
        else:
            return found
        return Recovered(jobs=1)  # not known, so not quiet

    async def recover_when_overdue(self, due: datetime) -> None:
        """The first recovery that finds a job overdue that was due at an instant."""
        patience = 2 * self.plain.policy.pace.poll_every + fleets.SECOND
        self.clock.set(max(self.clock.now(), due + patience))
        await self.recover()

    async def job(self, name: str) -> Job:
        """The only job of a machine."""
        (job,) = [each for each in await self.plain.jobs.all() if each.machine == fleets.vm(name)]
        return job

    async def events(self, name: str) -> list[str]:
        """What the trail says of a machine's job, in order."""
        return [each.event for each in await self.trail.of((await self.job(name)).id)]

    def on_the_way(self) -> list[Envelope]:
        """Every message that is queued now, due or not."""
        self._collect()
        return self._on_the_way

    def starts(self) -> list[str]:
        """Names of the machines in the order of their calls."""
        return [each.machine.rsplit("/", 1)[-1] for each in self.world.calls]

    async def _next_moment(self) -> datetime | None:
        self._collect()
        if not self._on_the_way and await self._is_quiet():
            return None
        return min([self._recover_at, *(each.at for each in self._on_the_way)])

    async def _is_quiet(self) -> bool:
        """Whether nothing would happen any more: no job is due, and recovery finds nothing."""
        if any(each.due is not None for each in await self.plain.jobs.all()):
            return False
        found = await self.recover()
        self._collect()
        return found == Recovered() and not self._on_the_way

    def _collect(self) -> None:
        for queue in (self.queues.scans, self.queues.steps, self.queues.notifications):
            for queued in queue:
                number = self._sent
                self._sent += 1
                if not self.post.loses(number):
                    at = queued.at + self.post.late(number)
                    self._on_the_way.append(Envelope(message=queued.message, at=at, number=number))
            queue.clear()

    async def _deliver_what_is_due(self) -> None:
        now = self.clock.now()
        due = sorted(
            (each for each in self._on_the_way if each.at <= now),
            key=lambda each: (each.at, each.number),
            reverse=self.post.newest_first,
        )
        self._on_the_way = [each for each in self._on_the_way if each.at > now]
        for envelope in due * self.post.copies:
            await self._deliver(envelope)

    async def _deliver(self, envelope: Envelope) -> None:
        try:
            await self._dispatch(envelope)
        except Killed:
            self.deaths += 1
            if self.post.redelivers or not isinstance(envelope.message, JobStep):
                self._put_back(envelope, after=LOCK)
        except Unavailable as outage:
            if envelope.dead is not None:  # a dead letter is not given up
                self._put_back(envelope, after=LOCK)
            elif envelope.deliveries + 1 < MAX_DELIVERIES:
                self._put_back(envelope)
            else:
                self.dead_letters += 1
                self._put_back(replace(envelope, dead=str(outage)))

    def _put_back(self, envelope: Envelope, after: timedelta = timedelta(0)) -> None:
        at = self.clock.now() + after
        self._on_the_way.append(replace(envelope, at=at, deliveries=envelope.deliveries + 1))

    async def _dispatch(self, envelope: Envelope) -> None:
        message = envelope.message
        if envelope.dead is not None:
            queue = {ScanRequest: Queue.SCANS, JobStep: Queue.REDEPLOYS, Notification: Queue.NOTIFICATIONS}
            await settle_dead_letter(self.app, queue[type(message)], encode(message), envelope.dead)
            return
        match message:
            case ScanRequest():
                await scan_subscription(self.app, message)
            case JobStep():
                await take_step(self.app, message)
            case Notification():
                await tell(self.app, message)
                self.told.append(message)

    async def _intent_is_on_record(self, machine: MachineId) -> bool:
        """Whether the trail holds an intent more than there were calls before."""
        jobs = [each for each in await self.plain.jobs.all() if each.machine == machine]
        lines = [line for job in jobs for line in await self.trail.of(job.id)]
        intents = sum(line.event == "about_to_call" for line in lines)
        return intents > sum(call.machine == machine for call in self.world.calls)
