"""Long conversations on the shipped content: the thread holds, and « Retour » leads back from the emergency screen."""

from __future__ import annotations

from functools import cache

from bot.commands import load
from bot.engine.message import Opened
from bot.engine.script import Script
from tests.engine.content import Talk


@cache
def shipped() -> Script:
    return load()


def test_back_from_the_emergency_screen_however_long_the_way() -> None:
    """A trail that must be cut had lost the answer that a list needs, and « Retour » led home."""
    talk = Talk(shipped()).press("Trouver un service", "Mairie").type("Angers")
    for _ in range(15):
        here = talk.screen
        talk.press("Numéros d'urgence", "Retour")
        assert talk.screen == here
        talk.press("Numéros d'urgence", "Je ne peux pas parler", "Un enfant est là")


def test_another_commune_keeps_the_thread() -> None:
    """A page that had nothing near Nouméa has a list near Angers: older buttons must still mean what they meant."""
    talk = Talk(shipped(), opened=Opened("maine-et-loire", "fr", "98818"))
    talk.press("Je suis professionnel", "Mairie, guichet, social", "Trouver une permanence")
    talk.type("angers")
    assert talk.screen.services
    talk.press("Numéros à confirmer", "Retour")
    assert talk.screen.services
