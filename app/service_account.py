"""As whom the embedded servers run, and where that user can reach programs and data.

PostgreSQL refuses to run as root. Where we are root (a container, a fresh machine), the servers run as a
system user of their own; and since that user may not see into a private directory such as root's home,
programs and data are then kept where it can. Nobody's directory is opened up for it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

USER_NAME = "zuoxi"
# Where data goes when the project lies in a directory that only root can enter.
REFUGE = Path("/var/lib/zuoxi")


class AccountError(Exception):
    """No user could be found to run the servers as; the message says what to do."""


class PopenOptions(TypedDict, total=False):
    """The part of Popen's arguments that makes a child run as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user the servers run as. `is_own` when that is the user we are."""

    uid: int
    gid: int
    is_own: bool

    @property
    def popen_options(self) -> PopenOptions:
        """Return what Popen needs to start a program as this user."""
        return {} if self.is_own else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, directory: Path) -> None:
        """Make the directory, private to this user; refuse one that holds another user's data."""
        directory.mkdir(parents=True, exist_ok=True)
        owner = directory.stat().st_uid
        if owner != self.uid and any(directory.iterdir()):
            raise AccountError(
                f"{directory} was made by another user (number {owner}). Run this as the user that made it, "
                "or move it away to start anew."
            )
        if not self.is_own:
            os.chown(directory, self.uid, self.gid)
        directory.chmod(0o700)

    def can_enter(self, directory: Path) -> bool:
        """Whether this user gets into the directory, as far as the bits for everybody say."""
        if self.is_own:
            return os.access(directory, os.X_OK)
        whole = directory.resolve()
        return all(path.stat().st_mode & stat.S_IXOTH for path in (whole, *whole.parents))


def choose_account() -> Account:
    """Return ourselves, or for root the system user `zuoxi`, made if it is missing.

    Raises AccountError when it is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), is_own=True)
    entry = _find_user() or _make_user()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, is_own=False)


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(USER_NAME)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    # The PATH of a container or of `su` may lack the directory where system tools are.
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    said = "there is no useradd on this machine"
    if useradd:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(REFUGE)]
        command += ["--shell", "/usr/sbin/nologin", USER_NAME]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
    # Looked up whatever useradd said: another process may have made the user meanwhile.
    entry = _find_user()
    if entry is None:
        raise AccountError(
            f"PostgreSQL does not run as root, and the system user {USER_NAME!r} could not be made ({said}). "
            "Run this as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return entry


def choose_home(wanted: Path, *, account: Account, throwaway: bool) -> Path:
    """Return the directory for a server's data, private to the account: `wanted`, if the account gets there.

    If not, a new directory elsewhere is used and `wanted` becomes a link to it, so that the next run finds it
    again; `throwaway` data then goes to the temporary directory.
    """
    if not wanted.is_symlink() and not account.is_own:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        if not account.can_enter(wanted.parent):
            if wanted.exists():
                raise AccountError(
                    f"{wanted} holds data, but lies in a directory that the system user {USER_NAME!r} cannot "
                    f"enter. Move the project to one it can, or move {wanted} away to start anew."
                )
            _link_to_new_home(
                wanted, refuge=choose_temporary_directory(account=account) if throwaway else REFUGE
            )
    home = wanted.resolve()
    account.own(home)
    return home


def _link_to_new_home(wanted: Path, *, refuge: Path) -> None:
    if not refuge.is_dir():
        refuge.mkdir(parents=True)
        refuge.chmod(0o755)
    # The name is new each time: data must never turn up again in another copy of the project at this path.
    wanted.symlink_to(tempfile.mkdtemp(prefix=f"zuoxi-{wanted.name}-", dir=refuge))


def choose_programs(
    site: Path, folders: Sequence[str], *, account: Account, home: Path, version: str
) -> Path:
    """Return where these folders of programs are: `site`, or a copy if the account cannot read them there.

    They are copied side by side, since programs look for their libraries relative to where they are.
    """
    if account.is_own or all(_can_be_read_by(account, site / folder) for folder in folders):
        return site
    copy = home / f"programs-{version}"
    if not copy.is_dir():
        partial = home / "programs.partial"
        shutil.rmtree(partial, ignore_errors=True)
        for folder in folders:
            shutil.copytree(site / folder, partial / folder, symlinks=True)
        for path in [partial, *partial.rglob("*")]:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
        partial.rename(copy)
    return copy


def _can_be_read_by(account: Account, tree: Path) -> bool:
    def is_readable(path: Path) -> bool:
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        return mode & wanted == wanted

    return account.can_enter(tree) and all(map(is_readable, tree.rglob("*")))


def choose_temporary_directory(*, account: Account, longest: int = 4096) -> Path:
    """Return the first usual temporary directory that the account can enter, its path at most so long."""
    usual = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()]
    for name in usual:
        path = Path(name)
        if name and path.is_dir() and len(os.fsencode(name)) <= longest and account.can_enter(path):
            return path
    return Path("/tmp")
