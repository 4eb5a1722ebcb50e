"""A browser, what `make book` and `make slides` built, and the server that `make lab` starts."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tools import browser

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "build" / "screenshots"
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    path = browser.find()
    if path is None:
        pytest.fail("Chromium is missing: run `make browser`")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(chromium, request):
    """``open_page(address, width, height)``: a page, which must ask for nothing elsewhere and report no error."""
    contexts, troubles = [], []

    def open_page(address, width=1280, height=720, **settings):
        context = chromium.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        here = address.split("/")[2]
        page.on("request", lambda r: is_elsewhere(r.url, here) and troubles.append(f"asks for {r.url}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", request.node.name).strip("_")
    for k, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=SCREENSHOTS / f"{name}_{k}.png")
        context.close()
    assert troubles == []


def is_elsewhere(url, here):
    return url.startswith(("http:", "https:", "ws:")) and url.split("/")[2] != here


def built(folder, target):
    path = ROOT / "build" / folder
    if not path.is_dir():
        pytest.fail(f"{path.relative_to(ROOT)} is missing: run `make {target}`")
    return path


@pytest.fixture(scope="session")
def site():
    return built("site", "book")


@pytest.fixture(scope="session")
def decks():
    return sorted(built("slides", "slides").glob("*.html"))


@pytest.fixture(scope="session")
def served_site(site):
    """The site's address: search needs a server."""
    import functools
    import http.server
    import threading

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of `make lab`'s server, with ``{}`` for the path, on copies of the lessons; its port was busy."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        flags = f"--no-browser --allow-root --port={busy.getsockname()[1]} --ServerApp.root_dir={folder}"
        log = (folder / "log.txt").open("w+")
        command = ["make", "lab", f"LAB_FLAGS={flags}"]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield address_in(folder / "log.txt", server)
        finally:
            os.killpg(server.pid, 15)
            server.wait(timeout=30)


def address_in(log, server, seconds=90):
    """Wait until the server has told where it is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)", log.read_text()):
            address = f"{found[1]}/{{}}?token={found[2]}"
            try:
                urllib.request.urlopen(address.format("api/status"), timeout=5)
            except (urllib.error.URLError, ConnectionError):
                pass
            else:
                return address
        time.sleep(0.2)
    pytest.fail(f"`make lab` told no address:\n{log.read_text()[-2000:]}")
