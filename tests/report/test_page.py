"""The page to show: what it says, that nothing of the user's is markup, and that it can be read anywhere."""

import json
import os
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, RandomizedResponse, plant_canaries
from sklearn_blia.labels import BaseMechanism
from sklearn_blia.report._plain_words import make_statement, odds

EVIL = "<script>alert('1')</script> & \"'<img src=x onerror=alert(2)>{{ 7 * 7 }}"
VOID = {"meta", "path", "br", "img", "link"}


class Page(HTMLParser):
    """Tags, attributes and text; fails where tags do not close in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.text, self.style = [], [], [], ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


class HalfRate(BaseMechanism):
    """Redraws from both labels where it should change one: its true epsilon is larger than it says."""

    symmetric = True

    def _randomize(self, codes, draw):
        redraw, which = draw((2, len(codes)))
        return np.where(redraw < 1 / (np.exp(self.epsilon) + 1), (which * 2).astype(int), codes)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return rng.standard_normal((1200, 5)), rng.integers(2, size=1200)


@pytest.fixture(scope="module")
def audit(rows):
    X, y = rows
    models = {f"tree {EVIL}": DecisionTreeClassifier(), "constant": DummyClassifier()}
    groups = np.where(X[:, 0] > 0, f"above {EVIL}", "below")
    audit = LabelAudit(models, epsilons=[np.inf, 1], n_repeats=2, n_canaries=300, title=EVIL, random_state=0)
    return audit.fit(X, np.where(y, f"yes {EVIL}", "no"), groups)


@pytest.fixture(scope="module")
def refuted(rows):
    audit = LabelAudit(DecisionTreeClassifier(), mechanism=HalfRate(), epsilons=[0.2], n_canaries=300, random_state=0)
    return audit.fit(*rows).report_


def test_nothing_of_the_users_is_markup(audit):
    page = audit.to_html(secrets=True)
    parsed = Page(page)
    assert not [tag for tag, _ in parsed.tags if tag in ("script", "img", "link", "iframe", "object", "form", "a")]
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    for wanted in (EVIL, f"tree {EVIL}", f"above {EVIL}", f"yes {EVIL}"):
        assert wanted in "".join(parsed.text)  # there, as text


def test_one_file_without_outside_assets(audit):
    parsed = Page(audit.to_html())
    for _, attributes in parsed.tags:
        assert not {"src", "href", "xlink:href", "action"} & set(attributes)
    assert "url(" not in parsed.style
    assert "@import" not in parsed.style
    assert len(audit.to_html()) < 100_000


def test_the_verdict_comes_first_and_says_how_sure(audit):
    words = Page(audit.to_html()).words
    assert words.index("memorized labels that it was trained on") < words.index("What was measured")
    test = audit.report_.cells[0].attacks["threshold (fixed)"].private
    assert test.success_ratio == 1  # a full tree stores every label
    assert "Of 600 labels that only a coin had decided" in words
    assert "100.0% out of the model, where luck gives 50.0% (95% interval 99." in words
    assert "No memorized labels were found in constant." in words
    assert "Nothing contradicts the promise of epsilon = 1 that constant makes." in words
    for part in ("What was done", "How to read it", "What it cannot say", "What to do next", "By group"):
        assert part in words
    assert "Seed 0" in words


def test_a_refuted_claim_is_told_plainly(refuted):
    verdict = refuted.verdicts[0]
    assert verdict.refuted
    words = Page(refuted.to_html()).words
    assert "DecisionTreeClassifier does not keep its promise of epsilon = 0.2." in words
    assert f"spent an epsilon of at least {refuted.cells[0].bound:.2f}, at 95 % confidence" in words
    assert "Do not rely on the claim" in words
    assert "Claim refuted" in words


def test_pictures_show_the_numbers(audit):
    """Every bar is where its number is: 40 % of the axis is cut off where all intervals begin above."""
    cell = audit.report_.cells[2]
    paths = re.findall(r'class="dot" d="M([-\d.]+) 5', audit.to_html())
    ratio = cell.attacks["threshold (fixed)"].private.success_ratio
    assert any(abs(float(x) - 100 * (ratio - first) / (1 - first)) < 0.01 for x in paths for first in (0.0, 0.4))
    assert 'class="cap"' in audit.to_html()


def test_secrets_are_shown_only_when_asked(audit, tmp_path):
    plain, secret = Page(audit.to_html()).words, Page(audit.to_html(secrets=True)).words
    assert "Rows that were memorized most" not in plain
    assert "Secret This page names rows" in secret
    assert "private label" in secret
    audit.to_html(tmp_path / "page.html", secrets=True)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o600
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == audit.to_html(secrets=True)


def test_the_rows_that_are_shown_got_a_label_against_their_own(audit):
    """Without anything to compare with only a label that the data does not have speaks of memorization."""
    shown = Page(audit.to_html(secrets=True)).words
    frame = audit.to_canary_frame()
    kept = frame[(frame["private_label"] != frame["natural_label"]) & frame["correct"]]
    assert f" {kept.loc[kept['score'].abs().idxmax(), 'row']} " in shown


def test_notebooks_get_a_part_of_a_page(audit):
    part = audit.report_._repr_html_()
    assert part.lstrip().startswith('<div class="blia">')
    assert "<html" not in part
    Page(part)
    # Every rule is for the report's own part of the notebook.
    style = re.sub(r"/\*.*?\*/", "", Page(part).style, flags=re.S)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"@media[^{]*\{", "", style))
    assert selectors
    for selector in selectors:
        assert all(one.strip().startswith(".blia") for one in selector.strip().lstrip("}").split(",")), selector


def test_markdown(audit):
    text = audit.report_.to_markdown()
    assert "<script>" not in text.replace("\\<script\\>", "")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert len(tables) >= 5
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1
    assert "**Memorized.**" in text


def test_dict_has_verdicts_and_groups(audit):
    report = json.loads(json.dumps(audit.report_.to_dict()))
    assert report["cells"][0]["verdict"]["memorized"] is True
    assert report["cells"][0]["groups"]["private"]["groups"]["below"]["success_ratio"] == 1


def test_failures_are_told(rows):
    class Fails(DecisionTreeClassifier):
        def fit(self, X, y):
            raise RuntimeError(f"no luck {EVIL}")

    models = {"works": DecisionTreeClassifier(), "fails": Fails()}
    report = LabelAudit(models, epsilons=[np.inf], n_repeats=1, random_state=0).fit(*rows).report_
    words = Page(report.to_html()).words
    assert "Nothing can be said of fails." in words
    assert "no luck <script>" in words
    assert "no luck" in report.to_markdown()


def test_a_plan_of_strangers_names(rows):
    X, y = rows
    frame = pd.DataFrame(X, columns=[f"{EVIL} {i}" for i in range(5)])
    plan = plant_canaries(frame, y, mechanism=RandomizedResponse(2), title=EVIL, random_state=0)
    report = plan.score(DecisionTreeClassifier().fit(frame, plan.labels), name=EVIL)
    Page(report.to_html())


def colours(style, scheme):
    """Custom properties of a colour scheme, as numbers from 0 to 1."""
    blocks = re.findall(r"\{([^{}]*--ground[^{}]*)\}", style)
    block = blocks[{"light": 0, "dark": 1, "print": 2}[scheme]]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    return {name: np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255 for name, code in found.items()}


def contrast(first, second):
    """Contrast ratio of WCAG 2.2, "relative luminance" and "contrast ratio"."""

    def luminance(colour):
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    lighter, darker = sorted([luminance(first), luminance(second)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_contrast_is_enough(audit, scheme):
    """Text needs 4.5 to 1, marks in pictures 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11, level AA)."""
    c = colours(Page(audit.to_html()).style, scheme)
    text = [("text", ground) for ground in ("ground", "bad-ground", "good-ground", "warn-ground")]
    text += [("soft", "ground"), ("bad", "bad-ground"), ("good", "good-ground"), ("warn", "warn-ground")]
    for front, back in text:
        assert contrast(c[front], c[back]) >= 4.5, (front, back)
    for front in ("mark", "bad", "soft"):
        assert contrast(c[front], c["ground"]) >= 3


BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

PROBE = """<!doctype html><html><body><script>
const page = %s, widths = [360, 800, 1280], told = [];
addEventListener("message", event => console.log(event.data));
Promise.all(widths.map(width => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.style.width = width + "px"; frame.style.height = "800px"; frame.srcdoc = page;
  frame.onload = () => {
    const doc = frame.contentDocument, root = doc.documentElement;
    const outside = [...doc.querySelectorAll("main *")].filter(e => !e.closest(".scroll") && !e.closest("svg")
      && e.getBoundingClientRect().right > width + 1).map(e => e.tagName + " " + e.textContent.slice(0, 30));
    const dots = [...doc.querySelectorAll("svg")].filter(e => e.getBoundingClientRect().width < 100).length;
    const small = [...doc.querySelectorAll("main p, main td, main li, main .name")].filter(
      e => parseFloat(doc.defaultView.getComputedStyle(e).fontSize) < 12).length;
    told.push({width, scroll: root.scrollWidth, outside, dots, small}); done();
  };
  document.body.append(frame);
}))).then(() => { document.title = "ready"; document.body.innerHTML = "<pre id=told></pre>";
  document.getElementById("told").textContent = JSON.stringify(told); });
