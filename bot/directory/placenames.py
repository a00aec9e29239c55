"""Names of places as people write them: what they put around and inside, which words are no place, what is close.

Everything here works on folded text (`bot.text.fold`): no accent, no punctuation, single spaces.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.text import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "nd": "notre dame"}

_LINKS = _words("a au aux d de des du en et l la le les lez s sur")
"""Left out, doubled or swapped without anybody noticing: « chalon saone », « la mans », « haÿ les roses »."""

_POLITE = _words("bonjour bonsoir salut coucou allo oui ok alors merci svp stp madame monsieur")
_ANCHORS = _POLITE | _words(
    "a au aux d de du en dans vers sur pres proche alentours cote autour loin depuis habite habitons vis vivons reside "
    "residons loge commune ville village mairie secteur est"
)
_FILLERS = _ANCHORS | _words(
    "j je on nous moi c ce cest suis sommes vit viens venons jhabite me trouve trouvons chercher cherche cherchons pas "
    "tout bien actuellement maintenant ici plutot une un quelque part region mon ma notre la le l"
)

COMMON = _words(
    """
    abri accueil adresse aide aider ailleurs ami amie amis amour an animal ans appel appeler argent arme arret asile
    association audience avenir aveu avocat bain bar bas battre battu battue bebe besoin bien bois bon bonjour bord bout
    bras bruit bureau cafe calme camp campagne camping cave centre chambre chance chantier charge chat chateau chef
    chemin cher chien choc chose ciel clinique coin colere college coma commissariat confiance conjoint contact copain
    cou coup coups cour courage cours crise cuisine danger dame debout dehors depart detresse deuil dispute dix docteur
    douleur doute droit ecole eglise enceinte enfant enfants entree epouse epoux est et etage etranger ex face faim
    famille femme femmes fer ferme feu fille filles fils fin foi foret fort fou foyer france frere fuir fuite gare
    garde gendarmerie grace grave groupe guerre haine haut heure homme hommes hopital hotel ici image injure insulte
    jamais jardin jour juge juillet juin juge justice lac larmes lieu lit logement loi loin maire mairie maison mai mal
    malade marche mari mariage marie mars matin mauvais medecin menace menaces mer merci mere messe mere mineur misere
    moi mois mon mont montagne mort mot moulin mur nature niveau noel non nord nous nuit nulle numero oui ouest paix pape
    papier papiers parc pardon parent parents parking part partir pas pause pays peine peintre perdu perdue pere perdre
    permanence personne peur photo pied pierre place plage plainte pleurs plus point police pompiers pont port porte
    portable preuve preuves prison probleme procureur prof prostitution public quai quartier question refuge retard
    retour rien rive riviere route rue salle sang sante sauver secours secret securite seul seule sexe signalement
    silence soeur soin soins soir sortie sos souffrance soutien stop stress suite sud suicide table tante telephone
    temps terre tete titre tour tous train traite tranquille travail tribunal triste trou tuer tutelle urgence urgences
    vacances vers vice victime victimes vie viol violence violences violer visite vite voie voisin voisine voiture vol
    zone
    """
)
"""Words of these conversations that are also, but for an article, a letter or a second word, the name of a commune.

Alone and exact, « garde » or « hôpital » still finds what bears the name: only guesses are refused (« merci » is not
Mercy) and sentences (« je suis à l'hôpital » is not L'Hôpital, in Moselle).
"""


def expand(text: str) -> str:
    """Write « st », « ste », « nd » out, as official names do."""
    return " ".join(_SHORT.get(word, word) for word in text.split())


def bare(text: str) -> str:
    """Drop articles and link words; keep the text when nothing else is left."""
    return " ".join(word for word in text.split() if word not in _LINKS) or text


def common(text: str) -> bool:
    """Tell whether a text is too short or too ordinary for a guess."""
    words = bare(text).split()
    return len("".join(words)) <= 2 or all(word in COMMON for word in words)


def lead_in(text: str) -> str | None:
    """Return what follows « j'habite à », « vers », « bonjour, »: the only part that may name a place."""
    words = text.split()
    while words and words[-1] in _POLITE:
        words.pop()
    start = 0
    while start < len(words) and words[start] in _FILLERS:
        start += 1
    # Articles may open the name itself (« vers les herbiers », « à la rochelle »): they go back to it.
    while start and words[start - 1] in ("la", "le", "l"):
        start -= 1
    said = " ".join(words[start:])
    return said if said and said != text and (not start or words[start - 1] in _ANCHORS) else None


class Names:
    """Find names. Each reading returns *entries*: positions in the list given. Indexes are built when first needed."""

    def __init__(self, names: list[str]) -> None:
        self._folded = fold_all(names)
        self._named: dict[str, list[int]] = {}
        for entry, key in enumerate(self._folded):
            self._named.setdefault(key, []).append(entry)

    def exact(self, text: str) -> list[int]:
        """Read a name letter for letter."""
        return self._named.get(text, [])

    def bare(self, text: str) -> list[int]:
        """Read a name whose articles and link words are missing, added or changed."""
        return self._between(bare(text), bare(text) + "\0")

    def opening(self, text: str) -> list[int]:
        """Read the first words of longer names: « la baule », « château-chinon »."""
        return self._between(bare(text) + " ", bare(text) + "!")  # « ! » is next to the space in ASCII

    def close(self, text: str) -> dict[int, int]:
        """Read a name of five letters or more, spaces apart, with at most one mistake; give the number of mistakes.

        A mistake is a letter missing, added, changed, or swapped with the next.
        """
        near: dict[int, int] = {}
        for key in {text.replace(" ", ""), bare(text).replace(" ", "")}:
            for length in range(max(5, len(key) - 1), len(key) + 2) if len(key) >= 5 else ():
                keys, entries = self._joined.get(length, ([], []))
                for _, mistakes, at in process.extract(key, keys, scorer=OSA.distance, score_cutoff=1, limit=None):
                    near[entries[at]] = min(near.get(entries[at], 1), int(mistakes))
        return near

    def _between(self, first: str, after: str) -> list[int]:
        keys, entries = self._sorted
        start = bisect_left(keys, first)
        return entries[start : bisect_left(keys, after, start)]

    @cached_property
    def _sorted(self) -> tuple[list[str], list[int]]:
        pairs = sorted((bare(key), entry) for entry, key in enumerate(self._folded))
        return [key for key, _ in pairs], [entry for _, entry in pairs]

    @cached_property
    def _joined(self) -> dict[int, tuple[list[str], list[int]]]:
        """Names without spaces, with and without their link words, by length: a mistake changes it by one at most."""
        found: dict[int, tuple[list[str], list[int]]] = {}
        for key, entry in zip(*self._sorted, strict=True):
            for joined in {key.replace(" ", ""), self._folded[entry].replace(" ", "")}:
                keys, entries = found.setdefault(len(joined), ([], []))
                keys.append(joined)
                entries.append(entry)
        return found


def fold_all(names: list[str]) -> list[str]:
    """Fold many names as `fold` does one, ten times as fast: each letter of their alphabet is folded once."""
    text = "\n".join(names)
    folded = text.translate({ord(letter): fold(letter) or " " for letter in set(text) - {"\n"}})
    return [" ".join(name.split()) for name in folded.split("\n")]
