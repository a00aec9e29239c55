"""What is true on every screen of every journey (X1 to X17), read from the printed JSON alone.

Each rule is a function that gives a sentence for each thing wrong. They judge one screen; what needs a second screen
(coming back from the emergency screen, closing, typing) is in `tests/test_every_screen.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.journeys.talking import digits, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Screen = dict[str, Any]

FORBIDDEN: Mapping[str, list[str]] = yaml.safe_load((Path(__file__).parent / "forbidden.yml").read_text("utf-8"))
TO_CONFIRM = frozenset(FORBIDDEN["a_confirmer"])
NOBODY = frozenset(FORBIDDEN["notes"]) | frozenset(FORBIDDEN["presse_des_textes_de_depart"])
CALL_BACK = "0800112112"

GLANCE, LONGEST, MOST_CHOICES, LONGEST_LABEL = 100, 600, 6, 28
BAR = ("Numéros d'urgence", "Retour", "Fermer")

REVEALING = {
    "fr": r"violen|viol|victim|abus|frapp|batt|agress|plainte|police|gendarm|danger|femme|3919",
    "en": r"violen|\brape|victim|abus|\bhit|beat|assault|complain|police|danger|wom[ae]n|3919",
}
OPEN_QUESTIONS = {
    "fr": "|".join(
        (
            r"\bpourquoi\b|\bracontez|\braconte[ -]|\bexpliquez|\bexplique[ -]|\bprouvez|\bdecrivez",
            r"\b(quel est|quels sont) (votre|vos|ton|tes)\b|\bcomment (vous appelez|t.appelles|tu t)|\bquel age\b",
            r"\b(donnez|ecrivez|indiquez|dites|donne|ecris)([- ](moi|nous))? (votre|vos|ton|tes) "
            r"(nom|prenom|age|numero|telephone|adresse)\b",
            r"\b(votre|ton) (nom|prenom|age|numero|telephone) \?",
        )
    ),
    "en": r"\bwhy\b|\btell (us|me)\b|\bexplain\b|\bprove\b|\bdescribe\b|\bwhat is your (name|age|phone)|\bhow old\b|"
    r"\bgive (us|me) your\b",
}
PROMISES = {
    "fr": "|".join(
        (
            r"\bvous serez\b|\btu seras\b|\bgaranti|\bsous \d+ (jours?|heures?|h)\b",
            r"\bnous (vous )?(r?appel|contact|enverr)|\bon (vous|te) rappelle(ra)?\b|\bnous vous (prot|aiderons|trouv)",
        )
    ),
    "en": "|".join(
        (
            r"\byou will be (safe|protected|housed|helped)\b|\bguarantee|\bwithin \d+ (days?|hours?)\b",
            r"\bwe (will )?(call|contact)\b",
        )
    ),
}
SHELTERS = r"\bchrs\b|louise.michel|\ble cap\b|villa myriam|astrolabe|logement.refuge|flora.tristan"
CALLED = re.compile(r"(\w+.{0,12})?\b(appelez|appelle|telephonez|call|phone|ring)( au| le)? 114\b")

NUMBER = re.compile(
    "|".join(
        (
            r"\+33(?:[ .]?\(0\))?[ .]?\d(?:[ .]?\d\d){4}",
            r"(?<![\d+])0[ .]?8\d\d(?:[ .]?\d){6}",
            r"(?<![\d+])0\d(?:[ .]?\d){8}",
            r"(?<![\d+-])116[ .]?\d{3}(?!\d)",
            r"(?<![\w+-])3[0129]\d\d(?![\w%€]|\.[a-z])",
            r"(?<![\w+-])11[24589](?!\w)",
            r"(?<![\w+°-])1[578](?![\w-])",
        )
    )
)
"""What looks like a number to dial: ten digits, +33, 116 xxx, four digits in 3, the short emergency codes."""
NOT_A_NUMBER = re.compile(
    "|".join(
        (
            r"(?:1[578]|11[24589]) ?(?:h\b|heures?|ans\b|km|€|%|jours?|mois|minutes|a 2\d ans|years?|am\b|pm\b)",
            r"1[578] ?(?:janv|fev|mars|avr|mai|juin|juil|aou|sept|oct|nov|dec)",
            r"article \d+|\b1[578]:\d\d|\bloi du \d+",
            r"(?:moins de|under|avant|a|at|de|jusqu.a|until) 1[578] ?(?:h\b|ans|years|:)",
            r"\b\d+ (?:bis |ter )?,?(?:rue|avenue|boulevard|place|quai|allee|chemin|cours|mail|route|faubourg)\b",
        )
    )
)
"""What only looks like one: an hour, an age, a date, an article, the number of a house."""


def numbers_in(text: str) -> list[str]:
    """Return the digits of everything that looks like a number to dial in a text."""
    plain = NOT_A_NUMBER.sub(" ", folded(text))
    return [digits(found) for found in NUMBER.findall(plain)]


def listed(screen: Screen) -> set[str]:
    """Return the digits of `numbers` and of `services[].phone`."""
    found = {digits(number["number"]) for number in screen["numbers"]}
    return (found | {digits(service["phone"] or "") for service in screen["services"]}) - {""}


def glance(screen: Screen, locale: str) -> Iterator[str]:
    """X3: nothing revealing in the first hundred characters, nor on the buttons of home."""
    words = REVEALING.get(locale, REVEALING["fr"])
    found = re.search(words, folded(screen["text"][:GLANCE]))
    if found:
        yield f"X3 : « {found.group()} » se lit dans les {GLANCE} premiers caractères"
    labels = [button["label"] for button in screen["bar"]]
    if screen["step"].startswith("accueil."):
        labels += [choice["label"] for choice in screen["choices"]]
    for label in labels:
        found = re.search(words, folded(label))
        if found:
            yield f"X3 : « {found.group()} » se lit sur le bouton « {label} »"


def shape(screen: Screen, locale: str) -> Iterator[str]:
    """X4: what fits a phone, and the bar always in the same order."""
    if len(screen["text"]) > LONGEST:
        yield f"X4 : {len(screen['text'])} caractères, {LONGEST} au plus"
    if len(screen["choices"]) > MOST_CHOICES:
        yield f"X4 : {len(screen['choices'])} choix, {MOST_CHOICES} au plus"
    for choice in screen["choices"]:
        if len(choice["label"]) > LONGEST_LABEL:
            yield f"X4 : « {choice['label']} » a {len(choice['label'])} caractères, {LONGEST_LABEL} au plus"
    labels = [choice["label"] for choice in screen["choices"]]
    if len({folded(label) for label in labels}) < len(labels):
        yield f"X4 : deux choix portent le même nom : {', '.join(labels)}"
    bar = [button["label"] for button in screen["bar"]]
    if locale == "fr" and bar != [label for label in BAR if label in bar]:
        yield f"X4 : la barre n'est pas dans l'ordre : {', '.join(bar)}"
    if not screen["erased"] and (locale == "fr" and "Fermer" not in bar):
        yield "X4 : la barre n'a pas « Fermer »"


def allowed(screen: Screen, audience: str | None) -> Iterator[str]:
    """X5: who may be shown which number."""
    seen = listed(screen) | {found for found in numbers_in(screen["text"]) if len(found) > 6}
    for number in sorted(seen & NOBODY):
        yield f"X5 : le {number} n'est pour personne"
    if audience != "professionnel":
        for number in sorted(seen & TO_CONFIRM):
            yield f"X5 : le {number}, à confirmer, ne se montre qu'aux professionnels"
        for service in screen["services"]:
            if service["phone_status"] == "to-confirm":
                yield f"X5 : « {service['name']} » est à confirmer"
        return
    confirmed = True
    for service in screen["services"]:
        doubtful = service["phone_status"] == "to-confirm" or digits(service["phone"] or "") in TO_CONFIRM
        if doubtful:
            line = next((one for one in screen["text"].split("\n") if str(service["phone"]) in one), "")
            if not re.search(r"a confirmer|to (be )?confirm|unconfirmed", folded(line)):
                yield f"X5 : « {service['name']} » n'est pas dit « à confirmer » : « {line} »"
            if not re.search(r"\b(19|20)\d\d\b", line):
                yield f"X5 : « {service['name']} » est à confirmer sans année : « {line} »"
        elif not confirmed:
            yield f"X5 : « {service['name']} », confirmé, vient après un numéro à confirmer"
        confirmed &= not doubtful


def told(screen: Screen, locale: str) -> Iterator[str]:
    """X6: no number in the text that is not listed; the call-back number only where a call-back is spoken of."""
    known = listed(screen)
    for number in numbers_in(screen["text"]):
        if number not in known and number != CALL_BACK:
            yield f"X6 : le {number} est dans le texte, pas dans « numbers » ni « services »"
    if CALL_BACK in known:
        yield "X6 : le numéro de rappel est donné comme un numéro à appeler"
    for line in screen["text"].split("\n"):
        if CALL_BACK in numbers_in(line) and not re.search(r"rappel|call.?back|calls? you back", folded(line)):
            yield f"X6 : le numéro de rappel est sur une autre ligne : « {line} »"
    del locale


def cost(screen: Screen, locale: str) -> Iterator[str]:
    """X7: a cost and a trace for each number, and the trace said."""
    bill = {"fr": ("facture", "non verifie"), "en": ("bill", "not (verified|checked)|unverified")}
    says_bill, says_unknown = bill.get(locale, bill["fr"])
    for one in [*screen["numbers"], *(service for service in screen["services"] if service["phone"])]:
        if one["cost"] not in ("free", "ordinary", "unknown"):
            yield f"X7 : « {one['name']} » n'a pas de coût : {one['cost']!r}"
        if one["bill_trace"] not in ("none", "visible", "unknown"):
            yield f"X7 : « {one['name']} » n'a pas de trace : {one['bill_trace']!r}"
        called = one.get("phone") or one.get("number")
        if one["bill_trace"] == "visible" and called and not re.search(says_bill, folded(screen["text"])):
            yield f"X7 : « {one['name']} » se voit sur la facture, sans que ce soit dit"
        if one["bill_trace"] == "unknown" and called and not re.search(says_unknown, folded(screen["text"])):
            yield f"X7 : la trace de « {one['name']} » est inconnue, sans que ce soit dit"


def shelter(screen: Screen, locale: str) -> Iterator[str]:
    """X8: no shelter is a service, none is placed."""
    for service in screen["services"]:
        if service["kind"] == "hebergement":
            yield f"X8 : « {service['name']} » est un hébergement"
        if re.search(SHELTERS, folded(service["name"])) and (
            service["address"] or service["commune"] or service["distance_km"] is not None
        ):
            yield f"X8 : « {service['name']} » a un lieu"
    for line in screen["text"].split("\n"):
        if re.search(SHELTERS, folded(line)) and not re.search(r"\d\d[\s.]?\d\d", line):
            yield f"X8 : un lieu d'hébergement est nommé : « {line} »"
    del locale


def written(screen: Screen, locale: str) -> Iterator[str]:
    """X9: a text message goes to 114 and not to 112; 114 is never called."""
    for line in screen["text"].split("\n"):
        for sentence in re.split(r"(?<=[.!?])\s", folded(line)):
            short = re.sub(r"0[ .]?800[ .]?112[ .]?112", "", sentence)
            if re.search(r"\b(sms|text message|texto)\b", short) and re.search(r"\b112\b", short):
                yield f"X9 : « SMS » est à côté de 112 : « {sentence} »"
            for found in re.finditer(
                r"(\w+.{0,12})?\b(appelez|appelle|telephonez|call|phone|ring)( au| le)? 114\b", sentence
            ):
                if not re.search(r"\bn.|\bne |not|never|jamais", found.group(1) or ""):
                    yield f"X9 : le 114 se fait appeler : « {sentence} »"
    del locale


def asked(screen: Screen, locale: str) -> Iterator[str]:
    """X11: the commune is all that is ever asked."""
    found = re.search(OPEN_QUESTIONS.get(locale, OPEN_QUESTIONS["fr"]), folded(screen["text"]))
    if found:
        yield f"X11 : demande autre chose que la commune : « {found.group()} »"


def promised(screen: Screen, locale: str) -> Iterator[str]:
    """X12: no promise."""
    found = re.search(PROMISES.get(locale, PROMISES["fr"]), folded(screen["text"]))
    if found:
        yield f"X12 : promet : « {found.group()} »"


def doors(screen: Screen, locale: str) -> Iterator[str]:
    """X14: hours that are not known are said so."""
    call_first = {"fr": "appelez avant", "en": "call (first|before|ahead)"}
    unknown = [service["name"] for service in screen["services"] if service["open"] is None and service["phone"]]
    doubtful = any(service["phone_status"] == "to-confirm" for service in screen["services"])
    if unknown and not doubtful and not re.search(call_first.get(locale, call_first["fr"]), folded(screen["text"])):
        yield f"X14 : « {unknown[0]} » a des horaires inconnus, sans « appelez avant »"
    for one in (*screen["services"], *screen["numbers"]):
        if one["open"] is True and one["next_opening"]:
            yield f"X14 : « {one['name']} » est ouvert, et ouvrirait plus tard"


EARLY = ("solidarite-femmes", "association", "ligne-departementale", "hopital", "umj", "maison-des-femmes", "cidff",
         "france-victimes")  # fmt: skip
LATE = ("mairie", "ccas", "caf")
NEVER = (
    "institution",
    "spip",
    "mission-locale",
    "cpca",
    "conseil-conjugal",
    "reseau",
    "departement",
    "intercommunalite",
)


def for_victims(screen: Screen, audience: str | None) -> Iterator[str]:
    """X15 and X16: who comes first for a victim, who never comes, and a way for men beside 3919."""
    if audience not in ("victime", "mineur", "temoin", None):
        return
    late = ""
    for service in screen["services"]:
        if service["kind"] in NEVER or re.search(
            r"parquet|cispd|\bspip\b|\bcpca\b|conseil conjugal", folded(service["name"])
        ):
            yield f"X15 : « {service['name']} » ne reçoit pas ce public"
        if service["kind"] in LATE:
            late = late or service["name"]
        elif late and audience == "victime" and service["kind"] in EARLY:
            yield f"X15 : « {service['name']} » vient après « {late} »"
    ids = {number["id"] for number in screen["numbers"]}
    if audience in ("victime", None) and "3919" in ids and ids.isdisjoint({"116006", "pnav", "cfcv"}):
        yield "X16 : le 3919 sans voie ouverte aux hommes (116 006, tchat)"


EVERYBODY: tuple[Callable[[Screen, str], Iterator[str]], ...] = (
    glance, shape, told, cost, shelter, written, asked, promised, doors,
)  # fmt: skip


def problems(screen: Screen, locale: str, audience: str | None) -> Iterator[str]:
    """Give everything that one screen breaks."""
    for rule in EVERYBODY:
        yield from rule(screen, locale)
    yield from allowed(screen, audience)
    yield from for_victims(screen, audience)
