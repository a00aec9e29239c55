"""`repere matrix setup`: the account is made ready, doing it again breaks nothing, each fault is one sentence."""

from __future__ import annotations

import asyncio
import stat
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app import Bot
from bot.channels.matrix import Matrix, channel, set_up
from bot.errors import ConfigError
from tests.matrix.matrix_bot import PARIS, account, running
from tests.matrix.person import V3
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.engine.script import Script
    from tests.matrix import JsClient, Synapse, User

pytestmark = [pytest.mark.slow, pytest.mark.together]


async def prepared(hs: Synapse, user: User, file: Path, *, password: str = "", name: str = "Infos pratiques") -> str:
    said = await set_up(hs.url, user.user_id, name, password=password or user.password, keys_file=str(file))
    return "\n".join(said)


async def identity(hs: Synapse, user: User) -> str:
    """Return the master key that the server gives of somebody."""
    asking = await hs.user("curieuse")
    said = await hs.api("POST", f"{V3}/keys/query", {"device_keys": {user.user_id: []}}, as_=asking)
    return str(said.get("master_keys", {}).get(user.user_id, {}).get("keys", ""))


async def refused(script: Script, url: str, user: str, password: str, keys_file: Path) -> str:
    """Serve, and return the one sentence that ends it."""

    async def serve() -> None:
        bot = Bot(script, lambda: datetime.now(PARIS))
        matrix = Matrix(bot, url, user, lambda _: None, password=password, keys_file=str(keys_file))
        await asyncio.wait_for(matrix.run(asyncio.Event()), 20)

    with pytest.raises(ConfigError) as found:
        await serve()
    return str(found.value)


def held(file: Path) -> bytes:
    return file.read_bytes()


def in_folder(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def is_one_sentence_without(said: str, *secrets: str) -> bool:
    return "\n" not in said and "Traceback" not in said and not any(secret in said for secret in secrets)


async def test_it_makes_keys_for_their_owner_alone_and_publishes_the_identity_a_name_and_a_picture(
    synapse: Synapse, tmp_path: Path
) -> None:
    user, file = await synapse.user("infos"), tmp_path / "keys"
    said = await prepared(synapse, user, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert in_folder(tmp_path) == ["keys"], "nothing else is written"
    assert str(file) in said
    assert f"/_synapse/admin/v1/users/{user.user_id}/override_ratelimit" in said
    assert "redaction_retention_period" in said
    for secret in (user.password, *file.read_text().split('"')[3::4]):
        assert secret not in said
    profile = await synapse.api("GET", f"{V3}/profile/{user.user_id}")
    assert profile["displayname"] == "Infos pratiques"
    assert profile["avatar_url"].startswith("mxc://")
    assert await identity(synapse, user)
    devices = await synapse.admin("GET", f"/v2/users/{user.user_id}/devices")
    assert "Infos" not in [device["display_name"] for device in devices["devices"]], "it takes its own device away"


async def test_done_again_it_keeps_the_keys_the_identity_and_the_conversations(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]]
) -> None:
    on = await account(synapse)
    file = Path(on.keys_file)
    before, published = held(file), await identity(synapse, on.user)
    client = await js(await synapse.user("nora"))
    async with running(synapse, script, on):
        talk = await Talk.opens(client, on.user_id, encrypted=True)
        said = await prepared(synapse, on.user, file, name="Autre nom")
        assert "Clés créées" not in said
        assert (await talk.says("1", "1. C'est pour moi")).shield == ("NONE", None)
    assert held(file) == before
    assert await identity(synapse, on.user) == published
    assert not (await client.trust(on.user_id))["needs_approval"]


async def test_another_identity_on_the_account_is_never_replaced(synapse: Synapse, tmp_path: Path) -> None:
    """People who talked to the bot would be warned of somebody in the middle."""
    user = await synapse.user("infos")
    await prepared(synapse, user, tmp_path / "first")
    published = await identity(synapse, user)
    with pytest.raises(ConfigError, match="déjà une autre identité") as found:
        await prepared(synapse, user, tmp_path / "second")
    assert is_one_sentence_without(str(found.value), user.password)
    assert await identity(synapse, user) == published
    devices = await synapse.admin("GET", f"/v2/users/{user.user_id}/devices")
    assert "Infos" not in [device["display_name"] for device in devices["devices"]], "nor is a device left behind"


@pytest.mark.parametrize("who", ["password", "user"])
async def test_a_wrong_password_or_user_is_one_sentence_for_both_commands(
    synapse: Synapse, script: Script, tmp_path: Path, who: str
) -> None:
    on = await account(synapse, tmp_path)
    user_id = on.user_id if who == "password" else "@personne-de-tel:repere.test"
    with pytest.raises(ConfigError, match="refuse ce compte") as found:
        await set_up(synapse.url, user_id, "Infos", password="faux mot", keys_file=on.keys_file)
    assert is_one_sentence_without(str(found.value), "faux mot")
    said = await refused(script, synapse.url, user_id, "faux mot", Path(on.keys_file))
    assert "refuse ce compte" in said
    assert is_one_sentence_without(said, "faux mot")


async def test_a_server_that_does_not_answer_is_one_sentence(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "PATIENT", 0.2)
    with pytest.raises(ConfigError, match="ne répond pas") as found:
        await set_up("http://127.0.0.1:9", "@a:b", "Infos", password="secret", keys_file=str(tmp_path / "keys"))
    assert is_one_sentence_without(str(found.value), "secret")


@pytest.mark.parametrize("content", ["", "{}", "[]", "pas des clés", '{"master": "AAAA", "devices": "AAAA"}', "\udcff"])
async def test_damaged_keys_are_one_sentence_and_are_not_overwritten(
    synapse: Synapse, script: Script, tmp_path: Path, content: str
) -> None:
    user, file = await synapse.user("infos"), tmp_path / "keys"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match="ne contient pas les clés") as found:
        await prepared(synapse, user, file)
    assert is_one_sentence_without(str(found.value), user.password)
    assert file.read_bytes() == content.encode("utf-8", "surrogateescape")
    assert "ne contient pas les clés" in await refused(script, synapse.url, user.user_id, user.password, file)


async def test_serving_without_keys_says_what_to_do_first(synapse: Synapse, script: Script, tmp_path: Path) -> None:
    user = await synapse.user("infos")
    said = await refused(script, synapse.url, user.user_id, user.password, tmp_path / "keys")
    assert "repere matrix setup" in said
    assert is_one_sentence_without(said, user.password)
    assert in_folder(tmp_path) == []


async def test_keys_that_cannot_be_written_are_one_sentence(synapse: Synapse, tmp_path: Path) -> None:
    user = await synapse.user("infos")
    with pytest.raises(ConfigError, match="choisissez un autre dossier"):
        await prepared(synapse, user, tmp_path / "nulle part" / "keys")
