"""The Matrix channel is tried on a real homeserver, and by a client that nobody here wrote."""

from tests.matrix.jsclient import Failed, JsClient
from tests.matrix.seen import Message, Push, Room
from tests.matrix.synapse import Refused, Synapse, User, spoken

__all__ = ["Failed", "JsClient", "Message", "Push", "Refused", "Room", "Synapse", "User", "spoken"]
