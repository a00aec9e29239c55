"""Whatever an author gets wrong is told with its file, its line and a remedy: alone, then all of it in one run.

In each bad file, « # ICI » marks the lines that must be told, and no other line may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.engine.check import check, sound
from bot.engine.compile import compile, compile_with, texts
from bot.errors import At, ContentError, Problem
from tests.engine.content import DE, GERMAN, NOW, PLACES, SOURCES, catalogue, changed, files

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "# ICI"
VENDEE = "knowledge/france/85-vendee.yml"
ANJOU = "knowledge/france/49-maine-et-loire.yml"
LOCK = "knowledge/numbers.lock"


class Mistake(NamedTuple):
    """A bad file, and what must be said of it. A flow opens by a word, so that all of it can be reached."""

    name: str
    text: str
    said: str
    file: str = ""

    @property
    def path(self) -> str:
        return self.file or f"flows/m-{self.name}.yml"

    @property
    def whole(self) -> str:
        return self.text if self.file else f"title: Essai\nwords: [essai]\n{self.text}"

    @property
    def lines(self) -> set[int]:
        return {number for number, line in enumerate(self.whole.splitlines(), 1) if HERE in line}


def service(id: str, kind: str, *lines: str) -> str:
    """Write one item of `services:`."""
    written = [f"  - id: {id}", f"    name: {id}", f"    kind: {kind}", *(f"    {line}" for line in lines)]
    return "\n".join(written) + "\n"


SOURCED = 'sources: [{title: page, date: "2024"}]'

FLOWS = [
    Mistake("target", "steps:\n  a:\n    say: A.\n    go: introuvable # ICI\n", "« introuvable » n'est pas une étape"),
    Mistake(
        "near-target",
        "steps:\n  a: {say: A., go: agirr} # ICI\n  b: {end: B.}\n  agir: {ask: Oui ?, choices: {oui: Oui}, go: b}\n",
        "« agirr » n'est pas une étape (vouliez-vous dire « agir » ?)",
    ),
    Mistake(
        "choice-target",
        "steps:\n  a:\n    ask: Oui ?\n    choices: {oui: Oui, non: Non}\n"
        "    go:\n      oui: b\n      else: victime.croir # ICI\n  b: {end: B.}\n",
        "« victime.croir » n'est pas une étape (vouliez-vous dire « victime.croire » ?)",
    ),
    Mistake(
        "twice", "steps:\n  a: {say: A.}\n  a: {end: Encore.} # ICI\n  b: {end: B.}\n", "écrit deux fois (déjà ligne 4)"
    ),
    Mistake("twice-key", "steps:\n  a:\n    end: A.\n    end: Encore. # ICI\n", "« end » est écrit deux fois"),
    Mistake(
        "word",
        "steps:\n  a:\n    say: A.\n    onze: yes # ICI\n  b: {end: B.}\n",
        "« onze » n'a pas de sens ici (vouliez-vous dire « once »",
    ),
    Mistake(
        "no-effect",
        "steps:\n  v: {ask: Où ?, answer: place}\n"
        "  a:\n    show: partners\n    near: v\n    topic: couple # ICI\n  b: {end: B.}\n",
        "le mot « topic » n'a pas de sens ici",
    ),
    Mistake("no-word", "steps:\n  a:\n    asq: A. # ICI\n    go: b\n  b: {end: B.}\n", "(vouliez-vous dire « ask » ?)"),
    Mistake("nothing", "steps:\n  a: bonjour # ICI\n  b: {end: B.}\n", "il manque le mot de l'étape : say, ask, show"),
    Mistake(
        "two-words", "steps:\n  a:\n    say: A.\n    end: B. # ICI\n  b: {end: B.}\n", "deux mots, « say » et « end »"
    ),
    Mistake("unreachable", "steps:\n  a: {end: A.}\n  perdue: # ICI\n    end: P.\n", "aucun chemin ne mène ici"),
    Mistake(
        "far-cycle",
        "steps:\n  a: {end: A.}\n  b: {ask: B ?, choices: {oui: Oui}, go: c} # ICI\n"
        "  c: {ask: C ?, choices: {oui: Oui}, go: b} # ICI\n",
        "aucun chemin ne mène ici",
    ),
    Mistake("dead-end", "steps:\n  a: {say: A.} # ICI\n", "rien ne suit : écrivez « go », ou finissez par « end »"),
    Mistake(
        "dead-choice",
        "steps:\n  a: # ICI\n    ask: Oui ?\n    choices: {oui: Oui, non: Non}\n    go: {oui: a}\n",
        "rien ne suit",
    ),
    Mistake(
        "silent-loop",
        "steps:\n  a: {say: A.}\n  b: {say: B., go: c} # ICI\n  c: {say: C., go: b}\n",
        "tourne en rond sans rien demander : m-silent-loop.b → m-silent-loop.c → m-silent-loop.b",
    ),
    Mistake(
        "unasked",
        "steps:\n  a: {ask: A ?, choices: {oui: Oui, non: Non}, go: {oui: ville, non: liste}}\n"
        "  ville: {ask: Où ?, answer: place}\n"
        "  liste:\n    show: services\n    near: ville # ICI\n  fin: {end: F.}\n",
        "« ville » n'a pas encore été demandé sur un des chemins",
    ),
    Mistake(
        "no-slot",
        "steps:\n  ville: {ask: Où ?, answer: place}\n  liste: {show: services, near: vile} # ICI\n  fin: {end: F.}\n",
        "aucune question de ce nom ici (vouliez-vous dire « ville » ?)",
    ),
    Mistake(
        "commune",
        "steps:\n  a: {ask: A ?, choices: {oui: Oui, non: Non}, go: {oui: ville, non: fin}}\n"
        "  ville: {ask: Où ?, answer: place}\n  fin:\n    end: Autour de {commune}. # ICI\n",
        "« {commune} » est vide sur un des chemins",
    ),
    Mistake(
        "long-label",
        "steps:\n  a:\n    ask: A ?\n    choices:\n      oui: Oui\n"
        "      non: Un libellé bien trop long pour un téléphone # ICI\n    go: a\n",
        "a 43 caractères : 28 au plus",
    ),
    Mistake(
        "seven",
        "steps:\n  a:\n    ask: A ?\n"
        "    choices: {a: Un, b: Deux, c: Trois, d: Quatre, e: Cinq, f: Six, g: Sept} # ICI\n    go: a\n",
        "7 choix : 6 au plus",
    ),
    Mistake(
        "four-beside-a-place",
        "steps:\n  a:\n    ask: A ?\n    answer: place\n"
        "    choices: {a: Un, b: Deux, c: Trois, d: Quatre} # ICI\n    go: b\n  b: {end: B.}\n",
        "4 choix : 3 au plus",
    ),
    Mistake(
        "exit-label",
        "steps:\n  a:\n    ask: A ?\n    choices:\n      oui: Oui\n      stop: Stop ! # ICI\n    go: a\n",
        "« Stop ! » est un mot de la barre",
    ),
    Mistake(
        "same-labels",
        "steps:\n  a:\n    ask: A ?\n    choices:\n      un: Près d'ici\n      deux: pres d’ici # ICI\n    go: a\n",
        "se confondent quand on les écrit",
    ),
    Mistake(
        "digit-label", "steps:\n  a:\n    ask: A ?\n    choices:\n      oui: '2' # ICI\n    go: a\n", "numéro de choix"
    ),
    Mistake(
        "filled-label",
        "steps:\n  a:\n    ask: A ?\n    choices:\n      oui: Le {3919} # ICI\n    go: a\n",
        "un bouton ne remplit pas",
    ),
    Mistake(
        "choice-name",
        "steps:\n  a:\n    ask: A ?\n    choices:\n      été: Oui # ICI\n      b: Non\n    go: a\n",
        "accent",
    ),
    Mistake(
        "no-label", "steps:\n  a:\n    ask: A ?\n    choices:\n      a: '' # ICI\n      b: Non\n    go: a\n", "libellé"
    ),
    Mistake("no-choices", "steps:\n  a: {ask: A ?, go: b} # ICI\n  b: {end: B.}\n", "« ask » attend des « choices »"),
    Mistake(
        "choices-list",
        "steps:\n  a:\n    ask: A ?\n    choices: [oui] # ICI\n    answer: place\n    go: a\n",
        "des choix, « nom",
    ),
    Mistake(
        "go-list",
        "steps:\n  a:\n    ask: A ?\n    choices: {oui: Oui}\n    go:\n      oui: [a] # ICI\n",
        "attend le nom d'une étape",
    ),
    Mistake(
        "go-unknown-choice",
        "steps:\n  a:\n    ask: A ?\n    choices: {oui: Oui}\n    go:\n      oui: a\n      ouii: a # ICI\n",
        "« go » parle du choix « ouii », qui n'existe pas (vouliez-vous dire « oui » ?)",
    ),
    Mistake(
        "go-word", "steps:\n  a:\n    say: A.\n    go: [b] # ICI\n  b: {end: B.}\n", "« go » attend le nom d'une étape"
    ),
    Mistake("empty", "steps:\n  a:\n    end: ' ' # ICI\n", "« end » est vide"),
    Mistake("text-list", "steps:\n  a:\n    end: [A] # ICI\n", "« end » attend un texte"),
    Mistake("flag", "steps:\n  a:\n    say: A.\n    once: peut-être # ICI\n  b: {end: B.}\n", "« yes » ou « no »"),
    Mistake(
        "count",
        "steps:\n  v: {ask: Où ?, answer: place}\n"
        "  a:\n    show: services\n    near: v\n    at most: 9 # ICI\n  b: {end: B.}\n",
        "un nombre de 1 à 4",
    ),
    Mistake(
        "kinds",
        "steps:\n  v: {ask: Où ?, answer: place}\n  a:\n    show: services\n    near: v\n    kinds:\n"
        "      - mairi # ICI\n      - [droit] # ICI\n  b: {end: B.}\n",
        "« kinds »",
    ),
    Mistake("no-ids", "steps:\n  a: {show: numbers} # ICI\n  b: {end: B.}\n", "il manque « ids »"),
    Mistake("number", "steps:\n  a:\n    end: Le {3920}. # ICI\n", "« {3920} » n'est pas un numéro connu"),
    Mistake("brace", "steps:\n  a:\n    end: À {Commune}. # ICI\n", "une accolade de trop"),
    Mistake("typed-digits", "steps:\n  a:\n    end: Le 3919. # ICI\n", "écrit en chiffres : mettez {3919}"),
    Mistake("show", "steps:\n  a: {show: nombres} # ICI\n  b: {end: B.}\n", "« show: nombres » n'existe pas"),
    Mistake(
        "card", "steps:\n  a: {show: card, card: constt} # ICI\n  b: {end: B.}\n", "(vouliez-vous dire « constat » ?)"
    ),
    Mistake("header", "steps: {a: {end: A.}}\ntitel: Encore # ICI\n", "(vouliez-vous dire « title » ?)"),
    Mistake("topic", "topic: copule # ICI\nsteps: {a: {end: A.}}\n", "(vouliez-vous dire « couple » ?)"),
    Mistake("audience", "audience: [victime] # ICI\nsteps: {a: {end: A.}}\n", "« audience » attend un mot"),
    Mistake(
        "for-others",
        "audience: victime\nsteps:\n  a:\n    end: Le {0801901911}. # ICI\n",
        "ne se montre pas au public « victime »",
    ),
    Mistake("step-name", "steps:\n  Étape: {end: A.} # ICI\n", "lettres sans accent"),
    Mistake("use", "steps:\n  a: {use: oou} # ICI\n  b: {end: B.}\n", "de ce nom (vouliez-vous dire « ou »"),
    Mistake("use-flow", "steps:\n  a: {use: victime} # ICI\n  b: {end: B.}\n", "aucun parcours partagé de ce nom"),
    Mistake(
        "use-word", "steps:\n  a:\n    use: ou\n    near: a # ICI\n  b: {end: B.}\n", "« near » n'a pas de sens ici"
    ),
]

FILES = [
    Mistake("alone", "title: A # ICI\nfragment: yes\nsteps: {a: {ask: A ?, answer: place}}\n", "use:", "flows/f-a.yml"),
    Mistake("no-title", "words: [essai] # ICI\nsteps: {a: {end: A.}}\n", "il manque « title: »", "flows/f-b.yml"),
    Mistake("words", "title: A\nwords: essai # ICI\nsteps: {a: {end: A.}}\n", "attend une liste", "flows/f-e.yml"),
    Mistake(
        "anjou",
        'name: Anjou\ncovers: {departement: "49"}\nservices:\n'
        + service("topic", "cidff", "topics: [copule] # ICI", SOURCED)
        + service("hours", "mairie", 'hours: {osm: "Mo-Fri 9h", seen: "2024"} # ICI', SOURCED)
        + service("first", "mairie", 'hours: {osm: "PH off; Mo-Su 08:00-20:00", seen: "2024"} # ICI', SOURCED)
        + service("premium", "cidff", 'phones: [{number: "08 10 02 41 41", status: confirmed}] # ICI', SOURCED)
        + service("shelter", "hebergement", "confidential: yes", "address: 3 rue Cachée # ICI", SOURCED)
        + service("sourceless", "cidff", "sources: [] # ICI"),
        "",
        ANJOU,
    ),
]
UNREADABLE = [
    Mistake("no-steps", "title: Sans étape\nsteps: {} # ICI\n", "au moins une étape", "flows/f-c.yml"),
    Mistake("not-a-flow", "- bonjour # ICI\n", "un parcours commence par « title: »", "flows/f-d.yml"),
    Mistake("yaml", "title: A\nsteps: a: b # ICI\n", "mettez le texte entre guillemets", "flows/f-f.yml"),
]
ANJOU_SAID = (
    "vouliez-vous dire « couple »",
    "ne se lisent pas",
    "mettez « PH off » à la fin",
    "surtaxé",
    "ni lieu ni adresse",
    "au moins un",
)


def told(content: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what `check` finds."""
    return check(content, PLACES, NOW).problems