</script></body></html>"""


@pytest.mark.skipif(BROWSER is None, reason="no chromium on the path")
def test_in_a_browser_at_three_widths(audit, tmp_path):
    """Nothing runs out of the page sideways, pictures keep a readable width, and the console stays empty."""
    page = audit.to_html(secrets=True)
    (tmp_path / "probe.html").write_text(PROBE % json.dumps(page).replace("</", "<\\/"), encoding="utf-8")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
               "--enable-logging=stderr", "--virtual-time-budget=10000", "--window-size=1400,900"]  # fmt: skip

    def run(*more):
        return subprocess.run([*command, *more], capture_output=True, text=True, timeout=100, check=True)

    done = run("--dump-dom", f"file://{tmp_path / 'probe.html'}")
    (told,) = re.findall(r'<pre id="told">(.*?)</pre>', done.stdout)
    told = json.loads(told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert [one["width"] for one in told] == [360, 800, 1280]
    for one in told:
        assert one["scroll"] <= one["width"], one
        assert not one["outside"], one
        assert not one["dots"]
        assert not one["small"]
    done = run(f"--screenshot={tmp_path / 'page.png'}", f"file://{tmp_path / 'page.html'}")
    assert "CONSOLE" not in done.stderr
    (tmp_path / "wrong.html").write_text("<script>no_such_thing()</script>")
    assert (
        "CONSOLE" in run(f"--screenshot={tmp_path / 'wrong.png'}", f"file://{tmp_path / 'wrong.html'}").stderr
    )  # it would be seen
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_a_promise_in_doubt_is_neither_refuted_nor_kept(audit):
    """Of several claims one may be above its bound by itself and not refuted as one of several."""
    cell = audit.report_.cells[1]
    found = cell.findings
    bound = replace(found.bound, epsilon_lower_bound=1.5)
    attacks = {name: replace(one, bound=bound if one.bound else None) for name, one in found.attacks.items()}
    doubtful = replace(cell, findings=replace(found, attacks=attacks, refuted=False, mechanism_p_value=None))
    said = make_statement(doubtful)
    assert "is in doubt" in said.headline
    assert said.status == "unknown"
    assert "Nothing contradicts" not in " ".join([said.headline, *said.details])


def test_a_broken_mechanism_is_no_broken_claim(audit):
    cell = audit.report_.cells[1]
    said = make_statement(replace(cell, findings=replace(cell.findings, refuted=False, mechanism_p_value=1e-9)))
    assert said.status == "mechanism"
    assert "is not what it says it is" in said.headline


def test_what_a_promise_allows_is_no_alarm(audit):
    """A tree behind randomized response leaks as much as epsilon = 1 allows, and that is what the page says."""
    said = make_statement(audit.report_.cells[1])
    assert said.status == "within"
    assert any("allows that" in detail for detail in said.details)


def test_a_refutation_names_the_guesses_that_it_rests_on(refuted):
    best = refuted.cells[0].findings.bound
    words = Page(refuted.to_html()).words
    assert f"of which {best.n_correct:,} are right: too many for the promise" in words
    assert "in 5 % of cases at most" in words


@pytest.mark.parametrize(
    ("p", "text"), [(0.3, "30%"), (0.01, "1%"), (1e-4, "1 in 10,000"), (0, "less than 1 in a million")]
)
def test_odds_as_people_say_them(p, text):
    assert odds(p) == text
