"""The people of `bench_telegram`, and the Telegram they are on: the strict fake, in a process of its own.

What is timed ends when the fake carries a call out: that is when a phone shows it. Calls that were refused are counted
apart, and `getUpdates` is not counted: it answers nobody.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.botapi import Fault, Flood, Server, methods
from tests.botapi.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from multiprocessing.connection import Connection

    from tests.bench_telegram_bots import Seed
    from tests.botapi import Person
    from tests.botapi.params import Params

ANSWER, EDIT, SEND, DELETE = "answercallbackquery", "editmessagetext", "sendmessage", "deletemessages"
WANTED = {"press": {ANSWER, EDIT}, "type": {DELETE, EDIT}, "echo": {SEND}}
"""The calls that answer one update; where an edit is wanted, a new message does as well."""

PATIENCE = 90.0
FLOOD = 200
"""Messages a second that one chat sends while others are in danger."""

IN_DANGER, APART = 25, 0.04
"""People who press « Numéros d'urgence » behind what is queued, and the seconds from one to the next."""

LONGEST = 20.0
"""Seconds after which an emergency that was not answered is given up, and counted as that."""

FEW = 200
"""People who share what is queued, when it is not a press each."""

WAITING = 40
"""People who have pressed while Telegram refuses every edit."""

Figures = dict[str, Any]


class Stand(Server):
    """The fake, which tells what it has just carried out."""

    def __init__(self, latency: float) -> None:
        super().__init__(latency=latency, record=False, keep=50)
        self.told: list[Callable[[str, int, Params], object]] = []
        self.carried: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.pressed: dict[str, int] = {}
        """The chats of presses: what answers one does not name it."""

    async def _carry_out(self, name: str, params: Params, chat_id: int | None = None) -> Any:
        try:
            result = await super()._carry_out(name, params, chat_id)
        except Refused as refusal:
            self.refused[refusal.code] += 1
            raise
        if name != "getupdates":
            self.carried[name] += 1
            chat = chat_id or self.pressed.get(str(params.get("callback_query_id")), 0)
            for tell in self.told:
                tell(name, chat, params)
        return result


class Crowd:
    """Everybody, and what each still waits for."""

    def __init__(self, api: Stand, seed: Seed | None) -> None:
        self.api, self.seed = api, seed
        self.edits: defaultdict[int, list[str]] = defaultdict(list)
        """The texts that each chat was shown by an edit, in order."""
        self._turn: Counter[int] = Counter()
        self._waiting: dict[int, tuple[set[str], float, asyncio.Future[float]]] = {}
        api.told.append(self._heard)

    async def sit(self, count: int) -> list[Person]:
        """Return people who know the bot: they see what it showed them before, or what it says when they start."""
        people = [self.api.person() for _ in range(count)]
        if self.seed is None:
            await asyncio.gather(*(self.act(person, person.start(), {SEND}) for person in people))
            return people
        text = {**self.seed, "reply_markup": json.dumps(self.seed["reply_markup"])}
        for person in people:
            person.chat.known = True
            methods.send_message(self.api.world, {**text, "chat_id": str(person.chat_id)})
        return people

    def act(self, person: Person, doing: Coroutine[Any, Any, object], wanted: set[str]) -> asyncio.Future[float]:
        """Let somebody do something; the future holds how many seconds it took to be answered."""
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[person.chat_id] = set(wanted), time.perf_counter(), answered
        self.do(person, doing)
        return answered

    def do(self, person: Person, doing: Coroutine[Any, Any, object]) -> None:
        """Let somebody do something, now: no gesture waits."""
        try:
            doing.send(None)
        except StopIteration:
            if person.presses:
                self.api.pressed[person.presses[-1].query_id] = person.chat_id
            return
        raise AssertionError("a gesture that waits")

    def go_on(self, person: Person, kind: str) -> asyncio.Future[float]:
        """Let somebody take the first or the second choice of her screen, or go back when there is none."""
        turn = self._turn[person.chat_id] = self._turn[person.chat_id] + 1
        if kind == "echo":
            return self.act(person, person.say(f"Bonjour {turn}"), WANTED[kind])
        offered = choices(person)[:2]
        taken = turn * turn % len(offered) if offered else 0
        if kind == "type":
            return self.act(person, person.say(str(taken + 1) if offered else "retour"), WANTED[kind])
        return self.act(person, person.press(offered[taken] if offered else bar(person, "back")), WANTED[kind])

    async def quiet(self) -> None:
        """Wait until the bot has made no call for a while."""
        calls = -1
        while calls != (calls := self.api.carried.total()):  # noqa: ASYNC110 — a silence rings no bell
            await asyncio.sleep(1.0)

    def _heard(self, method: str, chat: int, params: Params) -> None:
        if method == EDIT:
            self.edits[chat].append(str(params["text"]))
        if chat in self._waiting:
            wanted, began, answered = self._waiting[chat]
            wanted.discard(EDIT if method == SEND and SEND not in wanted else method)
            if not wanted:
                del self._waiting[chat]
                answered.set_result(time.perf_counter() - began)