def every(problems: tuple[Problem, ...]) -> str:
    return "\n".join(map(str, problems))


def test_the_small_content_is_sound() -> None:
    assert every(told(files())) == ""


@pytest.mark.parametrize("mistake", FLOWS + FILES + UNREADABLE, ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_at_its_line_and_nothing_else_is(mistake: Mistake) -> None:
    problems = told(SOURCES | {mistake.path: mistake.whole})
    assert {(one.at.file, one.at.line) for one in problems} == {(mistake.path, line) for line in mistake.lines}, every(
        problems
    )
    assert any(mistake.said in one.sentence for one in problems), every(problems)


def everything_wrong() -> tuple[dict[str, str], set[tuple[str, int]]]:
    """Return content with every mistake but the files that cannot be read at all, and the lines to be told."""
    wrong = SOURCES | {mistake.path: mistake.whole for mistake in FLOWS + FILES}
    wrong[VENDEE] = SOURCES[VENDEE].replace("02 51 00 00 01", "02 51 00 00 07")
    wrong["flows/always.yml"] = SOURCES["flows/always.yml"].replace("  tomorrow:", "  tomorow:")
    said = (text.strip() for text, _ in texts(compile_with(wrong, PLACES, [])))
    german = {text: GERMAN.get(text, f"{text} ~") for text in said if text}
    german["Voici ce qui est connu autour de {commune}."] = "Hier ist etwas bekannt."
    wrong[DE] = catalogue(german)
    places = {(mistake.path, line) for mistake in FLOWS + FILES for line in mistake.lines}
    return wrong, places | {
        (VENDEE, line_of(wrong[VENDEE], "02 51 00 00 07")),
        ("flows/always.yml", line_of(wrong["flows/always.yml"], "tomorow")),
        ("flows/always.yml", line_of(wrong["flows/always.yml"], "closed: C'est")),
        (DE, line_of(wrong[DE], 'msgid "Voici ce qui est connu autour')),
    }


def line_of(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if piece in line)


def test_every_mistake_of_every_file_is_told_in_one_run_and_nothing_else_is() -> None:
    wrong, wanted = everything_wrong()
    problems = told(wrong)
    found = {(one.at.file, one.at.line) for one in problems}
    assert found == wanted, f"missing {sorted(wanted - found)}, not expected {sorted(found - wanted)}"
    for said in (*(mistake.said for mistake in FLOWS + FILES), *ANJOU_SAID, "relisez la source", "a perdu {commune}"):
        assert any(said in one.sentence for one in problems), said


def test_files_that_cannot_be_read_hide_only_what_nobody_can_know() -> None:
    """What only they lead to, or use, is not said lost: it may be found once they are read."""
    wrong, wanted = everything_wrong()
    wrong |= {mistake.path: mistake.whole for mistake in UNREADABLE}
    wrong["flows/temoin.yml"] = "- rien"  # home leads to it, and danger.yml to steps of it
    wanted |= {(mistake.path, line) for mistake in UNREADABLE for line in mistake.lines} | {("flows/temoin.yml", 1)}
    wanted -= {(one.path, line) for one in FLOWS if one.said == "aucun chemin ne mène ici" for line in one.lines}
    wanted.remove(("flows/f-a.yml", 1))
    found = {(one.at.file, one.at.line) for one in told(wrong)}
    assert found == wanted, f"missing {sorted(wanted - found)}, not expected {sorted(found - wanted)}"


# --- what is said of the two special files, of fragments, of translations


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("flows/always.yml", "home: accueil\nem", "home: accueill\nem", "« accueill » n'est pas une étape (vouliez"),
        ("flows/always.yml", "language: langue\npl", "pl", "il manque « language: » et le nom d'un parcours"),
        ("flows/always.yml", "place: ici\n", "place: [ici]\n", "il manque « place: » et le nom d'un parcours"),
        ("flows/always.yml", "commands:\n", "comands:\n", "(vouliez-vous dire « commands » ?)"),
        ("flows/always.yml", "  free: gratuit\n", "", "il manque : free"),
        ("flows/always.yml", "  free: gratuit\n", "  free: ''\n", "il manque : free"),
        ("flows/always.yml", "bar:\n", "bar: non\nbarre:\n", "il manque « bar »"),
        ("flows/always.yml", ", key: r,", ",", "il manque : key"),
        ("flows/always.yml", "  back: {", "  bac: {", "il manque le bouton « back »"),
        ("flows/always.yml", "au {3919} :", "au {3929} :", "rien ne remplit « {3929} » ici (vouliez"),
        ("flows/always.yml", "ouvert jusqu'à {time}", "jusqu'à {tim}", "rien ne remplit « {tim} »"),
        ("flows/danger.yml", "  go: urgence.muet", "  gi: urgence.muet", "« muet » attend « go » et « phrases »"),
        ("flows/danger.yml", "  go: urgence.muet", "  go: urgence.muets", "(vouliez-vous dire « urgence.muet » ?)"),
        ("flows/danger.yml", "phrases: [pas parler]", "phrases: []", "n'a aucune phrase"),
        ("flows/danger.yml", "phrases: [pas parler]", "phrases: ['*']", "« * » dans « * » : un seul mot"),
        ("flows/temoin.yml", "words: [voisin, collegue]", "words: [voisin, a||b]", "« a||b » dans « a||b »"),
        ("flows/danger.yml", "phrases: [pas parler]", "phrases: pas parler", "« phrases » attend une liste de mots"),
        ("flows/danger.yml", "unless: [pas parler francais]", "unles: [x]", "« unles » n'a pas de sens ici (vouliez"),
        ("flows/danger.yml", "unless: [pas parler francais]", "unless: [[x]]", "« unless » attend une liste de mots"),
        ("flows/temoin.yml", "Vous aidez quelqu'un", "Vous aidez une personne proche", "28 au plus"),
        ("flows/ou.yml", "pourquoi: {say", "pourquoi: {use: ou, say", "deux mots, « say » et « use »"),
        ("flows/ou.yml", "say: Une commune suffit pour montrer ce qui est proche.", "use: ou", "n'en utilise pas"),
        ("flows/accueil.yml", "title:", "fragment: peut-être\ntitle:", "« fragment: peut-être » n'existe pas"),
        ("flows/langue.yml", "answer: language", "answer: langage", "« answer: langage » n'existe pas (vouliez"),
        ("flows/langue.yml", "answer: language", "answer: xyz", "n'existe pas ; possibles : place, language"),
    ],
)  # fmt: skip
def test_special_files_and_fragments(file: str, old: str, new: str, said: str) -> None:
    content = changed(file, (old, new))
    content.pop(DE)
    problems = told(content)
    assert not said or any(said in one.sentence and one.at.file == file for one in problems), every(problems)
    assert problems or not said


