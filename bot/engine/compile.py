"""Turn the text of flows, knowledge and catalogues into a `Script`, or into every problem they hold, all at once.

Two passes over the flows: first the names of all steps (so that a `go` may lead anywhere, and a near miss gets a
suggestion), then the steps themselves. `use` is expanded here: the steps of the fragment are read again in place, the
last one under the name of the `use` step, so that nothing is left to call when the bot speaks.

One mistake must not hide another, nor look like ten: a near miss is read as if it had been written right, a step that
cannot be read leaves an `Unread` in its place, and what is named in a file that cannot be read is taken for known.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.directory.inherit import read as read_directory
from bot.engine import graph
from bot.engine.always import read_always
from bot.engine.flow import Fields, Head, Known, Unread
from bot.engine.script import Flow, Script
from bot.engine.sources import SPECIAL, Source, read_sources
from bot.engine.steps import STEPS
from bot.errors import At, ContentError, Problem, closest, nearest
from bot.i18n import read_catalogues
from bot.source import Block, Items, Text, parse
from bot.understand.spot import Rules, rule
from bot.understand.understand import AUTHOR, Ear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.directory.places import Places
    from bot.engine.step import Step, Word

COUNTRY, CARDS = "knowledge/france.yml", "knowledge/france/cards/"


def compile(
    files: Mapping[str, str],
    places: Places,
    steps: Mapping[str, type[Word]] = STEPS,
) -> Script:
    """Return the script of `files` (text by path, `flows/…`, `knowledge/…`, `locales/…`).

    Raises ContentError with every problem found: nothing half right is ever returned.
    """
    problems: list[Problem] = []
    script = compile_with(files, places, problems, steps)
    if problems:
        raise ContentError(problems)
    return script


def compile_with(
    files: Mapping[str, str],
    places: Places,
    problems: list[Problem],
    steps: Mapping[str, type[Word]] = STEPS,
) -> Script:
    """Return the script as far as it can be understood, and note every problem; with any, it must not speak."""
    knowledge = {path: text for path, text in files.items() if _is_knowledge(path)}
    directory = read_directory(knowledge, places, files.get("knowledge/numbers.lock", ""), problems)
    catalogues = read_catalogues({p: t for p, t in files.items() if p.endswith(".po")}, problems)
    sources, unread = read_sources(files, problems)
    numbers = tuple(directory.numbers) if not problems else _written_numbers(files)
    cards = tuple(PurePosixPath(path).stem for path in files if path.startswith(CARDS))
    compiler = _Compiler(sources, unread, numbers, cards, problems, steps)
    compiler.read()
    block, danger = (_special(files, path, problems) for path in SPECIAL)
    told = problems if block is not None else []  # without the file, « il manque » is said once
    always = read_always(block or Block(At(SPECIAL[0])), danger, compiler.resolver(None), told)
    flows = {
        name: Flow(name, source.title, source.audience, source.topic, compiler.entries[name], source.block.at)
        for name, source in sources.items()
        if not source.fragment
    }
    offered = (source for source in sources.values() if source.words and not source.fragment)
    suggestions = Rules(rule(source.name, source.words) for source in offered)
    interrupts = Rules(rule(one.name, one.phrases, one.unless) for one in always.interrupts)
    calm = [one.name for one in always.interrupts if one.calm]
    theirs = [one.name for one in always.interrupts if _audience(compiler.steps, one.go) == AUTHOR]
    ear = Ear(interrupts, calm, theirs, {one.meaning: one.name for one in always.interrupts if one.meaning})
    script = Script(compiler.steps, flows, always, directory, catalogues, ear, suggestions)
    problems += graph.problems(script, numbers, whole=not unread)
    problems[:] = sorted(set(problems))
    return script


def _written_numbers(files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids that the country's file writes, its unreadable records included: they are not unknown."""
    root = parse(files.get(COUNTRY, ""), COUNTRY, [])
    items = root.get("numbers") if isinstance(root, Block) else None
    blocks = [item for item in items if isinstance(item, Block)] if isinstance(items, Items) else []
    return tuple(str(block.get("id")) for block in blocks)


def _audience(steps: Mapping[str, Step], id: str) -> str | None:
    return steps[id].head.audience if id in steps else None


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