def choices(person: Person) -> list[str]:
    """Return the data of the buttons of a screen that lead somewhere: neither the bar nor home."""
    return [data for data in _buttons(person) if not data.endswith((".emergency", ".back", ".close"))]


def bar(person: Person, key: str) -> str:
    """Return the data of a button of the bar."""
    return next(data for data in _buttons(person) if data.endswith(f".{key}"))


def _buttons(person: Person) -> list[str]:
    assert person.screen
    return [button.data or "" for row in person.screen.buttons for button in row]


# What happens -------------------------------------------------------------------------------------------------------


async def busy(crowd: Crowd, clock: Callable[[], float], kind: str, people: int, updates: int) -> Figures:
    """People who go on as soon as they are answered: how much is answered a second."""
    if kind == "type":
        crowd.seed = None  # what is typed changes a message that the bot remembers
    everybody = [crowd.api.person() for _ in range(people)] if kind == "echo" else await crowd.sit(people)
    await asyncio.gather(*(crowd.go_on(person, kind) for person in everybody))  # connections open, caches warm
    left = updates

    async def live(person: Person) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await crowd.go_on(person, kind)

    crowd.api.carried.clear()
    began, own, bot = time.perf_counter(), time.process_time(), clock()
    await asyncio.gather(*(live(person) for person in everybody))
    took = time.perf_counter() - began
    calls = sum(crowd.api.carried.values())
    return {
        "calls": calls / took,
        "updates": updates / took,
        "cpu": 1000 * (clock() - bot) / updates,
        "fake": (time.process_time() - own) / took,
        "each": calls / updates,
    }


