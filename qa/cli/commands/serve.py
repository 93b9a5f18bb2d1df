"""``qa serve``: answer over HTTP."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from qa import InputError
from qa.cli.options import Options, options_of
from qa.cli.terminal.output import note, say
from qa.cli.tokens import token_given

if TYPE_CHECKING:
    from qa import Session
    from qa.http.settings import Settings

EXTRA = "grounded-qa[serve]"


def serve(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Serve only these files and folders, indexed first if needed; none for the "
            "whole index.",
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option("--host", metavar="H", help="Address to listen at."),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, metavar="N", help="0 for any that is free."),
    ] = 8765,
    token_file: Annotated[
        str | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="Token that clients must send, else $QA_TOKEN. Needed unless it listens at this "
            "machine alone.",
        ),
    ] = None,
    opened: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    concurrency: Annotated[
        int,
        typer.Option(
            "--max-concurrency",
            min=1,
            max=256,
            metavar="N",
            help="Requests in work at once; four times as many may wait.",
        ),
    ] = 8,
    seconds: Annotated[
        float,
        typer.Option("--timeout", metavar="S", help="Seconds for an answer, waiting included."),
    ] = 30.0,
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            metavar="ORIGIN",
            help="Let pages of this site use it, such as https://intranet.example; may be "
            "repeated.",
        ),
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="HOST",
            help="Another name that it is called by, as behind a proxy; may be repeated.",
        ),
    ] = None,
    watched: Annotated[
        bool,
        typer.Option(
            "--watch", help="Keep the index up to date while files change, as `qa watch`."
        ),
    ] = False,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Write questions to the access log.")
    ] = False,
) -> int:
    """Answer over HTTP, from one index, until it is stopped.

    The address and the access log go to standard error. SIGTERM ends it with 0, Ctrl-C with 130.
    """
    options = options_of(context)
    _check_installed()
    from qa.http.observing import write_errors, write_log
    from qa.http.server import serve as serve_session
    from qa.http.settings import Limits, Settings, address_of, host_of, origin_of

    if not 0 < seconds <= 3600:
        raise InputError("--timeout is a number of seconds, up to 3600")
    settings = Settings(
        host=host,
        port=port,
        token=token_given(token_file),
        origins=frozenset(map(origin_of, origins or ())),
        hosts=frozenset(map(host_of, hosts or ())),
        limits=Limits(concurrency=concurrency, seconds=seconds),
        log_questions=log_questions,
    )
    address_of(settings)  # refused before anything is indexed
    session, places = _open(paths or [], options)
    with session, _watching(session, options) if watched else nullcontext():
        stopped_by = serve_session(
            session,
            settings,
            places=places,
            on_listening=lambda url: _listening(url, settings, opened=opened),
            log=write_errors if options.quiet else write_log,
            verbose=options.verbose,
        )
    if stopped_by == signal.SIGINT:
        raise KeyboardInterrupt
    note("stopped", options)
    return 0


def _check_installed() -> None:
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"qa serve needs {error.name}, which is not installed: pip install '{EXTRA}'"
        ) from None


def _open(paths: list[str], options: Options) -> "tuple[Session, tuple[str, ...]]":
    if not paths:
        return options.open(), ()
    from qa.cli.indexing import open_with_progress

    found = open_with_progress(paths, options)
    return found.session, found.places


@contextmanager
def _watching(session: "Session", options: Options) -> Iterator[None]:
    """Keeps the index up to date meanwhile, in a thread; the session follows by itself."""
    import qa
    from qa.rendering.watching import render_event

    stop = threading.Event()

    def keep() -> None:
        try:
            for event in qa.watch((), into=session.folder, stop=stop, offline=options.offline):
                for line in render_event(event, all_of_them=options.verbose):
                    note(line, options)
        except qa.QAError as error:
            say(f"watching ended: {error}")

    thread = threading.Thread(target=keep, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _listening(url: str, settings: "Settings", *, opened: bool) -> None:
    # Not a note: with port 0 nothing else tells it.
    say(f"listening at {url}")
    if opened:
        import webbrowser

        webbrowser.open(url)
