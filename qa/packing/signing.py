"""Signatures beside packs, made and checked by OpenSSH.

Anybody can check one without this program, see ``ssh-keygen(1)``::

    ssh-keygen -Y verify -f ALLOWED_SIGNERS -I WHO -n qa.pack -s FILE.sig < FILE
"""

import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa import inputs
from qa.packing.containers import bytes_of
from qa.session.library import Pathlike
from qa_eval.files import write_atomically
from qa_index.errors import InputError

NAMESPACE = "qa.pack"
"""So that a signature of something else does not count."""

_PROGRAM = "ssh-keygen"
_SECONDS = 60
_MOST_SIGNERS = 100
"""Names in the list of signers that are tried for one key."""


@dataclass(frozen=True, slots=True)
class SignatureChecked:
    """Whether a pack is signed by one of those who may."""

    valid: bool
    identity: str | None
    """Who signed, as the list of signers calls them."""
    detail: str
    """One line of explanation."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def signature_of(pack: Path) -> Path:
    """Where the signature of a pack is."""
    return pack.with_name(f"{pack.name}.sig")


def sign_pack(pack: Pathlike, key: Pathlike, *, interactive: bool = False) -> Path:
    """Signs a pack; returns the path of the signature, which is beside it with ``.sig`` added.

    Args:
        pack: The pack.
        key: A private key of OpenSSH, or a public one whose private key ``ssh-agent`` holds.
        interactive: Whether its passphrase may be asked for on the terminal.

    Raises ``InputError`` if there is no ``ssh-keygen``, the key cannot be used, or the signature
    cannot be written.
    """
    path = inputs.path(pack, "pack")
    return write_signature(path, signed(bytes_of(path), key, interactive=interactive))


def signed(data: bytes, key: Pathlike, *, interactive: bool) -> bytes:
    """The signature of ``data``; ``key``, and what it raises: see ``sign_pack``."""
    path = inputs.path(key, "key")
    if not path.is_file():
        raise InputError(f"{path}: no such key; make one with `ssh-keygen -t ed25519`")
    arguments = ("sign", "-n", NAMESPACE, "-f", str(path.absolute()))
    done = _ssh_keygen(*arguments, data=data, interactive=interactive)
    if done.returncode == 0 and done.stdout:
        return done.stdout
    told = _last_line(done.stderr) or "ssh-keygen failed"
    if "passphrase" in told:
        told = "it needs its passphrase; add it to the agent before (`ssh-add`)"
    raise InputError(f"cannot sign with {path}: {told}")


def write_signature(pack: Path, signature: bytes) -> Path:
    """Writes the signature of a pack beside it. Raises ``InputError``."""
    path = signature_of(pack)
    try:
        write_atomically(path, signature)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def check_signature(
    pack: Path, data: bytes, signers: Pathlike, *, identity: str | None = None
) -> SignatureChecked:
    """Whether ``data``, which was read from ``pack``, was signed by one of ``signers``.

    ``signers`` is a list as ``ssh-keygen(1)`` describes under ALLOWED SIGNERS; ``identity`` is the
    one that has to have signed, by default any. Raises ``InputError`` if there is no list or no
    ``ssh-keygen``.
    """
    allowed, signature = inputs.path(signers, "signers"), signature_of(pack)
    if not allowed.is_file():
        raise InputError(
            f"{allowed}: no such list of signers; see ALLOWED SIGNERS in ssh-keygen(1)"
        )
    if not signature.is_file():
        return SignatureChecked(False, None, f"it is not signed: there is no {signature}")
    where = ("-f", str(allowed.absolute()), "-s", str(signature.absolute()))
    known = _ssh_keygen("find-principals", *where, data=b"")
    owners = known.stdout.decode("utf-8", "replace").splitlines()[:_MOST_SIGNERS]
    if known.returncode or not owners:
        return SignatureChecked(False, None, "its key is not among those of the signers")
    asked = [] if identity is None else [inputs.text(identity, "identity")]
    told = ""
    for name in dict.fromkeys((*asked, *owners)):
        done = _ssh_keygen("verify", *where, "-n", NAMESPACE, "-I", name, data=data)
        if done.returncode:
            told = _last_line(done.stderr) or _last_line(done.stdout)
        elif name in asked or not asked:
            key = _last_line(done.stdout).partition(" with ")[2]
            return SignatureChecked(True, name, key or "the signature fits")
        else:
            return SignatureChecked(False, None, f"it is that of {name}, not of {identity}")
    return SignatureChecked(False, None, told or "the signature does not fit")


def _ssh_keygen(
    action: str, *arguments: str, data: bytes, interactive: bool = False
) -> "subprocess.CompletedProcess[bytes]":
    if shutil.which(_PROGRAM) is None:
        raise InputError("ssh-keygen is not installed; install OpenSSH to sign and to check")
    environment = {**os.environ, "LC_ALL": "C"}
    if not interactive:
        environment["SSH_ASKPASS_REQUIRE"] = "never"
    try:
        return subprocess.run(
            [_PROGRAM, "-Y", action, *arguments],
            input=data,
            capture_output=True,
            env=environment,
            # Without a terminal it cannot wait for a passphrase.
            start_new_session=not interactive,
            timeout=None if interactive else _SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"ssh-keygen did not finish within {_SECONDS} s") from None


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip().rstrip(".\r") if lines else ""
