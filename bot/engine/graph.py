"""What can be said of the flows without drawing a screen: where they lead, in circles or nowhere, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.script import choice_code
from bot.engine.steps import Ask, AskPlace
from bot.errors import Problem, nearest
from bot.i18n import PLACEHOLDER
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.script import Script
    from bot.engine.steps import Step

LONGEST_LABEL = 28
"""Characters of a label: what a button of a phone shows whole (promise P23)."""


def problems(script: Script) -> Iterator[Problem]:
    """Give every mistake that the shape of the flows holds."""
    reached = _reachable(script)
    for id, step in script.steps.items():
        if id not in reached:
            yield _at(step, "aucun chemin ne mène ici : reliez-la, ou retirez-la")
    yield from _silent_loops(script)
    yield from _unasked(script, reached)
    for step in script.steps.values():
        yield from _labels(script, step)
        yield from _placeholders(script, step)


def roots(script: Script) -> frozenset[str]:
    """Return the steps that open without coming from another one."""
    always = script.always
    opened = {always.home, always.emergency, always.language, always.place}
    opened |= {interrupt.go for interrupt in always.interrupts}
    return frozenset(opened | {script.flows[rule.name].first for rule in script.suggestions})


def _at(step: Step, sentence: str) -> Problem:
    return Problem(step.head.at, f"étape « {step.head.id.split('.', 1)[1]} » : {sentence}")


def _reachable(script: Script) -> set[str]:
    pending, reached = list(roots(script)), set(roots(script))
    while pending:
        for target in script.steps[pending.pop()].exits():
            if target not in reached:
                reached.add(target)
                pending.append(target)
    return reached


def _silent_loops(script: Script) -> Iterator[Problem]:
    """Find circles in which nobody is asked anything: the conversation would never answer."""
    done: set[str] = set()
    for start in script.steps:
        trail: dict[str, None] = {}
        pending = [(start, 0)]
        while pending:
            id, depth = pending.pop()
            for left in list(trail)[depth:]:
                del trail[left]
            if id in trail:
                loop = list(trail)[list(trail).index(id) :]
                names = " → ".join([*loop, id])
                yield _at(script.steps[min(loop)], f"tourne en rond sans rien demander : {names}")
                continue
            if id in done or script.steps[id].waits:
                continue
            trail[id] = None
            pending.extend((target, depth + 1) for target in script.steps[id].exits())
        done.update(trail)
        done.add(start)


def _unasked(script: Script, reached: set[str]) -> Iterator[Problem]:
    """Find answers that are used on a path which never asked for them: « toujours demandé » is what all paths share."""
    asked: dict[str, frozenset[str]] = dict.fromkeys(roots(script), frozenset())
    pending = list(asked)
    while pending:
        id = pending.pop()
        step = script.steps[id]
        after = asked[id] | {id} if isinstance(step, Ask | AskPlace) else asked[id]
        for target in step.exits():
            known = asked.get(target)
            met = after if known is None else known & after
            if met != known:
                asked[target] = met
                pending.append(target)
    for id in reached:
        step = script.steps[id]
        for slot in step.reads():
            if slot not in asked.get(id, frozenset()):
                name = slot.split(".", 1)[1]
                yield _at(step, f"« {name} » n'a pas encore été demandé sur un des chemins qui mènent ici")
        names = {name for text in step.texts() for name in PLACEHOLDER.findall(text)}
        places = {slot for slot in asked.get(id, frozenset()) if isinstance(script.steps[slot], AskPlace)}
        if "commune" in names and not places:
            yield _at(step, "« {commune} » est vide sur un des chemins qui mènent ici : demandez-la avant")


def _labels(script: Script, step: Step) -> Iterator[Problem]:
    choices = getattr(step, "choices", ())
    codes = {}
    taken = {word for key in script.always.bar for word in script.words(key)}
    for locale, catalogue in script.catalogues.items():
        seen: dict[str, str] = {}
        for choice in choices:
            label = catalogue.text(choice.label)
            where = "" if locale == "fr" else f" (en « {locale} »)"
            folded = fold(label)
            if len(label) > LONGEST_LABEL:
                yield _at(step, f"« {label} » a {len(label)} caractères{where} : {LONGEST_LABEL} au plus")
            if folded in taken:
                yield _at(step, f"« {label} »{where} est un mot de la barre : choisissez un autre libellé")
            if folded in seen:
                yield _at(step, f"« {label} » et « {seen[folded]} »{where} se confondent quand on les écrit")
            if folded.isdecimal():
                yield _at(step, f"« {label} »{where} se confond avec un numéro de choix")
            seen[folded] = label
    for choice in choices:
        code = choice_code(choice.id)
        if code in codes:
            yield _at(step, f"les choix « {choice.id} » et « {codes[code]} » se confondent : renommez l'un des deux")
        codes[code] = choice.id


def _placeholders(script: Script, step: Step) -> Iterator[Problem]:
    numbers = script.directory.numbers
    ids = list(getattr(step, "ids", ()))
    for text in step.texts():
        for name in PLACEHOLDER.findall(text):
            if name == "commune":
                continue
            if name not in numbers:
                yield _at(step, f"« {{{name}}} » n'est pas un numéro connu{nearest(name, numbers)}")
            else:
                ids.append(name)
    audience = step.head.audience
    for id in ids:
        if audience is not None and not numbers[id].seen_by(audience):
            yield _at(step, f"« {id} » ne se montre pas au public « {audience} » (voir « audiences » dans france.yml)")
