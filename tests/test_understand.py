"""What words open at once, and what they must not: the shipped flows/danger.yml on what people really write.

Recall on danger comes first: opening the emergency screen for nothing costs one « Retour ». But somebody who is hit
must never be taken for somebody who hits, and a way of speaking is not a danger.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import commands
from bot.engine.advance import advance, start
from bot.engine.message import Typed
from bot.text import fold
from bot.understand.spot import Rule, Rules, phrase, rule, spot, unusable
from tests.engine.content import NOW

SCRIPT = commands.load()


def opens(message: str) -> str:
    """Return the first rule that a message meets, "" when it meets none."""
    return next(iter(spot(SCRIPT.ear.interrupts, message)), "")


VICTIMS = [
    "il me frappe",
    "Il me FRAPPE !!",
    "elle me frappe",
    "il a mi le feu a mes afaire",
    "mon mari me frappe",
    "mon mari m'a étranglée",
    "mon mari m’a étranglée",
    "il m'a étranglé hier soir",
    "il ma frapé",
    "il ma tapé",
    "mon copain me tape dessus",
    "mon ex m'a poignardée",
    "il va me tuer",
    "il dit qu'il va me tuer",
    "il menace de me tuer",
    "elle veut me tuer",
    "il veut nous tuer",
    "il a un couteau",
    "il a un fusil",
    "il est devant ma porte",
    "il défonce la porte",
    "mon ex est derrière la porte",
    "je suis enfermée",
    "il m'a enfermé",
    "je suis séquestrée chez lui",
    "il m'empêche de sortir",
    "je saigne",
    "je suis blessée",
    "je suis en danger",
    "au secours aidez moi",
    "à l'aide vite",
    "appelez la police vite",
    "je me fais frapper",
    "il frappe mes enfants",
    "il me viole",
    "j'ai peur qu'il me tue",
    "je ne sais pas quoi faire il me frappe",
    "il n'arrête pas de me frapper",
    "he's banging on the door",
    "he is hitting me",
    "he hit me",
    "he's going to kill me",
    "my husband beats me",
    "my boyfriend strangled me",
    "he has a knife",
    "he locked me in",
    "i am bleeding",
    "i'm in danger",
    "help me please",
    "he won't let me leave",
    "mon beau-père me frappe",
    "papa tape maman",
    "ma mère me tape",
    "mon mec vient de me mettre une droite",
    "il me donne des coups de pied",
    "il m'a poussée dans les escaliers",
    "il m'a cassé le nez",
    "il me tient par le cou",
    "étranglement",
    "il est armé",
    "elle saigne",
    "il me court après",
    "il me suit partout et sur facebook aussi",
    "il a fermé la porte à clé",
    "il a forcé la serrure",
    "il est venu chez moi et veut entrer",
    "je suis coincée dans la salle de bain",
    "on me retient contre mon gré",
    "il est bourré et il crie",
    "il a dit qu'il tuerait les enfants",
    "il a envie de me tuer",
    "je suis une femme battue",
    "he's trying to break in",
    "i need help now",
]
DESPITE = [
    "il me frappe depuis longtemps",
    "ça fait 10 ans qu'il me frappe",
    "il me frappe, il ne veut pas que je parte",
    "il me frappe pas tous les jours",
    "il me frappe mais il n'est pas méchant",
    "mon mari me frappe je ne suis pas folle",
    "mon mari n'a jamais frappé les enfants mais il me frappe",
    "il n'a pas d'arme mais il me frappe",
    "il n'a pas arrêté de me frapper",
    "il ne m'a pas laissée sortir et m'a frappée",
    "aidez moi il va me trouver et me tuer",
    "il m'a dit mdr je vais te tuer et il a un couteau",
    "il me suit sur instagram et il a dit qu'il va me tuer",
    "il est parti il y a 2 ans mais il me menace de mort",
    "quand j'étais petite il me violait et là il est revenu avec un couteau",
    "he hit me years ago and he is outside my door",
    "mon mari me frappe et il veut retrouver ma soeur",
]
"""Dangers with a negation, a laugh, a past or another word in the same message: none of it may silence them."""
ABROAD = [
    "mio marito mi picchia",
    "ha una pistola in mano",
    "siamo chiusi in camera",
    "vuole ammazzarmi",
    "soțul meu mă bate",
    "are un cuțit în mână",
    "vrea să mă omoare",
    "mąż mnie bije",
    "on ma nóż",
    "zamknął mnie w mieszkaniu",
    "chce mnie zabić",
    "ratunku",
    "муж меня бьёт",
    "у него нож",
    "он хочет меня убить",
    "mein Mann schlägt mich",
    "er hat ein Messer",
    "er sagt, er bringt mich um",
]
"""The plainest cries in languages of which little is known: words must do."""
CALM_ABROAD = [
    "non mi picchia",
    "nu mă bate niciodată",
    "nie bije mnie",
    "он меня не бьёт",
    "er schlägt mich nicht",
    "ma maison est à vendre",
    "ciao, la porta è chiusa",
    "ma, che dici",
    "où est ma taie d'oreiller",
    "mon copain va me trouver un boulot",
]
MUTE = [
    "sourde en danger",
    "deaf need police now",
    "g pas le droit de parler il est dans la piece a coté",
    "je peux pas parler",
    "je ne peux pas parler il est à côté",
    "il est dans la pièce d'à côté",
    "il m'entend",
    "sans faire de bruit police",
    "i can't talk",
    "i cannot speak",
    "he is in the next room",
]
WITNESSES = [
    "j'entends des cris chez les voisins là maintenant",
    "jentends crier au dessus",
    "ma voisine hurle",
    "le voisin tape sa femme",
    "un homme frappe une femme dans la rue",
    "les voisins se battent",
    "someone is screaming next door",
    "my neighbour is beating his wife",
]
SEEKERS = [
    "comment retrouver mon ex elle est partie avec les gosses",
    "retrouver ma femme",
    "je veux savoir où elle habite",
    "où est ma femme",
    "dans quel foyer est ma femme",
    "find my wife",
]
DESIRE = ["je suis attiré par les enfants", "attirance pour les mineurs", "i am attracted to kids"]
ABOUT_TO = ["j'ai peur de la frapper", "je vais la frapper", "j'ai envie de le taper", "i am going to hurt her"]
AUTHORS = [
    "j'ai frappé ma femme hier",
    "j'ai frappé ma femme",
    "jai tapé ma copine",
    "je l'ai frappée",
    "j'ai giflé mon fils",
    "je frappe ma femme",
    "i hit my wife",
]
SUICIDE = ["je veux mourir", "j'ai envie de mourir", "je vais me suicider", "j'ai des idées noires", "i want to die"]
DOUBT = ["il me frappe pas", "je suis blessée par ses mots", "on m'a tapé dans l'oeil"]
"""Taken for a danger: « il me frappe pas tous les jours » begins like them, and one « Retour » undoes it."""
NOTHING = [
    "il ne me frappe pas",
    "il ne m'a jamais frappée",
    "il ne m'a pas frappée",
    "il n'a jamais levé la main sur moi",
    "mon mari ne me frappe plus",
    "he doesn't hit me",
    "mort de rire",
    "je suis mort de rire il me tue",
    "mdr il me tue",
    "je veux que ça stop",
    "je ne veux pas parler de ça",
    "j'ai pas envie de parler",
    "je ne parle pas français",
    "je ne suis pas en danger",
    "i don't speak french",
    "i am not in danger",
    "he never hit me",
    "où dormir ce soir",
    "je cherche un avocat",
    "quels sont les horaires de la mairie",
    "mon fils fait du foot à côté de la maison",
    "bonjour",
    "comment porter plainte",
    "la caf ne répond pas",
    "je voudrais partir",
    "ma mère a 80 ans",
    "il fait beau",
    "mes règles font mal",
    "un numéro pour une amie",
    "angers",
    "je suis enceinte",
]
TABLE = {
    "maintenant": [*VICTIMS, *DESPITE, *DOUBT, *ABROAD],
    "muet": MUTE,
    "temoin-maintenant": WITNESSES,
    "retrouver": SEEKERS,
    "attirance": DESIRE,
    "auteur-monte": ABOUT_TO,
    "auteur-fait": AUTHORS,
    "suicide": SUICIDE,
    "": [*NOTHING, *CALM_ABROAD],
}
SAME = {f"maintenant-{name}": "maintenant" for name in ("perdu", "coups", "menace", "suivi", "appel")}
"""Rules that lead to the same screen as another."""


NUMBERS = {"muet": "114", "temoin-maintenant": "17", "maintenant": "17", "maintenant-coups": "17"}
"""The number read first where a rule leads: who cannot speak writes, who can calls."""


@pytest.mark.parametrize(("wanted", "message"), [(name, message) for name, told in TABLE.items() for message in told])
def test_what_a_message_opens(wanted: str, message: str) -> None:
    found = opens(message)
    assert SAME.get(found, found) == wanted


@pytest.mark.parametrize("name", NUMBERS)
def test_the_first_number_is_the_one_that_can_be_used(name: str) -> None:
    message = {"muet": MUTE, "temoin-maintenant": WITNESSES}.get(name, VICTIMS)[0]
    turn = advance(SCRIPT, start(SCRIPT), Typed(message), NOW)
    assert turn.screen.numbers[0].id == NUMBERS[name]


@pytest.mark.parametrize("message", VICTIMS + DESPITE + ABROAD)
def test_who_is_hit_is_never_taken_for_who_hits(message: str) -> None:
    assert not any(
        name.startswith(("auteur", "retrouver", "attirance")) for name in spot(SCRIPT.ear.interrupts, message)[:1]
    )


@pytest.mark.parametrize("message", [*NOTHING, "je veux que ça stop", "le mot stop", "quitter mon mari"])
def test_no_sentence_erases(message: str) -> None:
    assert advance(SCRIPT, start(SCRIPT), Typed(message), NOW).session is not None


# --- how phrases are read


@pytest.mark.parametrize(
    ("written", "message", "met"),
    [
        ("frapp*", "Elle me FRAPPAIT", True),
        ("frapp*", "il s'est rappé", False),
        ("il|elle frappe", "elle frappe", True),
        ("il|elle frappe", "frappe, elle", True),
        ("il|elle frappe", "on frappe", False),
        ("frappe", "refrappe", False),
        ("l'ex", "l’ex de ma soeur", True),
        ("l'ex", "ex l", False),
        ("beau-pere|oncle crie", "mon beau père crie", True),
        ("beau-pere|oncle crie", "le père est beau, il crie", False),
        ("ne+me+frapp*+pas", "il ne me frappera pas", True),
        ("ne+me+frapp*+pas", "ne pas me frapper", False),
        ("ne+me|m+frappe", "ne m frappe", True),
        ("y+a+*+ans", "il y a dix ans", True),
        ("y+a+*+ans", "il y a ans", False),
        ("y+a+*+ans mort", "mort il y a 3 ans", True),
        ("", "rien", False),
    ],
)
def test_a_phrase(written: str, message: str, met: bool) -> None:
    assert bool(spot(Rules([rule("a", [written])]), message)) is met


def test_unless_silences_its_own_rule() -> None:
    rules = [rule("un", ["frappe"], ["ne+frappe"]), rule("deux", ["frappe"])]
    assert spot(Rules(rules), "il ne frappe") == ["deux"]
    assert spot(Rules(rules), "il frappe") == ["un", "deux"]
    assert spot(Rules(), "il frappe") == []


@pytest.mark.parametrize(
    ("written", "option"),
    [
        ("frapp* enfant|bebe y+a+*+ans", None),
        ("l'ex|le", None),
        ("*", "*"),
        ("a |b", "|b"),
        ("a|| b", "a||"),
        ("?", "?"),
        ("ne+l'ex", "l'ex"),
        ("l'ex*", "l'ex*"),
    ],
)
def test_what_no_message_could_hold_is_found(written: str, option: str | None) -> None:
    assert unusable(written) == option


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_phrase_and_any_message(written: str, message: str) -> None:
    found: Rule = rule("a", [written], [written])
    assert spot(Rules([found]), message) == []
    assert isinstance(phrase(fold(written)), tuple)