def test_a_fragment_ends_with_the_question_whose_answer_its_user_bears() -> None:
    steps = "steps: {a: {ask: Où ?, answer: place}, b: {say: B.}}"
    problems = told(SOURCES | {"flows/ou.yml": f"title: Où\nfragment: yes\n{steps}"})
    users = {At("flows/trouver.yml", 5, 10), At("flows/victime.yml", 21, 10)}
    assert {one.at for one in problems} == users, every(problems)
    assert all("« ou » doit finir par un « ask »" in one.sentence for one in problems)


@pytest.mark.parametrize(("missing", "wanted"), [("flows/always.yml", 1), ("flows/danger.yml", 1)])
def test_a_special_file_that_is_missing_is_one_problem(missing: str, wanted: int) -> None:
    content = {path: text for path, text in SOURCES.items() if path != missing}
    problems = told(content)
    assert [one.at for one in problems] == [At(missing)] * wanted, every(problems)
    assert "ce fichier manque" in problems[0].sentence


@pytest.mark.parametrize("text", ["- liste", "a: b: c", ""])
def test_a_special_file_that_cannot_be_read_is_one_problem(text: str) -> None:
    (problem,) = told(SOURCES | {"flows/always.yml": text})
    assert problem.at.file == "flows/always.yml"


def test_a_number_that_cannot_be_read_is_not_unknown_to_the_flows() -> None:
    wrong = [('display: "116 006"', 'display: "116 007"'), ("channel: sms", "channel: fax")]
    content = changed("knowledge/france.yml", *wrong)
    content.pop(DE)
    problems = told(content)
    assert {one.at.file for one in problems} == {"knowledge/france.yml", "knowledge/numbers.lock"}, every(problems)
    nothing = told(SOURCES | {"knowledge/france.yml": "- liste"})
    assert any(one.at.file == "knowledge/france.yml" for one in nothing)


