"""Play an acceptance journey the way a stranger's program would: press by label, read JSON, compare.

The format is told in `tests/journeys/README.md`. `talking` holds the two ways of conversing, `judging` what each word
of `expect` means; here is the order of things: turns, restarts, and the variants of `also`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.journeys.judging import Seen, judge
from tests.journeys.talking import FOLDER, Wrong, asks_place, button, labels, load, offered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.talking import Conversation

NEAR = {
    "victime": ["AIDE", "MOI", "ECRIRE", "PRES"],
    "temoin": ["AIDE", "AUTRUI", "NON_PAS_MAINTENANT", "PRES"],
    "professionnel": ["PRO", "P_MAIRIE", "P_PERM"],
    "auteur": ["AIDE", "AUTEUR", "SUIVI"],
}
"""How each audience reaches what is near: for variants that only change the audience."""


@dataclass
class Played:
    """One way through a journey: where it went, and all that was wrong."""

    seen: Seen
    path: list[str]
    wrong: list[str]


class Player:
    """Play one journey. `restart` says how « start » opens again: a new process, an empty line, or « accueil »."""

    def __init__(
        self,
        journey: dict[str, Any],
        opener: Callable[[str | None, str, str], Conversation],
        *,
        restart: str = "process",
        by_label: bool = False,
    ) -> None:
        self.journey, self.opener, self.restart, self.by_label = journey, opener, restart, by_label
        self.table = labels()
        self.conversation: Conversation | None = None
        self.seen, self.path, self.wrong = Seen(), [], []

    def play(self, turns: list[dict[str, Any]], *, judged: bool = True) -> Played:
        """Play the turns, and judge each screen where the journey says what it expects."""
        try:
            for turn in turns:
                self._turn(turn)
                if judged:
                    self._judge(turn.get("expect") or {})
        except Wrong as missing:
            self.wrong.append(self._where(str(missing)))
        finally:
            self.close()
        return Played(self.seen, self.path, self.wrong)

    def close(self) -> None:
        """End the conversation, if one is open."""
        if self.conversation is not None:
            self.conversation.close()
            self.conversation = None

    def _judge(self, expected: dict[str, Any]) -> None:
        none = self.journey.get("journey_none", {})
        everywhere = {
            key: none[name]
            for key, name in (("numbers_none", "numbers"), ("services_none", "services"), ("text_lacks", "text"))
            if name in none
        }
        for wanted in (expected, everywhere):
            for reason in judge(self.seen, wanted):
                self.wrong.append(self._where(f"{reason}\n{self.seen.screen['text']}"))

    def _where(self, reason: str) -> str:
        return f"[{' > '.join(self.path) or 'début'}] {reason}"

    def _turn(self, turn: dict[str, Any]) -> None:
        word = next((key for key in turn if key in ACTIONS), None)
        if word is None:
            raise Wrong(f"tour inconnu : {turn}")
        ACTIONS[word](self, turn[word])

    def _start(self, told: Any) -> None:
        del told
        self.path.append("start")
        self.seen.taps = 0
        if self.conversation is None or self.restart == "process":
            self.close()
            journey = self.journey
            self.conversation = self.opener(journey.get("area"), journey["at"], journey.get("locale", "fr"))
            self.seen.lines.append(self.conversation.open())
        else:
            closed = self.seen.screen["erased"]
            self._say("" if self.restart == "empty" and closed else "accueil")

    def _press(self, label: str) -> None:
        self.path.append(label)
        typed, written = button(self.seen.screen, label, self.table)
        self.seen.taps += 1
        self._say(written if self.by_label else typed)

    def _press_if_offered(self, label: str) -> None:
        if offered(self.seen.screen, label, self.table):
            self._press(label)
        else:
            self._stay()

    def _if_asked(self, what: str) -> None:
        if asks_place(self.seen.screen):
            self._type(self.journey[what])
        else:
            self._stay()

    def _type(self, text: str) -> None:
        self.path.append(f"« {text} »")
        self._say(text)

    def _stay(self) -> None:
        self.seen.lines.append(self.seen.lines[-1])

    def _say(self, line: str) -> None:
        if self.conversation is None:
            raise Wrong("un parcours commence par « start: true »")
        self.seen.lines.append(self.conversation.write(line))
        self.seen.place = self.conversation.place(self.seen.screen)


ACTIONS: dict[str, Callable[[Player, Any], None]] = {
    "start": Player._start,
    "press": Player._press,
    "press_if_offered": Player._press_if_offered,
    "if_asked": Player._if_asked,
    "type": Player._type,
}


def journeys() -> list[dict[str, Any]]:
    """Return every journey of this folder, in order."""
    return [load(path) for path in sorted(FOLDER.glob("J*.yml"))]


@dataclass
class Variant:
    """An `also` of a journey, made into turns. `anywhere`: its expectation may hold on any screen, else on the last."""

    name: str
    journey: dict[str, Any]
    turns: list[dict[str, Any]]
    expect: dict[str, Any]
    anywhere: bool = False


def variants(journey: dict[str, Any]) -> Iterator[Variant]:
    """Give the variants that can be played through lines; notes are for readers."""
    for number, also in enumerate(journey.get("also", ())):
        expect = also.get("expect")
        if expect is None:
            continue
        turns = [{key: value for key, value in turn.items() if key != "expect"} for turn in journey["turns"]]
        changed = journey | {key: also[key] for key in ("at", "place", "audience", "area", "locale") if key in also}
        name = f"{journey['id']}-also{number}"
        if "turns" in also:
            yield Variant(name, changed, also["turns"], expect)
        elif "press_instead" in also:
            yield from _instead(name, changed, turns, also["press_instead"], expect)
        elif "type" in also:
            yield from _typed(name, changed, turns, also, expect)
        elif "audience" in also:
            path = [{"start": True}, *({"press": label} for label in NEAR[also["audience"]]), {"if_asked": "place"}]
            yield Variant(name, changed, path, expect)
        elif "place" in also and not any("if_asked" in turn for turn in turns):
            yield Variant(name, changed, _asked(turns, also["place"]), expect, anywhere=True)
        else:
            yield Variant(name, changed, turns, expect, anywhere=True)


def _instead(
    name: str, journey: dict[str, Any], turns: list[dict[str, Any]], label: str, expect: dict[str, Any]
) -> Iterator[Variant]:
    """Press another label at the last step; and, as it may be meant so, wherever else on the way it is offered."""
    yield Variant(name, journey, [*turns[:-1], {"press": label}], expect)
    for place in range(1, len(turns) - 1):
        yield Variant(f"{name}-at{place}", journey, [*turns[:place], {"press_if_offered": label}], expect)


def _typed(
    name: str, journey: dict[str, Any], turns: list[dict[str, Any]], also: dict[str, Any], expect: dict[str, Any]
) -> Iterator[Variant]:
    """Type it on the first screen, and on each of the others: what interrupts everything does so from everywhere."""
    told = {"type": also["type"]}
    if "when" in also:
        for audience in ("victime", "temoin"):
            path = [{"start": True}, *({"press": label} for label in NEAR[audience]), told]
            for area in (journey["area"], None):
                yield Variant(f"{name}-{audience}-{area}", journey | {"area": area}, path, expect)
        return
    open_screens = [turns[: place + 1] for place in range(len(turns)) if turns[place].get("press") != "FERMER"]
    for place, way in enumerate(open_screens):
        yield Variant(f"{name}-from{place}", journey, [*way, told], expect)


def _asked(turns: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    """Type a commune after each press that may show what is local, once the first screens are passed."""
    return [*turns[:-1], {"type": place}] if turns[-1].get("press") == "P_ACONF" else [*turns, {"type": place}]


def play_variant(variant: Variant, opener: Callable[[str | None, str, str], Conversation]) -> Played:
    """Play a variant and judge what it expects."""
    player = Player(variant.journey, opener)
    played = player.play(variant.turns, judged=any("expect" in turn for turn in variant.turns))
    if played.wrong:
        return played
    if variant.turns[-1].get("press_if_offered") and variant.turns[-1]["press_if_offered"] != played.path[-1]:
        return played  # not offered there: nothing to judge
    lines, taps, place = played.seen.lines, played.seen.taps, played.seen.place
    screens = [Seen(lines[: n + 1], taps, place) for n in range(len(lines))]
    reasons = [judge_or_say(seen, variant.expect) for seen in (screens if variant.anywhere else screens[-1:])]
    if all(reasons):
        best = min(reasons, key=len)
        played.wrong.extend(f"[{' > '.join(played.path)}] {reason}" for reason in best)
        played.wrong.append(played.seen.screen["text"])
    return played


def judge_or_say(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """Judge, and take what cannot be judged as one more reason."""
    try:
        return judge(seen, expected)
    except Wrong as missing:
        return [str(missing)]
