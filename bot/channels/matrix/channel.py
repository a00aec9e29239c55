"""The Matrix channel, put together: from a password to conversations, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from bot.channels.gate import Gate, Pass
from bot.channels.matrix import keys
from bot.channels.matrix.api import Api
from bot.channels.matrix.chat import Rooms
from bot.channels.matrix.client import DEVICE, Client, Down, Refused, ok
from bot.channels.matrix.sync import Listener
from bot.errors import ConfigError
from bot.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import Bot
    from bot.channels.matrix.keys import Identity

DRAIN = 3.5
"""Seconds given, on stopping, to what is under way: with the rest, less than five."""

AGAIN = 30.0
"""Seconds before another session, when one was closed from outside."""

PATIENT = 10.0
"""Seconds of silence at the start before saying so."""

REFUSED = "Le serveur Matrix refuse ce compte : vérifiez REPERE_MATRIX_USER, le mot de passe ou le jeton."


SIGNS = "/keys/device_signing/upload"


class Matrix:
    """One account on a homeserver.

    With a password, each start makes a new device, signed by the identity of the keys file, and deletes the old ones.
    With an access token alone there is no new device to be had, hence no encryption that clients would accept: the bot
    then stays in plain rooms only.
    """

    def __init__(
        self,
        bot: Bot,
        homeserver: str,
        user: str,
        say: Callable[[str], None],
        *,
        password: str = "",
        token: str = "",
        keys_file: str = "",
    ) -> None:
        self._bot, self._homeserver, self._user, self._say = bot, homeserver, user, say
        self._password, self._token = password, token
        self._identity = _identity(keys_file) if password else None

    async def run(self, stop: asyncio.Event) -> None:
        """Converse until told to stop, then end what is under way. Raises ConfigError when the account is refused."""
        while not stop.is_set():
            await self._session(stop)
            if not stop.is_set():  # somebody closed the session: another program, an administrator
                self._say(f"Matrix : la session a été fermée ; une autre s'ouvre dans {AGAIN:.0f} s.")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN):
                        await stop.wait()

    async def _session(self, stop: asyncio.Event) -> None:
        client = Client(self._homeserver, self._user, self._identity)
        api = Api(client, Gate(time.monotonic, random.random, apart=False))
        memory: Memory[str] = Memory()
        rooms = Rooms(self._bot, api, memory, time.monotonic)
        living = asyncio.create_task(self._live(api, rooms, memory))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                living.result()
        finally:
            for task in (living, stopped):
                task.cancel()
            await asyncio.gather(living, stopped, return_exceptions=True)
            await rooms.lanes.drain(DRAIN)
            await client.close()

    async def _live(self, api: Api, rooms: Rooms, memory: Memory[str]) -> None:
        """Live one session, to its end."""
        try:
            async with asyncio.timeout(PATIENT):
                await log_in(api, self._password, self._token)
        except TimeoutError:
            self._say("Le serveur Matrix ne répond pas encore : nous réessayons.")
            await log_in(api, self._password, self._token)
        listener = Listener(api, rooms, memory, encrypts=self._identity is not None)
        forgetting = asyncio.create_task(_forget(memory, rooms))
        try:
            await listener.first()
            if self._password:
                await _delete_others(api, self._password)
            self._say("Matrix : prêt.")
            await listener.listen()
        finally:
            forgetting.cancel()
            await listener.close()


async def log_in(api: Api, password: str, token: str) -> None:
    """Open a session: a new device and its signed keys, or the one of a token. Raises ConfigError when refused."""
    client = api.client

    async def enter() -> None:
        if password:
            ok(await client.login(password, device_name=DEVICE))
            ok(await client.keys_upload())
            return
        client.access_token = token
        found = ok(await client.whoami())
        client.restore_login(found.user_id, found.device_id, token)

    try:
        await api.call(enter, Pass())
    except Refused:
        raise ConfigError(REFUSED) from None


async def _delete_others(api: Api, password: str) -> None:
    """Delete the devices of former starts: nobody should encrypt for them, and nobody be shown a list of them."""
    client = api.client

    async def delete() -> None:
        found = [device.id for device in ok(await client.devices()).devices if device.id != client.device_id]
        if found:
            proof = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": client.user_id},
                "password": password,
            }
            ok(await client.delete_devices(found, proof))

    await api.call(delete, Pass(reads=True))


async def _forget(memory: Memory[str], rooms: Rooms) -> None:
    while True:
        await asyncio.sleep(60.0)
        memory.due(rooms.now())


async def set_up(homeserver: str, user: str, public_name: str, *, password: str, keys_file: str) -> list[str]:
    """Make the account ready: its identity, its neutral name and picture; return what was done, and what is left."""
    said = _keys(keys_file)
    identity = _identity(keys_file)
    client = Client(homeserver, user, identity)
    api = Api(client, Gate(time.monotonic, random.random, apart=False))
    try:
        async with asyncio.timeout(PATIENT * 3):
            await log_in(api, password, "")
            await _sign(api, identity, password)
            said.append("Identité publiée : chaque appareil du bot sera signé.")
            ok(await client.set_displayname(public_name))
            said.append(f"Nom : {public_name}. {await _picture(client)}")
    except (TimeoutError, Down):
        raise ConfigError("Le serveur Matrix ne répond pas : réessayez plus tard.") from None
    except Refused as refusal:
        raise ConfigError(f"Le serveur Matrix refuse ({refusal.code}) : voyez avec qui l'administre.") from None
    finally:
        if client.access_token:
            await client.logout()
        await client.close()
    return [*said, *_by_hand(user)]


def _keys(file: str) -> list[str]:
    """Make the keys of the bot, unless they are there."""
    if Path(file).exists():
        return []
    try:
        keys.write(Path(file), keys.create())
    except OSError as error:
        raise ConfigError(f"{file} ne s'écrit pas ({error.strerror}) : choisissez un autre dossier.") from None
    return [f"Clés créées : {file}. Gardez-en une copie ; sans elles, les gens verraient une alerte."]


async def _sign(api: Api, identity: Identity, password: str) -> None:
    """Publish the identity. A server that already has another one asks for the password, and people are warned."""
    upload = identity.upload(api.client.user_id)
    try:
        await api.call(lambda: api.raw("POST", SIGNS, upload), Pass())
    except Refused as refusal:
        if refusal.status != 401:
            raise
        raise ConfigError(
            "Ce compte a déjà une autre identité. Remettez son fichier de clés, ou prenez un compte neuf : "
            "changer d'identité alerterait tous ceux qui lui ont parlé."
        ) from None


async def _picture(client: Client) -> str:
    picture = (files("bot.channels.matrix") / "avatar.png").read_bytes()

    sent, _ = await client.upload(BytesIO(picture), "image/png", "avatar.png", filesize=len(picture))
    ok(await client.set_avatar(ok(sent).content_uri))
    return "Image neutre posée."


def _by_hand(user: str) -> list[str]:
    """Return what only who runs the server can do."""
    return [
        "À demander à qui administre le serveur :",
        f"- lever la limite de débit du bot : POST /_synapse/admin/v1/users/{user}/override_ratelimit "
        '{"messages_per_second": 0, "burst_count": 0} ; sans cela, effacer dix messages prend cinquante secondes ;',
        "- raccourcir redaction_retention_period (7 jours par défaut) : ce que l'on efface reste d'ici là en base ;",
        "- régler forgotten_room_retention_period, sinon les salons quittés restent pour toujours.",
    ]


def _identity(file: str) -> Identity:
    try:
        return keys.read(Path(file).read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"Pas de clés : {file} n'existe pas. Faites d'abord : repere matrix setup") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"{file} ne contient pas les clés du bot : remettez la copie.") from None
