"""What can be said of the flows without drawing a screen: where they lead, in circles or nowhere, what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.always import FILLED
from bot.engine.asks import Ask, AskPlace
from bot.engine.flow import Unread
from bot.engine.script import choice_code
from bot.errors import Problem, nearest
from bot.i18n import PLACEHOLDER
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bot.engine.script import Script
    from bot.engine.step import Step

LONGEST_LABEL = 28
"""Characters of a label: what a button of a phone shows whole (promise P23)."""


def problems(script: Script, numbers: Collection[str], *, whole: bool) -> Iterator[Problem]:
    """Give every mistake that the shape of the flows holds; steps and targets that could not be read are passed over.

    `numbers` are the ids that may be named. When not `whole`, a file is missing from the picture: what it led to is
    not said unreachable.
    """
    reached = _reachable(script)
    if whole and roots(script) <= script.steps.keys():
        for id, step in script.steps.items():
            if id not in reached:
                yield _at(step, "aucun chemin ne mène ici : reliez-la, ou retirez-la")
    yield from _silent_loops(script)
    yield from _unasked(script)
    for step in script.steps.values():
        yield from _labels(script, step)
        yield from _placeholders(script, step, numbers)
    yield from _phrases(script, numbers)
    yield from _titles(script)


def roots(script: Script) -> frozenset[str]:
    """Return the steps that open without coming from another one; "" is among them when one is not known."""
    always = script.always
    opened = {always.home, always.emergency, always.language, always.place}
    opened |= {interrupt.go for interrupt in always.interrupts}
    return frozenset(opened | {script.flows[rule.name].first for rule in script.suggestions})


def _at(step: Step, sentence: str, words: str = "") -> Problem:
    return Problem(step.head.place(words), f"étape « {step.head.id.split('.', 1)[1]} » : {sentence}")


def _exits(script: Script, id: str) -> list[str]:
    """Return the steps that may follow; a target that does not exist was told when it was read."""
    return [target for target in script.steps[id].exits() if target in script.steps]


def _reachable(script: Script) -> set[str]:
    reached = set(roots(script) & script.steps.keys())
    pending = list(reached)
    while pending:
        for target in _exits(script, pending.pop()):
            if target not in reached:
                reached.add(target)
                pending.append(target)
    return reached


def _silent_loops(script: Script) -> Iterator[Problem]:
    """Find circles in which nobody is asked anything: the conversation would never answer."""
    done: set[str] = set()
    for start in script.steps:
        path: dict[str, list[str]] = {}
        """The steps being walked, in order, each with the exits still to be looked at."""
        following = [start]
        while True:
            if following:
                id = following.pop()
                if id in path:
                    loop = list(path)[list(path).index(id) :]
                    names = " → ".join([*loop, id])
                    yield _at(script.steps[min(loop)], f"tourne en rond sans rien demander : {names}")
                elif id not in done and not _surely_waits(script.steps[id]):
                    following = path[id] = _exits(script, id)
            elif path:
                done.add(path.popitem()[0])
                following = next(reversed(path.values()), [])
            else:
                break


def _surely_waits(step: Step) -> bool:
    """Tell whether a step always waits: one that is skipped « if known » may be passed in silence."""
    return step.waits and not getattr(step, "skip", False)


def _unasked(script: Script) -> Iterator[Problem]:
    """Find answers that are used on a path which never asked for them: « toujours demandé » is what all paths share."""
    asked: dict[str, frozenset[str]] = dict.fromkeys(roots(script) & script.steps.keys(), frozenset())
    pending = list(asked)
    while pending:
        id = pending.pop()
        after = asked[id] | {id} if isinstance(script.steps[id], Ask | AskPlace | Unread) else asked[id]
        for target in _exits(script, id):
            known = asked.get(target)
            met = after if known is None else known & after
            if met != known:
                asked[target] = met
                pending.append(target)
    for id, known in asked.items():
        step = script.steps[id]
        for slot in step.reads():
            if slot not in known:
                name = slot.split(".", 1)[1]
                sentence = f"« {name} » n'a pas encore été demandé sur un des chemins qui mènent ici"
                yield _at(step, sentence, words=name)
        for text in step.texts():
            if "{commune}" in text and not any(isinstance(script.steps[slot], AskPlace | Unread) for slot in known):
                sentence = "« {commune} » est vide sur un des chemins qui mènent ici : demandez-la avant"
                yield _at(step, sentence, words=text)


def _labels(script: Script, step: Step) -> Iterator[Problem]:
    choices = getattr(step, "choices", ())
    codes: dict[str, str] = {}
    taken = {word for key in script.always.bar for word in script.words(key)}
    for locale, catalogue in script.catalogues.items():
        seen: dict[str, str] = {}
        for choice in choices:
            label = catalogue.text(choice.label)
            where = "" if locale == "fr" else f" (en « {locale} »)"
            folded = fold(label)
            if len(label) > LONGEST_LABEL:
                yield _at(step, f"« {label} » a {len(label)} caractères{where} : {LONGEST_LABEL} au plus", choice.label)
            if "{" in label:
                yield _at(step, f"« {label} »{where} : un bouton ne remplit pas « {{…}} »", choice.label)
            if folded in taken:
                taken_word = f"« {label} »{where} est un mot de la barre : choisissez un autre libellé"
                yield _at(step, taken_word, choice.label)
            if folded in seen:
                both = f"« {label} » et « {seen[folded]} »{where} se confondent quand on les écrit"
                yield _at(step, both, choice.label)
            if folded.isdecimal():
                yield _at(step, f"« {label} »{where} se confond avec un numéro de choix", choice.label)
            seen[folded] = label
    for choice in choices:
        code = choice_code(choice.id)
        if code in codes:
            both = f"les choix « {choice.id} » et « {codes[code]} » se confondent : renommez l'un des deux"
            yield _at(step, both, choice.label)
        codes[code] = choice.id


def _placeholders(script: Script, step: Step, numbers: Collection[str]) -> Iterator[Problem]:
    named = [(id, id) for id in getattr(step, "ids", ())]
    for text in step.texts():
        for name in PLACEHOLDER.findall(text):
            if name in numbers:
                named.append((name, text))
            elif name != "commune":
                yield _at(step, f"« {{{name}}} » n'est pas un numéro connu{nearest(name, numbers)}", text)
        if set("{}") & set(PLACEHOLDER.sub("", text)):
            yield _at(step, "une accolade de trop : écrivez « {3919} » ou « {commune} », en minuscules", text)
    audience = step.head.audience
    for id, words in named:
        number = script.directory.numbers.get(id)
        if number is not None and audience is not None and not number.seen_by(audience):
            sentence = f"« {id} » ne se montre pas au public « {audience} » (voir « audiences » dans france.yml)"
            yield _at(step, sentence, words)


def _phrases(script: Script, numbers: Collection[str]) -> Iterator[Problem]:
    """Check what the engine's own sentences leave to be filled: a word of theirs, or a national number."""
    for phrase, text in script.always.phrases.items():
        for name in PLACEHOLDER.findall(text):
            if name not in numbers and name not in FILLED.get(phrase, ()):
                hint = nearest(name, (*FILLED.get(phrase, ()), *numbers))
                yield Problem(script.always.where(text), f"« {phrase} » : rien ne remplit « {{{name}}} » ici{hint}")


def _titles(script: Script) -> Iterator[Problem]:
    """Check the titles of the flows that words open: they are labels too, of what is suggested."""
    for flow in (script.flows[rule.name] for rule in script.suggestions):
        for locale, catalogue in script.catalogues.items():
            title = catalogue.text(flow.title)
            if len(title) > LONGEST_LABEL:
                sentence = f"« {title} » (en « {locale} ») a {len(title)} caractères : {LONGEST_LABEL} au plus"
                yield Problem(flow.at, sentence)
