"""Turn the text of flows, knowledge and catalogues into a `Script`, or into every problem they hold, all at once.

Two passes over the flows: first the names of all steps (so that a `go` may lead anywhere, and a near miss gets a
suggestion), then the steps themselves. `use` is expanded here: the steps of the fragment are read again in place, the
last one under the name of the `use` step, so that nothing is left to call when the bot speaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.directory.inherit import read as read_directory
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.engine.always import read_always
from bot.engine.flow import Fields, Head, Known
from bot.engine.script import Flow, Script
from bot.engine.steps import STEPS
from bot.errors import At, ContentError, Problem, nearest
from bot.i18n import read_catalogues
from bot.source import Block, Items, Text, parse
from bot.understand.spot import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.directory.model import Directory
    from bot.directory.places import Places
    from bot.engine.steps import Step

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEADER = ("title", "audience", "topic", "words", "fragment", "steps")
SPECIAL = ("flows/always.yml", "flows/danger.yml")


@dataclass(slots=True)
class _Source:
    """One flow file while it is read."""

    name: str
    block: Block
    audience: str | None
    topic: str | None
    title: Text | None
    words: tuple[str, ...]
    fragment: bool
    steps: dict[Text, Block] = field(default_factory=dict)


def compile(  # noqa: A001 - the field's word for it
    files: Mapping[str, str],
    places: Places,
    steps: Mapping[str, type] = STEPS,
) -> Script:
    """Return the script of `files` (text by path, `flows/…`, `knowledge/…`, `locales/…`).

    Raises ContentError with every problem found: nothing half right is ever returned.
    """
    problems: list[Problem] = []
    script = compile_with(files, places, problems, steps)
    if problems or script is None:
        raise ContentError(problems)
    return script


def compile_with(
    files: Mapping[str, str],
    places: Places,
    problems: list[Problem],
    steps: Mapping[str, type] = STEPS,
) -> Script | None:
    """Return the script as far as it can be understood, and note every problem; None when steps do not hold together."""
    lock = files.get("knowledge/numbers.lock", "")
    directory = read_directory({path: text for path, text in files.items() if _is_knowledge(path)}, places, lock, problems)
    catalogues = read_catalogues({p: t for p, t in files.items() if p.endswith(".po")}, problems)
    sources = {}
    for path, text in sorted(files.items()):
        if path.startswith("flows/") and path.endswith(".yml") and path not in SPECIAL:
            source = _read_source(path, text, problems)
            if source is not None:
                sources[source.name] = source
    before = len(problems)
    compiler = _Compiler(sources, directory, problems, steps)
    compiler.read()
    special = {path: _special(files, path, problems) for path in SPECIAL}
    always_block = special[SPECIAL[0]]
    if always_block is None:
        return None
    always = read_always(always_block, special[SPECIAL[1]], compiler.resolver(None), problems)
    if len(problems) > before:
        return None
    flows = {
        name: Flow(name, str(source.title), source.audience, source.topic, compiler.entries[name], source.block.at)
        for name, source in sources.items()
        if not source.fragment
    }
    suggestions = tuple(rule(name, source.words) for name, source in sources.items() if source.words)
    interrupts = tuple(rule(one.name, one.phrases, one.unless) for one in always.interrupts)
    return Script(compiler.steps, flows, always, directory, catalogues, interrupts, suggestions)


def _is_knowledge(path: str) -> bool:
    return path.startswith("knowledge/") and path.endswith(".yml")


def _special(files: Mapping[str, str], path: str, problems: list[Problem]) -> Block | None:
    if path not in files:
        problems.append(Problem(At(path), "ce fichier manque : il dit ce qui est compris à tout moment"))
        return None
    root = parse(files[path], path, problems)
    if root is not None and not isinstance(root, Block):
        problems.append(Problem(root.at, "ce fichier attend des mots suivis de « : »"))
    return root if isinstance(root, Block) else None


def _read_source(path: str, text: str, problems: list[Problem]) -> _Source | None:
    root = parse(text, path, problems)
    if not isinstance(root, Block):
        if root is not None:
            problems.append(Problem(root.at, "un parcours commence par « title: »"))
        return None
    name = path.removeprefix("flows/").removesuffix(".yml")

    def word(key: str, known: tuple[str, ...] = ()) -> Text | None:
        value = root.get(key)
        if value is None:
            return None
        if not isinstance(value, Text):
            problems.append(Problem(value.at, f"« {key} » attend un mot"))
            return None
        if known and value not in known:
            problems.append(Problem(value.at, f"« {key}: {value} » n'existe pas{nearest(value, known)}"))
            return None
        return value

    if not NAME.fullmatch(name):
        problems.append(Problem(At(path), "un nom de parcours : lettres sans accent, chiffres et tirets"))
    for key in root:
        if key not in HEADER:
            problems.append(Problem(key.at, f"le mot « {key} » n'a pas de sens ici{nearest(key, HEADER)}"))
    fragment = word("fragment", ("yes", "no")) == "yes"
    title = word("title")
    if not title:
        problems.append(Problem(root.at, "il manque « title: », le nom de ce parcours"))
    words = root.get("words", Items(root.at))
    if not isinstance(words, Items) or not all(isinstance(item, Text) for item in words):
        problems.append(Problem(root.place("words"), "« words » attend une liste entre crochets"))
        words = Items(root.at)
    source = _Source(
        name, root, word("audience", AUDIENCES), word("topic", TOPICS), title, tuple(map(str, words)), fragment
    )
    steps = root.get("steps")
    if not isinstance(steps, Block) or not steps:
        problems.append(Problem(root.place("steps"), "il manque « steps: » et au moins une étape"))
        return None
    for step, block in steps.items():
        if not NAME.fullmatch(step):
            problems.append(Problem(step.at, f"« {step} » : lettres sans accent, chiffres et tirets seulement"))
        if isinstance(block, Block):
            source.steps[step] = block
        else:
            problems.append(Problem(step.at, f"étape « {step} » : écrivez « {{say: …}} », « {{ask: …}} »…"))
    return source if source.steps else None


class _Compiler:
    """The two passes over the flows."""

    def __init__(
        self, sources: dict[str, _Source], directory: Directory, problems: list[Problem], words: Mapping[str, type]
    ) -> None:
        self.sources, self.directory, self.problems, self.words = sources, directory, problems, words
        self.entries: dict[str, str] = {}
        """Where a target leads: `flow` and `flow.step` to the id of a step."""
        self.steps: dict[str, Step] = {}
        for name, source in sources.items():
            if not source.fragment:
                self._name(name, source)

    def _name(self, flow: str, source: _Source) -> None:
        for step, block in source.steps.items():
            id = f"{flow}.{step}"
            used = self._fragment(block)
            first = next(iter(used.steps)) if used and len(used.steps) > 1 else None
            self.entries[id] = f"{id}.{first}" if first else id
            self.entries.setdefault(flow, self.entries[id])

    def _fragment(self, block: Block) -> _Source | None:
        used = block.get("use")
        source = self.sources.get(used) if isinstance(used, Text) else None
        return source if source is not None and source.fragment else None

    def resolver(self, flow: str | None, inside: tuple[str, tuple[Text, ...]] | None = None):  # type: ignore[no-untyped-def]
        """Return what turns a target written in `flow` into a step id; `inside` is a fragment being expanded."""

        def resolve(target: Text) -> str:
            if inside is not None and target in inside[1]:
                prefix, names = inside
                return prefix if target == names[-1] else f"{prefix}.{target}"
            found = self.entries.get(f"{flow}.{target}") or self.entries.get(target)
            if found is None:
                local = [id.split(".", 1)[1] for id in self.entries if id.startswith(f"{flow}.")]
                hint = nearest(target, [*local, *self.entries])
                self.problems.append(Problem(target.at, f"« {target} » n'est pas une étape{hint}"))
            return found or ""

        return resolve

    def read(self) -> None:
        """Read every step of every flow."""
        for name, source in self.sources.items():
            if not source.fragment:
                self._read_flow(name, source)

    def _read_flow(self, flow: str, source: _Source) -> None:
        names = list(source.steps)
        slots = {str(step): f"{flow}.{step}" for step, block in source.steps.items() if "ask" in block or "use" in block}
        known = self._known(self.resolver(flow), slots)
        for step, block, following in zip(names, source.steps.values(), [*names[1:], None], strict=True):
            below = self.entries[f"{flow}.{following}"] if following else ""
            if "use" in block:
                self._expand(flow, source, step, block, below, known)
            else:
                self._add(step, block, Head(f"{flow}.{step}", block.at, source.audience, below), known)

    def _known(self, resolve, slots: Mapping[str, str]) -> Known:  # type: ignore[no-untyped-def]
        home = self.entries.get("accueil", "")
        return Known(resolve, slots, tuple(self.directory.numbers), tuple(self.directory.cards), home)

    def _expand(self, flow: str, source: _Source, step: Text, block: Block, below: str, known: Known) -> None:
        """Read a fragment's steps in place of a `use`."""
        fields = Fields(step, block, Head(f"{flow}.{step}", block.at, source.audience, below), known, self.problems)
        name = fields.text("use")
        fragment = self._fragment(block)
        if fragment is None:
            fragments = [one.name for one in self.sources.values() if one.fragment]
            fields.problem(f"« use: {name} » : aucun parcours partagé de ce nom{nearest(name, fragments)}")
            return
        following = fields.go()
        fields.leftovers(("use", "go"))
        self._one_word(step, block)
        names = tuple(fragment.steps)
        prefix = f"{flow}.{step}"
        inner = self._known(self.resolver(fragment.name, (prefix, names)), {})
        if "ask" not in fragment.steps[names[-1]]:
            fields.problem(f"« {name} » doit finir par un « ask » : c'est sa réponse que cette étape porte")
        for index, (inner_name, inner_block) in enumerate(fragment.steps.items()):
            last = index == len(names) - 1
            id = prefix if last else f"{prefix}.{inner_name}"
            after = following if last else prefix if index == len(names) - 2 else f"{prefix}.{names[index + 1]}"
            self._add(inner_name, inner_block, Head(id, inner_block.at, source.audience, after), inner)

    def _one_word(self, name: Text, block: Block) -> str | None:
        words = [word for word in (*self.words, "use") if word in block]
        if len(words) == 1:
            return words[0]
        if words:
            listed = " et ".join(f"« {word} »" for word in words)
            self._problem(name, block, f"deux mots, {listed} : une étape n'en a qu'un")
        else:
            known = (*self.words, "use")
            unknown = next((key for key in block if nearest(key, known)), None)
            hint = nearest(unknown, known) if unknown else f" : {', '.join(known)}"
            at = unknown.at if unknown else block.at
            self._problem(name, block, f"il manque le mot de l'étape{hint}", at)
        return None

    def _problem(self, name: Text, block: Block, sentence: str, at: At | None = None) -> None:
        self.problems.append(Problem(at or block.at, f"étape « {name} » : {sentence}"))

    def _add(self, name: Text, block: Block, head: Head, known: Known) -> None:
        word = self._one_word(name, block)
        if word is None:
            return
        fields = Fields(name, block, head, known, self.problems)
        kind = self.words[word]
        self.steps[head.id] = kind.read(fields)
        fields.leftovers(kind.words)


def texts(script: Script) -> Iterator[tuple[str, At]]:
    """Give every text a person may read, with its place: what is translated, and what is linted."""
    nowhere = At("flows/always.yml")
    for step in script.steps.values():
        yield from ((text, step.head.at) for text in step.texts())
    for flow in script.flows.values():
        yield flow.title, flow.at
    yield from ((text, nowhere) for text in script.always.texts())
    for number in script.directory.numbers.values():
        yield from ((text, At("knowledge/france.yml")) for text in (number.name, number.spoken) if text)
    for card in script.directory.cards.values():
        yield card.text, At(f"knowledge/france/cards/{card.id}.yml")
    for area in script.directory.areas.values():
        yield from ((service.access, At(area.file)) for service in area.services if service.access)