async def rush(crowd: Crowd, clock: Callable[[], float], people: int) -> Figures:
    """Everybody presses at once while the bot is at rest; then some press three buttons at once: are they in order?"""
    warm, everybody, quick = await crowd.sit(1), await crowd.sit(people), await crowd.sit(people // 10)
    await crowd.go_on(warm[0], "press")
    await crowd.quiet()
    own, bot, began = time.process_time(), clock(), time.perf_counter()
    await asyncio.gather(*(crowd.act(p, p.press(choices(p)[n % 2]), WANTED["press"]) for n, p in enumerate(everybody)))
    last, cpu, own = time.perf_counter() - began, clock() - bot, time.process_time() - own
    one, other = (crowd.edits[person.chat_id][-1] for person in everybody[:2])
    for person in quick:
        first, second, *_ = choices(person)
        for data in (first, second, first):
            crowd.do(person, person.press(data))
    await crowd.quiet()
    ordered = sum(crowd.edits[person.chat_id] == [one, other, one] for person in quick) / len(quick)
    return {"last": last, "ordered": ordered, "cpu": cpu, "fake": own}


async def danger(crowd: Crowd, clock: Callable[[], float], queue: str, queued: int) -> Figures:
    """People press « Numéros d'urgence » while much is queued, and one chat floods: how long until they see them?"""
    hurt, flooding, warm = await crowd.sit(IN_DANGER), (await crowd.sit(1))[0], await crowd.sit(20)
    await asyncio.gather(*(crowd.go_on(person, "press") for person in warm))
    many = {"others": queued, "few": min(queued, FEW), "start": queued}.get(queue, 0)
    people = [crowd.api.person() for _ in range(many)] if queue == "start" else await crowd.sit(many)
    for n in range(queued if queue != "steady" else 0):
        if queue == "flood":
            crowd.do(flooding, flooding.say(f"encore {n}"))
        elif queue == "start":
            crowd.do(people[n], people[n].start())
        else:
            crowd.do(people[n % many], people[n % many].press(choices(people[n % many])[n // many % 2]))
    bot, own, flood = clock(), time.process_time(), asyncio.create_task(_flood(crowd, flooding))
    await asyncio.sleep(queued / FLOOD if queue == "steady" else 0)
    timed = []
    for person in hurt:
        timed.append(crowd.act(person, person.press(bar(person, "emergency")), {EDIT}))
        await asyncio.sleep(APART)
    left = crowd.api.pending
    done, never = await asyncio.wait(timed, timeout=LONGEST)
    flood.cancel()
    seconds = [*(one.result() for one in done), *(LONGEST for _ in never)]
    return {"seconds": seconds, "left": left, "cpu": clock() - bot, "fake": time.process_time() - own}


async def _flood(crowd: Crowd, person: Person) -> None:
    began, sent = time.perf_counter(), 0
    while True:
        while sent < (time.perf_counter() - began) * FLOOD:
            crowd.do(person, person.say(f"encore {sent}"))
            sent += 1
        await asyncio.sleep(0.005)


async def limits(crowd: Crowd, clock: Callable[[], float], people: int) -> Figures:
    """Everybody starts at once under Telegram's limits; later it refuses every edit, for two seconds."""
    del clock
    api, sent, order = crowd.api, list[float](), list[int]()
    known, hurt = await crowd.sit(WAITING), (await crowd.sit(1))[0]
    api.flood, crowd.seed = Flood(), None
    api.told.append(lambda method, chat, params: sent.append(time.perf_counter()) if method == SEND else None)
    await crowd.sit(people)
    refused = api.refused[429]
    api.fault(Fault(status=429, retry_after=2, scope="method", method="editMessageText"))
    api.told.append(lambda method, chat, params: order.append(chat) if method == EDIT else None)
    first, began = crowd.go_on(known[0], "press"), time.perf_counter()
    await asyncio.sleep(0.2)
    waiting = [crowd.go_on(person, "press") for person in known[1:]]
    await asyncio.sleep(0.2)
    await crowd.act(hurt, hurt.press(bar(hurt, "emergency")), {EDIT})
    seen = time.perf_counter() - began
    await asyncio.gather(first, *waiting)
    return {
        "in_a_second": max(sum(at <= other < at + 1 for other in sent) for at in sent),
        "sends": (len(sent) - 1) / (sent[-1] - sent[0]),
        "refused": refused,
        "too_early": api.too_early,
        "place": order.index(hurt.chat_id) + 1,
        "seen": seen,
        "last": time.perf_counter() - began,
    }


# A process ----------------------------------------------------------------------------------------------------------

SCENES: dict[str, Callable[..., Coroutine[Any, Any, Figures]]] = {
    scene.__name__: scene for scene in (busy, rush, danger, limits)
}


def run(scene: str, bot: Connection, out: Connection, latency: float, options: dict[str, Any]) -> None:
    """Play a scene with the bot that is at the other end of a pipe; send its figures."""
    asyncio.run(_run(partial(SCENES[scene], **options), bot, out, latency))


async def _run(scene: Callable[..., Any], bot: Connection, out: Connection, latency: float) -> None:
    def clock() -> float:
        """Return the processor time that the bot has taken."""
        bot.send("time")
        return float(bot.recv())

    async with Stand(latency) as api:
        bot.send((api.token, api.url))
        crowd = Crowd(api, await asyncio.to_thread(bot.recv))
        async with asyncio.timeout(PATIENCE):
            out.send(await scene(crowd, clock))
        bot.send("stop")
        await asyncio.to_thread(bot.recv)
