"""What the pages say around a screen: French sentences, which are the msgids that translators meet.

`_` only marks them for the extractor; `{17}` is the number of that id in the directory, never digits written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.i18n import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator


def _(text: str) -> str:
    return text


EMERGENCY = _("Appel : {17} ou {112}. SMS, sans parler : {114}.")
SKIP = _("Aller au contenu")
SKIP_TO_BAR = _("Aller aux boutons du bas")
BAR = _("Toujours à portée")
CHOICES = _("Choix")
WRITE = _("Écrire")
SEND = _("Envoyer")
SHORTCUT = _("Au clavier : Maj, trois fois, pour fermer.")
TWO_MORE = _("Maj : encore deux fois pour fermer.")
ONE_MORE = _("Maj : encore une fois pour fermer.")
WAIT = _("Un instant.")
OFFLINE = _("Pas de connexion. Réessayez.")
HOME = _("Accueil")

ABOUT = _("À propos")
LEGAL = _("Mentions légales")
ACCESSIBILITY = _("Accessibilité")
NOT_SAID = _("non renseigné par l'exploitant")

NEUTRAL = (
    _("Numéros utiles, services et horaires près de chez vous."),
    _("Prestations familiales, Caf : {3230}."),
    _("Accès au droit, point-justice le plus proche : {3039}."),
    _("Mairie, santé, démarches : choisissez « Trouver un service », puis une commune."),
)
"""The page shown after leaving: true, useful, the same for everybody. A line whose number is unknown is left out."""

ABOUT_TEXT = (
    (
        "",
        (
            _("Ce service donne des numéros utiles, des services et des horaires près de chez vous."),
            _("C'est un programme : des textes écrits et relus à l'avance, des choix, une commune. Personne ne lit."),
            _("Ce n'est ni un service d'urgence, ni un service de l'État."),
        ),
    ),
    (
        _("Ce qui est gardé"),
        (
            _("Rien. Pas de compte, pas de cookie, pas de mesure d'audience, pas de journal des visites."),
            _("Votre place dans les écrans voyage dans la page elle-même. Fermée, elle n'existe plus nulle part."),
            _("Si l'on nous demandait des données sur quelqu'un, nous n'aurions rien à remettre."),
        ),
    ),
    (
        _("Ce qui peut rester"),
        (
            _("L'adresse de ce site, dans l'historique de l'appareil, sous le nom « {name} »."),
            _("L'opérateur du réseau peut voir que ce site a été ouvert, pas ce que vous y lisez."),
            _("Un appel ou un SMS laisse une ligne dans le journal du téléphone."),
            _("Un logiciel espion, ou quelqu'un qui regarde, voit ce que vous voyez. Un autre appareil est plus sûr."),
        ),
    ),
    (
        _("Fermer"),
        (
            _("« Fermer » vide la page et ouvre une page ordinaire, où « précédent » ne ramène pas."),
            _("Au clavier : la touche Maj, trois fois en cinq secondes."),
            _("Sans JavaScript, l'historique peut compter plusieurs lignes, toutes au même nom, sans contenu."),
            _("Sans geste de vous, la page s'efface au bout d'un moment. Mieux vaut fermer vous-même."),
        ),
    ),
)

LEGAL_TEXT = (
    (_("Éditeur"), ("{publisher}",)),
    (_("Direction de la publication"), ("{director}",)),
    (_("Hébergement"), ("{host}",)),
    (_("Nous écrire"), ("{contact}",)),
    (
        _("Données personnelles"),
        (
            _("Aucune n'est conservée : ni cookie, ni service tiers, ni adresse enregistrée par ce programme."),
            _("Le serveur ou le réseau de l'hébergeur peut tenir ses propres journaux : l'exploitant en répond ici."),
            _("Vous pouvez saisir la Cnil si vous pensez que ce n'est pas respecté."),
        ),
    ),
    (
        _("Textes et code"),
        (_("Le code est libre (licence MIT). Les textes et l'annuaire sont sous Licence Ouverte 2.0."),),
    ),
)

ACCESSIBILITY_TEXT = (
    (
        _("Accessibilité : non conforme"),
        (
            _("Aucun audit humain n'a encore été fait : la conformité au RGAA ne peut donc pas être affirmée."),
            _("Ces pages visent les règles WCAG 2.2, niveau AA."),
            _("À chaque version, l'outil automatique axe-core les contrôle, en clair et en sombre."),
            _("Un outil automatique ne voit qu'une partie des obstacles."),
        ),
    ),
    (
        _("Ce qui est prévu"),
        (
            _("Tout se fait au clavier, sans JavaScript, à 320 pixels de large et avec un zoom de 200 %."),
            _("Les couleurs suivent le réglage clair ou sombre de l'appareil, et rien n'est animé."),
        ),
    ),
    (
        _("Un obstacle ?"),
        (
            _("Écrivez-nous : {contact}."),
            _("Sans réponse, vous pouvez écrire au Défenseur des droits, gratuitement, depuis son site."),
        ),
    ),
)

PAGES = {
    "a-propos": (ABOUT, ABOUT_TEXT),
    "mentions-legales": (LEGAL, LEGAL_TEXT),
    "accessibilite": (ACCESSIBILITY, ACCESSIBILITY_TEXT),
}


def every() -> Iterator[str]:
    """Give every msgid of this file, for whoever checks that a language is whole."""
    yield from (value for name, value in globals().items() if name.isupper() and isinstance(value, str))
    yield from NEUTRAL
    for _title, sections in PAGES.values():
        for heading, lines in sections:
            yield from (text for text in (heading, *lines) if text and not PLACEHOLDER.fullmatch(text))