class _Compiler:
    """The two passes over the flows."""

    def __init__(
        self,
        sources: dict[str, Source],
        unread: frozenset[str],
        numbers: tuple[str, ...],
        cards: tuple[str, ...],
        problems: list[Problem],
        words: Mapping[str, type[Word]],
    ) -> None:
        self.sources, self.unread, self.problems, self.words = sources, unread, problems, words
        self.numbers, self.cards = numbers, cards
        self.entries: dict[str, str] = {}
        """Where a target leads: `flow` and `flow.step` to the id of a step."""
        self.steps: dict[str, Step] = {}
        self._used: set[str] = set()
        for name, source in sources.items():
            if not source.fragment:
                self._name(name, source)

    def _name(self, flow: str, source: Source) -> None:
        for step, block in source.steps.items():
            id = f"{flow}.{step}"
            used = self._fragment(block)
            first = next(iter(used.steps)) if used and len(used.steps) > 1 else None
            self.entries[id] = f"{id}.{first}" if first else id
            self.entries.setdefault(flow, self.entries[id])

    def _fragment(self, block: Block) -> Source | None:
        used = block.get("use")
        source = self.sources.get(used) if isinstance(used, Text) else None
        return source if source is not None and source.fragment else None

    def resolver(self, flow: str | None, inside: tuple[str, tuple[Text, ...]] | None = None) -> Callable[[Text], str]:
        """Return what turns a target written in `flow` into a step id; `inside` is a fragment being expanded.

        An unknown target gives "", unless it is a slip for a known one: then that one, so that it counts as reached.
        """
        prefix, names = inside or ("", ())

        def find(target: str) -> str:
            if target in names:
                return prefix if target == names[-1] else f"{prefix}.{target}"
            return self.entries.get(f"{flow}.{target}") or self.entries.get(target) or ""

        def resolve(target: Text) -> str:
            found = find(target)
            if found or target.split(".")[0] in self.unread:
                return found
            local = [id.split(".", 1)[1] for id in self.entries if id.startswith(f"{flow}.")]
            known = [*names, *local, *self.entries]
            self.problems.append(Problem(target.at, f"« {target} » n'est pas une étape{nearest(target, known)}"))
            return find(closest(target, known) or "")

        return resolve

    def read(self) -> None:
        """Read every step of every flow."""
        for name, source in self.sources.items():
            if not source.fragment:
                self._read_flow(name, source)
        for name, source in self.sources.items():
            if source.fragment and name not in self._used and not self.unread:
                self.problems.append(Problem(source.block.at, "aucune étape n'écrit « use: » avec ce parcours partagé"))

    def _read_flow(self, flow: str, source: Source) -> None:
        names = list(source.steps)
        asked = (step for step, block in source.steps.items() if "ask" in block or "use" in block)
        slots = {str(step): f"{flow}.{step}" for step in asked}
        known = self._known(self.resolver(flow), slots)
        for step, block, following in zip(names, source.steps.values(), [*names[1:], None], strict=True):
            below = self.entries[f"{flow}.{following}"] if following else ""
            head = Head(f"{flow}.{step}", step.at, source.audience, below, block)
            word = self._one_word(step, block)
            if word == "use":
                self._expand(step, block, head, known)
            else:
                self._add(word, step, block, head, known)

    def _known(self, resolve: Callable[[Text], str], slots: Mapping[str, str]) -> Known:
        return Known(resolve, slots, self.numbers, self.cards, self.entries.get("accueil", ""))

    def _expand(self, step: Text, block: Block, head: Head, known: Known) -> None:
        """Read a fragment's steps in place of a `use`."""
        fields = Fields(step, block, head, known, self.problems)
        name = fields.text("use")
        following = fields.go()
        fields.leftovers(("use", "go"))
        fragment = self._fragment(block)
        if fragment is None:
            fragments = [one.name for one in self.sources.values() if one.fragment]
            if name not in self.unread:
                sentence = f"« use: {name} » : aucun parcours partagé de ce nom{nearest(name, fragments)}"
                fields.problem(sentence, block.place("use"))
            self.steps[head.id] = Unread(head, (following,))
            return
        self._used.add(fragment.name)
        names = tuple(fragment.steps)
        inner = self._known(self.resolver(fragment.name, (head.id, names)), {})
        if "ask" not in fragment.steps[names[-1]]:
            sentence = f"« {name} » doit finir par un « ask » : c'est sa réponse que cette étape porte"
            fields.problem(sentence, block.place("use"))
        for index, (inner_name, inner_block) in enumerate(fragment.steps.items()):
            last = index == len(names) - 1
            id = head.id if last else f"{head.id}.{inner_name}"
            after = following if last else head.id if index == len(names) - 2 else f"{head.id}.{names[index + 1]}"
            inner_head = Head(id, inner_name.at, head.audience, after, inner_block)
            self._add(self._one_word(inner_name, inner_block), inner_name, inner_block, inner_head, inner)
        if "ask" not in fragment.steps[names[-1]]:
            self.steps[head.id] = Unread(head, (following,))

    def _one_word(self, name: Text, block: Block) -> str | None:
        words = [word for word in (*self.words, "use") if word in block]
        if len(words) == 1:
            return words[0]
        if words:
            listed = " et ".join(f"« {word} »" for word in words)
            at, sentence = block.place(words[1]), f"deux mots, {listed} : une étape n'en a qu'un"
        else:
            known = (*self.words, "use")
            slip = next((key for key in block if closest(key, known)), None)
            at = slip.at if slip else name.at
            hint = nearest(slip, known) if slip else f" : {', '.join(known)}"
            sentence = f"il manque le mot de l'étape{hint}"
        self.problems.append(Problem(at, f"étape « {name} » : {sentence}"))
        return None

    def _add(self, word: str | None, name: Text, block: Block, head: Head, known: Known) -> None:
        fields = Fields(name, block, head, known, self.problems)
        if word == "use":
            fields.problem("un parcours partagé n'en utilise pas un autre", block.place("use"))
        if word is None or word == "use":
            go = block.get("go")
            written = go.values() if isinstance(go, Block) else (go,)
            targets = [known.resolve(target) for target in written if isinstance(target, Text)]
            self.steps[head.id] = Unread(head, (head.below, *targets))
            return
        kind = self.words[word]
        self.steps[head.id] = kind.read(fields)
        fields.leftovers(kind.words)


def texts(script: Script) -> Iterator[tuple[str, At]]:
    """Give every text a person may read, with its place: what is translated, and what is linted."""
    for step in script.steps.values():
        yield from ((text, step.head.place(text)) for text in step.texts())
    for flow in script.flows.values():
        yield flow.title, flow.at
    yield from ((text, script.always.where(text)) for text in script.always.texts())
    for number in script.directory.numbers.values():
        yield from ((text, At("knowledge/france.yml")) for text in (number.name, number.spoken) if text)
    for card in script.directory.cards.values():
        yield card.text, At(f"knowledge/france/cards/{card.id}.yml")
    for area in script.directory.areas.values():
        yield from ((service.access, At(area.file)) for service in area.services if service.access)
