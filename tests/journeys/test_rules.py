"""Each rule of every screen says no when it should: a rule that lets everything through proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys import rules
from tests.journeys.talking import digits

if TYPE_CHECKING:
    from bot.engine.script import Script

CALM = "Prenez le temps qu'il vous faut. Vous pouvez vous arrêter à tout moment, et revenir plus tard, sans rien dire."
SEVENTEEN = {"id": "17", "number": "17", "name": "Police", "cost": "free", "bill_trace": "none", "open": True}


def number(**changed: Any) -> dict[str, Any]:
    """Return a national number as it is printed."""
    return SEVENTEEN | {"next_opening": None, "display": "17", "url": None} | changed


def service(**changed: Any) -> dict[str, Any]:
    """Return a local service as it is printed."""
    plain = {"id": "a", "name": "SOS Femmes", "kind": "solidarite-femmes", "phone": "02 51 47 77 59", "open": None}
    plain |= {"phone_status": "confirmed", "cost": "ordinary", "bill_trace": "visible", "next_opening": None}
    return plain | {"address": None, "commune": None, "distance_km": None} | changed


def screen(
    *lines: str, numbers: tuple[Any, ...] = (), services: tuple[Any, ...] = (), **changed: Any
) -> dict[str, Any]:
    """Return a screen that breaks nothing, but for what is changed."""
    bar = [{"key": key, "label": label} for key, label in zip("urf", rules.BAR, strict=True)]
    plain = {"step": "victime.besoin", "text": "\n".join((CALM, *lines)), "choices": [], "bar": bar, "erased": False}
    return plain | {"numbers": list(numbers), "services": list(services)} | changed


SOUND = screen(
    "Appel : 17. SMS au 114. N'appelez pas le 114 : écrivez.",
    "SOS Femmes : 02 51 47 77 59, horaires à vérifier, appelez avant. Ouvert de 15 h à 17 h, au 17 rue Haute.",
    "Un rappel peut s'afficher : 0 800 112 112. Sur la facture : les appels locaux. Article 226-14, 18 ans, 3018.fr.",
    numbers=(number(), number(id="114", number="114", display="114")),
    services=(service(),),
)

BROKEN = {
    "X3 text": (screen(text="Votre plainte est la bienvenue."), "victime"),
    "X3 bar": (screen(bar=[{"key": "u", "label": "Police secours"}]), "victime"),
    "X3 home": (screen(step="accueil.accueil", choices=[{"n": 1, "label": "Victime"}]), None),
    "X4 long": (screen("a" * 600), "victime"),
    "X4 choices": (screen(choices=[{"n": n, "label": f"Choix {n}"} for n in range(7)]), "victime"),
    "X4 label": (screen(choices=[{"n": 1, "label": "Un choix dont le nom est bien trop long"}]), "victime"),
    "X4 twice": (screen(choices=[{"n": 1, "label": "Écrire"}, {"n": 2, "label": "ecrire"}]), "victime"),
    "X4 bar": (
        screen(bar=[{"key": key, "label": label} for key, label in zip("fur", rules.BAR[::-1], strict=True)]),
        None,
    ),
    "X5 forbidden": (screen(services=(service(phone="01 47 21 66 66"),)), "victime"),
    "X5 written": (screen("Demandez au 01 47 21 66 66."), "temoin"),
    "X5 nobody": (screen(services=(service(phone="01 40 97 10 10"),)), "professionnel"),
    "X5 unsaid": (screen("X : 02 51 47 77 59, 2019.", services=(service(phone_status="to-confirm"),)), "professionnel"),
    "X5 no year": (
        screen("X : 02 51 47 77 59, à confirmer.", services=(service(phone_status="to-confirm"),)),
        "professionnel",
    ),
    "X5 order": (
        screen(
            "X : 02 51 47 77 59, à confirmer, 2019.",
            services=(service(phone_status="to-confirm"), service(id="b", phone="02 54 73 43 43")),
        ),
        "professionnel",
    ),
    "X6 ten digits": (screen("Appelez 02 54 73 43 43."), "victime"),
    "X6 short": (screen("Le 3919 répond."), "victime"),
    "X6 emergency": (screen("Le 17 répond."), "victime"),
    "X6 european": (screen("Le 116 006 répond."), "victime"),
    "X6 call-back": (screen("Appelez : 0 800 112 112."), "victime"),
    "X6 call-back listed": (screen("Un rappel : 0 800 112 112.", numbers=(number(number="0800112112"),)), "victime"),
    "X7 cost": (screen("Le 17.", numbers=(number(cost=""),)), "victime"),
    "X7 trace": (screen("Le 17.", numbers=(number(bill_trace=None),)), "victime"),
    "X7 visible": (screen("X : 02 51 47 77 59, appelez avant.", services=(service(),)), "victime"),
    "X7 unknown": (screen("Le 17.", numbers=(number(bill_trace="unknown"),)), "victime"),
    "X8 kind": (screen(services=(service(kind="hebergement", phone=None),)), "professionnel"),
    "X8 place": (screen(services=(service(name="CHRS Louise-Michel", commune="Cherbourg"),)), "professionnel"),
    "X8 text": (screen("La Villa Myriam vous attend."), "professionnel"),
    "X9 sms": (screen("Envoyez un SMS au 112.", numbers=(number(number="112"),)), "victime"),
    "X9 call": (screen("Appelez le 114.", numbers=(number(number="114"),)), "victime"),
    "X11 why": (screen("Pourquoi êtes-vous là ?"), "victime"),
    "X11 name": (screen("Donnez votre nom."), "victime"),
    "X11 story": (screen("Racontez ce qui s'est passé."), "victime"),
    "X12": (screen("Vous serez en sécurité."), "victime"),
    "X12 delay": (screen("Une réponse sous 3 jours."), "victime"),
    "X14": (screen("X : 02 51 47 77 59. Facture.", services=(service(),)), "victime"),
    "X15 institution": (screen(services=(service(kind="spip", name="SPIP 85", open=False),)), "victime"),
    "X15 order": (
        screen("Facture.", services=(service(kind="mairie", name="Mairie", open=False), service(open=False))),
        "victime",
    ),
    "X16": (screen("Le 3919.", numbers=(number(id="3919", number="3919", display="3919"),)), "victime"),
}


def test_a_sound_screen_breaks_nothing() -> None:
    """Hours, ages, articles, a street number and a site are not numbers to dial."""
    assert list(rules.problems(SOUND, "fr", "victime")) == []


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_refuses(name: str) -> None:
    """The rule named, and not another by luck."""
    broken, audience = BROKEN[name]
    found = list(rules.problems(broken, "fr", audience))
    assert any(reason.startswith(f"{name.split()[0]} ") for reason in found), found


@pytest.mark.parametrize(
    ("text", "locale", "rule"),
    [
        ("Why are you here?", "en", "X11"),
        ("You will be safe.", "en", "X12"),
        ("Text 112 now. text message 112", "en", "X9"),
    ],
)
def test_the_rules_read_english(text: str, locale: str, rule: str) -> None:
    """Another language has its own words."""
    found = list(rules.problems(screen(text, numbers=(number(number="112"),)), locale, "victime"))
    assert any(reason.startswith(rule) for reason in found), found


def test_the_directory_keeps_the_forbidden_numbers_as_it_was_told(script: Script) -> None:
    """X5 at its source: no number of the notes is a phone, and each number to confirm is marked so, everywhere."""
    wrong = []
    for area in script.directory.areas.values():
        for record in area.services:
            for phone in record.phones:
                if digits(phone.number) in rules.NOBODY:
                    wrong.append(f"{area.id}/{record.id} : {phone.display} n'est pour personne")
                if digits(phone.number) in rules.TO_CONFIRM and phone.status != "to-confirm":
                    wrong.append(f"{area.id}/{record.id} : {phone.display} est à confirmer")
    for one in script.directory.numbers.values():
        if digits(one.number) in rules.NOBODY | rules.TO_CONFIRM:
            wrong.append(f"{one.id} : {one.number}")
    assert not wrong, "\n".join(wrong)
