"""The kinds of service: what each is called, how well it fits, and who may ever see it.

Rank is fit, never distance: nearest first would send a victim of Les Herbiers to an institution without a phone (rule
R1). Smaller is better: 1 specialised association, 2 departmental line, 3 hospital, forensic unit, CIDFF and victim aid,
4 police, law and social workers, 6 places where one can wait, 7 town hall, 8 Caf and the rest, 9 institutions (X15).
A service is shown only to an audience that both its kind and its own record receive (P10).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIENCES = ("victime", "temoin", "professionnel", "auteur", "mineur")
"""Who somebody says to be. Pressing « professionnel » proves nothing: it means useful to, never secret (R8)."""

TOPICS = (
    "danger", "couple", "viol", "harcelement-sexuel", "cyber", "mariage-force", "excision", "prostitution", "enfance",
    "soumission-chimique", "handicap-age", "lgbt", "hebergement", "plainte", "sejour", "garde", "argent", "sante",
    "preuves", "soutien-psy", "suicide", "aider-un-proche", "signalement", "interpretariat", "auteur",
    "attirance-mineurs", "service-local", "hors-sujet",
)  # fmt: skip

GROUPS = ("ecoute", "social", "forces", "droit", "sante", "mairie", "auteur", "institution", "lieu-sur")

_PUBLIC = frozenset({"victime", "temoin", "mineur", "professionnel"})
_ADULTS = frozenset({"victime", "temoin", "professionnel"})
_PROFESSIONALS = frozenset({"professionnel"})
_AUTHORS = frozenset({"auteur", "professionnel"})
_NOBODY: frozenset[str] = frozenset()

NETWORKS = {
    "france-victimes": "116006",
    "planning-familial": "ivg",
    "point-justice": "3039",
    "cdad": "3039",
    "caf": "3230",
    "cpca": "fnacav",
    "hebergement": "115",
}
"""The national number of a network, by kind: another one beside such a service is a mistake (P7)."""

NEUTRAL = frozenset({"mairie", "ccas", "caf", "point-justice"})
"""What somebody sees who has not said why they come: the neutral home really works (R18)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of service. `boosts` gives the rank that replaces the usual one for a topic.

    `network` is the national number that stands in for a direct line nobody confirmed.
    `crosses` tells whether it helps whoever comes, from any département: a hospital does, a town hall does not.
    """

    id: str
    label: str
    group: str
    rank: int
    audiences: frozenset[str]
    crosses: bool = False
    network: str | None = None
    boosts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def fit(self, topic: str | None) -> int:
        """Return how well it fits a topic, 0 being best."""
        return self.rank if topic is None else self.boosts.get(topic, self.rank)

    def seen_by(self, audience: str | None) -> bool:
        """Tell whether this audience may ever see this kind (R1, P10); None is somebody who said nothing yet."""
        return self.id in NEUTRAL if audience is None else audience in self.audiences


def _kind(
    id: str,
    label: str,
    group: str,
    rank: int,
    audiences: frozenset[str] = _PUBLIC,
    best: str = "",
    *,
    crosses: bool = False,
) -> Kind:
    boosts = MappingProxyType(dict.fromkeys(best.split(), 0))
    return Kind(id, label, group, rank, audiences, crosses, NETWORKS.get(id), boosts)


_ALL = (
    # 1 and 2: those whose trade it is. Services for women of a couple do not receive minors: 119 and 116 006 do.
    _kind(
        "solidarite-femmes",
        "Association Solidarité Femmes",
        "ecoute",
        1,
        _ADULTS,
        "couple service-local",
        crosses=True,
    ),
    _kind("association", "Association d'aide", "ecoute", 1, crosses=True),
    _kind("ligne-departementale", "Ligne d'écoute du département", "ecoute", 2, _ADULTS, "couple"),
    # 3: care, proof, rights.
    _kind("maison-des-femmes", "Maison des femmes", "sante", 3, _ADULTS, "sante viol excision", crosses=True),
    _kind("hopital", "Hôpital", "sante", 3, best="viol sante soumission-chimique preuves suicide", crosses=True),
    _kind("umj", "Unité médico-judiciaire", "sante", 3, best="viol sante soumission-chimique preuves", crosses=True),
    _kind("cidff", "Information sur les droits (CIDFF)", "droit", 3, _ADULTS, "plainte garde sejour argent"),
    _kind("france-victimes", "Aide aux victimes", "ecoute", 3, best="plainte soutien-psy preuves"),
    # 4: police, law, social workers, everyday care.
    _kind("commissariat", "Commissariat", "forces", 4, best="plainte danger signalement service-local", crosses=True),
    _kind("gendarmerie", "Gendarmerie", "forces", 4, best="plainte danger signalement service-local", crosses=True),
    _kind("point-justice", "Point-justice", "droit", 4, best="plainte garde sejour service-local", crosses=True),
    _kind("cdad", "Accès au droit (CDAD)", "droit", 4, _ADULTS, "plainte garde"),
    _kind("bav", "Bureau d'aide aux victimes", "droit", 4, best="plainte", crosses=True),
    _kind("avocat", "Avocats", "droit", 4, _ADULTS, "plainte garde sejour"),
    _kind(
        "social",
        "Assistante sociale",
        "social",
        4,
        best="enfance handicap-age argent hebergement signalement service-local",
    ),
    _kind("pmi", "Protection maternelle et infantile", "social", 4, best="enfance"),
    _kind("planning-familial", "Planning familial", "sante", 4, best="excision sante", crosses=True),
    _kind("centre-sante-sexuelle", "Centre de santé sexuelle", "sante", 4, best="sante", crosses=True),
    _kind("centre-sante", "Centre de santé", "sante", 4, best="sante soutien-psy", crosses=True),
    _kind("clinique", "Clinique", "sante", 5, best="sante", crosses=True),
    _kind("jeunes", "Lieu d'écoute des jeunes", "ecoute", 4, best="enfance soutien-psy", crosses=True),
    _kind("universite", "Cellule d'écoute de l'université", "ecoute", 5, _ADULTS, "harcelement-sexuel"),
    _kind("logement", "Information sur le logement", "social", 5, _ADULTS, "hebergement"),
    _kind("bar", "Lieu dont l'équipe est formée", "lieu-sur", 6, crosses=True),
    # 7 and 8: doors anybody may push. In a village the secretary knows him: after those whose trade it is (R23).
    _kind("referent", "Référent violences", "mairie", 6, _ADULTS),
    _kind("ccas", "Action sociale de la commune (CCAS)", "mairie", 7, best="argent hebergement handicap-age"),
    _kind("mairie", "Mairie", "mairie", 7),
    _kind("caf", "Caf", "social", 8, _ADULTS, "argent"),
    _kind("autre", "Autre service", "social", 8),
    # Authors, and professionals who orient them; never a victim, a witness or a minor (R21).
    _kind("cpca", "Suivi des auteurs (CPCA)", "auteur", 8, _AUTHORS, "auteur", crosses=True),
    # Professionals only: they do not receive the public, or not for this (R1, X15).
    _kind("mission-locale", "Mission locale", "social", 9, _PROFESSIONALS),
    _kind("conseil-conjugal", "Conseil conjugal", "institution", 9, _PROFESSIONALS),
    _kind("reseau", "Réseau de professionnels", "institution", 9, _PROFESSIONALS),
    _kind("spip", "Insertion et probation (SPIP)", "institution", 9, _PROFESSIONALS, "auteur"),
    _kind("departement", "Conseil départemental", "institution", 9, _PROFESSIONALS),
    _kind("intercommunalite", "Intercommunalité", "institution", 9, _PROFESSIONALS),
    _kind("institution", "Institution", "institution", 9, _PROFESSIONALS),
    # Nobody, ever: a coordinator keeps it, no screen shows it; 115 and 3919 open its door (R2, R8).
    _kind("hebergement", "Hébergement", "lieu-sur", 9, _NOBODY),
)  # fmt: skip

KINDS: Mapping[str, Kind] = MappingProxyType({kind.id: kind for kind in _ALL})