def test_knowledge_does_not_hide_flows_nor_flows_knowledge() -> None:
    content = changed("flows/temoin.yml", ("go: {oui: agir, non: fin}", "go: {oui: agirr, non: fin}"))
    content[VENDEE] = content[VENDEE].replace("kind: hopital", "kind: hopitaal")
    assert [one.at.file for one in told(content)] == ["flows/temoin.yml", VENDEE]


def test_a_fragment_that_cannot_be_read_is_one_problem() -> None:
    (problem,) = told(SOURCES | {"flows/ou.yml": "- rien"})
    assert problem.at.file == "flows/ou.yml"


def test_a_flow_is_named_with_plain_letters() -> None:
    problems = told(SOURCES | {"flows/Été.yml": "title: A\nwords: [a]\nsteps: {a: {end: A.}}"})
    assert [str(one) for one in problems] == [
        "flows/Été.yml: un nom de parcours : lettres sans accent, chiffres et tirets"
    ]


def test_a_translation_loses_no_placeholder_adds_none_and_is_whole() -> None:
    lost = changed(DE, ('msgstr "Voici ce qui est connu autour de {commune}. ~"', 'msgstr "Hier."'))
    assert ["a perdu {commune}" in one.sentence for one in told(lost)] == [True]
    added = changed(DE, ('msgstr "Écrivez une commune. ~"', 'msgstr "{3919} ~"'))
    assert ["ajoute {3919}" in one.sentence for one in told(added)] == [True]
    absent = changed(DE, ('msgstr "Écrivez une commune. ~"', 'msgstr ""'))
    assert ["pas encore traduit en « de »" in one.sentence for one in told(absent)] == [True]
    assert told(absent)[0].at.file == "flows/ici.yml"


