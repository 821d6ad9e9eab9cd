"""Open every page in a browser without a window: links, console, and what sticks out at 1,280 and 500 pixels.

python docs/_ext/check_pages.py docs/_build/html [FOLDER FOR SCREENSHOTS]
"""

import functools
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from playwright.sync_api import sync_playwright

WIDTHS = (1280, 500)
SHOWN = ("index", "tutorials/ten_minutes", "studies/remedies", "studies/case_study", "theory/caps", "how_to/spark",
         "how_we_know", "what_the_paper_measured", "technical_note", "gallery/index", "api", "audits")  # fmt: skip
NARROW = ("what_the_paper_measured", "technical_note")  # where no table has to be scrolled either
# Elements that hold more than they show, and pages wider than the window.
CUT = """elements => {
  const cut = e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline';
  const found = [...document.querySelectorAll(elements)].filter(cut)
    .map(e => e.tagName + ': ' + (e.textContent || e.alt).trim().slice(0, 60));
  if (document.documentElement.scrollWidth > window.innerWidth + 1) found.push('the page itself');
  return found;
}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args):
        pass


def listen(tab, problems):
    """Note what a page says on the console."""

    def heard(message):
        where = message.location.get("url", "")
        if message.type in ("error", "warning") and not where.endswith("favicon.ico"):
            problems.append(f"console: {message.text} ({where})")

    tab.on("console", heard)
    tab.on("pageerror", lambda error: problems.append(f"script: {error}"))


def visit(tab, folder, home, names, pictures):
    """Open every page at one width; problems, and links and anchors by page."""
    problems, links, anchors = [], {}, {}
    listen(tab, problems)
    width = tab.viewport_size["width"]
    for name in names:
        tab.goto(home + name)
        elements = "pre, article .math, article img" + ", .table-wrapper" * (name.removesuffix(".html") in NARROW)
        problems += [f"{name} at {width}: cut, {what}" for what in tab.evaluate(CUT, elements)]
        found = tab.evaluate("() => [...document.links].map(a => a.getAttribute('href'))")
        links[name] = {urljoin(home + name, one) for one in found if one}
        anchors[name] = set(tab.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)"))
        if pictures and name.removesuffix(".html") in SHOWN:
            pictures.mkdir(exist_ok=True)
            tab.screenshot(path=pictures / f"{name.replace('/', '-')}-{width}.png", full_page=True)
    tab.goto(home + "search.html?q=randomized+response")
    tab.wait_for_selector("#search-results li", timeout=10_000)
    return problems, links, anchors


def broken(folder, home, links, anchors):
    """Links to pages and anchors that are not there."""
    for name, targets in links.items():
        for target in targets:
            if not target.startswith(home):
                continue
            path, anchor = urldefrag(target.removeprefix(home))
            path = path.partition("?")[0] or "index.html"
            if not (folder / path).exists():
                yield f"{name}: no page {path}"
            elif anchor and path in anchors and anchor not in anchors[path]:
                yield f"{name}: no anchor #{anchor} on {path}"


def main(folder, pictures=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}/"
    pages = [page for page in sorted(folder.rglob("*.html")) if not {"_static", "_modules"} & set(page.parts)]
    names, problems = [page.relative_to(folder).as_posix() for page in pages], []
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        for width in WIDTHS:
            tab = browser.new_page(viewport={"width": width, "height": 900})
            found, links, anchors = visit(tab, folder, home, names, pictures)
            problems += found
        browser.close()
    problems += broken(folder, home, links, anchors)
    print("\n".join(sorted(set(problems))) or f"{len(pages)} pages: links, console, search and widths are in order")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
