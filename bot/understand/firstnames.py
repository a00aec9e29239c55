"""First names that a search for a commune takes for one, alone or with one mistake: « Lucas » is not Lunas.

They are the usual first names of France, of any age and origin, that are the name of a commune or one letter away from
one. Where somebody writes one beside a service, it is nearly always a person's; a town that bears it is told by its
postcode, unless it is a large one and the only word left (« cidff albert »).
"""

from __future__ import annotations

_NAMES = """
    adam adrien agnes alain alan albert alex alexia alice alix ambre amel amelie anais andre andrea angela
    angele anthony antoine ariane arnaud arthur audrey barbara bernard blaise blanche boris brice bruno camille
    carine carla celeste charles claire clara clement colette danny denis denise diane dorian elisa elise elodie
    eloise eugenie eve fatou felix fernand flavie florent francis franck francois francoise frederic gabin gael
    gaston georges gerard germain gilbert gilles guillaume hassan herve hubert hugues isaac jacques jerome
    joanna johan jonas jules julie justin justine kevin laura laure laurent laurie leon lilou louane louis
    louise luc lucas lucy lydie mael maelle manon manuel marc marcel marcelle margaux margot maria mariam
    marianne marie marin marina marine marion marlene martial martin mathieu mathis matthieu maurice melina
    michel milan mireille morgane muriel nelly nicole noe noelle odette paula paulette pauline prune quentin
    rachel raymond raymonde regine remy renaud rene renee robert robin roger romain romane sacha salome samir
    sandy sarah serena serge simon solene souad suzanne suzie tania thais thierry thomas valentin valentine
    valery vincent violaine violette yohan yves
"""
FIRST_NAMES = frozenset(_NAMES.split())