def test_labels_are_judged_in_every_language() -> None:
    long = changed(DE, ('msgstr "Me soigner ~"', 'msgstr "Gesundheit und andere wichtige Fragen"'))
    assert ["(en « de ») : 28 au plus" in one.sentence for one in told(long)] == [True]
    taken = changed(DE, ('msgstr "Me soigner ~"', 'msgstr "Beenden"'))
    assert ["« Beenden » (en « de ») est un mot de la barre" in one.sentence for one in told(taken)] == [True]


@pytest.mark.parametrize(
    ("locale", "text", "line"),
    [
        ("xx", "", 0),
        ("de", "bonjour", 1),
        ("de", '# a\nmsgid "a"\nmsgid "b"\n', 2),
        ("de", 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=import;\\n"\n', 0),
        ("de", 'msgid ""\nmsgstr "Content-Type: text/plain; charset=foo\\n"\nmsgid "a"\nmsgstr "é"\n', 0),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_one_problem(locale: str, text: str, line: int) -> None:
    path = f"locales/{locale}/LC_MESSAGES/messages.po"
    (problem,) = told(SOURCES | {path: text})
    assert (problem.at.file, problem.at.line) == (path, line)
    assert "ce catalogue ne se lit pas" in problem.sentence


def test_a_translation_without_its_last_quote_is_told() -> None:
    problems = told(changed(DE, ('msgstr "Écrivez une commune. ~"', 'msgstr "Ort ~')))
    assert [one.sentence for one in problems] == ["il manque le guillemet de la fin"]


def test_two_choices_that_one_button_cannot_tell_apart_are_told() -> None:
    """A button carries three bytes of a choice's name: two names in 16 million are the same, these are."""
    from bot.engine.script import choice_code

    seen: dict[str, str] = {}
    for number in range(30_000):
        name = f"c{number}"
        other = seen.setdefault(choice_code(name), name)
        if other != name:
            break
    flow = f"title: A\nwords: [a]\nsteps:\n  a: {{ask: A ?, choices: {{{other}: Un, {name}: Deux}}, go: a}}\n"
    (problem,) = told(SOURCES | {"flows/a.yml": flow})
    assert "se confondent : renommez l'un des deux" in problem.sentence


def test_content_with_a_problem_never_becomes_a_script() -> None:
    wrong = changed("flows/temoin.yml", ("go: {oui: agir, non: fin}", "go: {oui: agirr, non: fin}"))
    for reader in (compile, sound):
        with pytest.raises(ContentError, match=r"flows/temoin.yml:9: .*vouliez-vous dire « agir »"):
            reader(wrong, PLACES)
    with pytest.raises(ContentError, match="pas encore traduit"):
        sound(changed(DE, ('msgstr "Écrivez une commune. ~"', 'msgstr ""')), PLACES)
    assert sound(files(), PLACES).steps == compile(files(), PLACES).steps


# --- what only walking the screens shows


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("flows/aide.yml", "Je suis un programme. ", "", "[P11, fr] l'avertissement ne dit pas que c'est un"),
        ("flows/aide.yml", "    once: yes\n", "", "aucun avertissement : il manque un « say » avec « once: yes »"),
        ("flows/temoin.yml", "Restez à distance.", "Racontez votre histoire.", "« racontez » : demande le récit"),
        ("flows/temoin.yml", "Est-ce que cela", "Cette violence", "[P6, fr] « violen » se lit dans"),
        ("flows/accueil.yml", "Trouver un service", "Voir la police", "le bouton « Voir la police » révèle"),
        ("flows/urgence.yml", "Appel : {17} ou {112}.", "Appel : {17}.", "l'écran d'urgence n'a pas 17, 114"),
        ("flows/temoin.yml", "Par écrit : {114}.", "", "[P9, fr] fin sans voie écrite"),
        ("flows/temoin.yml", "Un conseil : {3919}, {116006}.", "Un conseil.", "[P9, fr] fin sans voix humaine"),
        ("flows/victime.yml", '"3919", "116006"', '"3919"', "[P9, fr] le 3919 sans voie ouverte aux hommes"),
        ("flows/temoin.yml", "Restez à distance.", "Restez loin, " * 9 + "s'il vous plaît.", "mots : 20 au plus"),
        ("flows/temoin.yml", "Restez à distance.", "Restez loin. " * 50, "caractères : 600 au plus, raccourcissez"),
    ],
)  # fmt: skip
def test_a_promise_that_a_screen_breaks_is_told_where_it_is_written(file: str, old: str, new: str, said: str) -> None:
    content = changed(file, (old, new))
    content.pop(DE)
    report = check(content, PLACES, NOW)
    where = "flows" if "aucun avertissement" in said else file
    assert any(said in one.sentence and one.at.file == where for one in report.problems), every(report.problems)
    assert report.screens > 100


def test_a_report_counts_what_it_saw_and_names_the_promises_that_hold() -> None:
    report = check(files(), PLACES, NOW)
    figures = report.figures()
    assert figures["areas"] == 3
    assert figures["locales"] == 2
    assert isinstance(figures["invariants"], dict)
    assert all(figures["invariants"].values())
    assert "Promesses tenues : P1, P6" in report.summary(0.1)
    broken = check(changed("flows/temoin.yml", ("{oui: agir", "{oui: agirr")), PLACES, NOW)
    assert "aucune. 1 problème(s)" in broken.summary(0.1)
