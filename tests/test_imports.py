"""What importing costs, and that imports run one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_blia

ROOT = Path(sklearn_blia.__file__).parent

# A package may import those named here, and itself.
ALLOWED = {
    "exceptions": set(),
    "files": set(),
    "_blas": set(),
    "metrics": {"_blas"},
    "canaries": {"metrics", "files"},
    "labels": {"metrics", "canaries", "exceptions"},
    "defences": {"metrics", "canaries", "labels"},
    "evidence": {"metrics", "canaries"},
    "attacks": {"metrics", "canaries", "evidence"},
    "report": {"metrics", "files", "_version"},
    "neural": {"metrics", "_blas"},
    "datasets": {"files", "exceptions"},
    "audit": {
        "metrics",
        "files",
        "canaries",
        "labels",
        "evidence",
        "attacks",
        "report",
        "neural",
        "exceptions",
        "_blas",
    },
    "paper": {"metrics", "files", "attacks", "audit", "datasets", "neural", "report", "exceptions"},
    "cli": {"metrics", "files", "labels", "defences", "attacks", "audit", "datasets", "paper", "_version"},
}


HEAVY = ("torch", "skorch", "matplotlib", "pandas", "numba")


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_is_light():
    # scikit-learn 1.9 imports pandas itself where it is installed; nothing may come on top of what it does.
    out = run(
        f"import sys, sklearn.base; before = set(sys.modules); import sklearn_blia, sklearn_blia.audit, "
        f"sklearn_blia.cli, sklearn_blia.datasets, sklearn_blia.report, sklearn_blia.paper; "
        f"print([m for m in {HEAVY} if m in sys.modules and m not in before])"
    )
    assert out.strip() == "[]"


def test_import_needs_no_extra():
    block = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {HEAVY}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
import sklearn_blia, sklearn_blia.audit, sklearn_blia.cli, sklearn_blia.datasets, sklearn_blia.paper
print(sklearn_blia.CanaryFlipper())
"""
    assert run(block).strip() == "CanaryFlipper()"


def imported_packages(path):
    """Names of the package's own parts that a module imports, at any depth of its code."""
    here = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = here[: len(here) - (node.level - 1)]
            parts = (*above, *(node.module or "").split("."))
            names = [parts[0]] if parts[0] else [alias.name for alias in node.names]
            yield from names
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn_blia"):
            yield node.module.split(".")[1] if "." in node.module else "top level"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            for module in modules:
                if module.split(".")[0] in ("torch", "skorch"):
                    yield "torch"


def private_imports(path):
    """Private modules and names of other rooms that a module imports."""
    here = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        above = here[: len(here) - (node.level - 1)]
        parts = [*above, *(node.module or "").split("."), *(alias.name for alias in node.names)]
        room, inside = parts[0], [part for part in parts[1:] if part.startswith("_")]
        if inside and room != (here or ("",))[0] and room != "_version":
            yield ".".join(parts)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_two_rooms_need_is_public_in_the_lower_one(path):
    assert not list(private_imports(path))


def test_no_module_holds_more_than_one_idea():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert not {name: length for name, length in lengths.items() if length > 400}


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_run_one_way(package):
    allowed = ALLOWED[package] | {package} | ({"torch"} if package == "neural" else set())
    folder = ROOT / package
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{package}.py"]
    assert files
    for file in files:
        assert set(imported_packages(file)) <= allowed, file


def test_every_part_is_listed():
    parts = {p.stem if p.is_file() else p.name for p in ROOT.iterdir() if not p.name.startswith("_")}
    assert parts <= set(ALLOWED)


def test_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skorch", None)
    for name in [name for name in sys.modules if name.startswith("sklearn_blia.neural")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-blia\[neural\]'"):
        import sklearn_blia.neural  # noqa: F401
