"""Signatures by OpenSSH, beside packs."""

import shutil
import subprocess
from pathlib import Path

import pytest

import qa
from tests.support.command import run_command

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)

ALICE, BOB = "alice@example.org", "bob@example.org"


def new_key(name: str, passphrase: str = "") -> str:
    """Makes a key in the working folder; returns its public half."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", name],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return Path(f"{name}.pub").read_text().strip()


@pytest.fixture
def signed(folder: Path) -> Path:
    """A pack that Alice signed, and a list of signers with Bob and her."""
    keys = {name: new_key(name) for name in (ALICE, BOB, "mallory")}
    Path("signers").write_text("".join(f"{name} {keys[name]}\n" for name in (BOB, ALICE)))
    made = qa.pack(Path("dog.json"), to="dog.html", sign=ALICE)
    assert made.signature == Path("dog.html.sig")
    return Path("dog.html")


def told(pack: Path, identity: str | None = None) -> qa.SignatureChecked:
    checked = qa.verify_pack(pack, signers="signers", identity=identity)
    assert checked.signature is not None
    assert checked.holds == checked.signature.valid
    return checked.signature


def test_one_of_the_signers(signed: Path) -> None:
    assert (told(signed).valid, told(signed).identity) == (True, ALICE)
    assert told(signed, ALICE).valid
    assert "ED25519 key SHA256:" in told(signed).detail


def test_ssh_keygen_alone_can_check_it(signed: Path) -> None:
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", ALICE, "-n", "qa.pack", "-s",
         "dog.html.sig"],
        input=signed.read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_pack_is_the_same_without(signed: Path) -> None:
    before = signed.read_bytes()
    qa.pack(Path("dog.json"), to="dog.html")
    assert signed.read_bytes() == before
    assert told(signed).valid


def test_others_do_not_count(signed: Path) -> None:
    assert not told(signed, BOB).valid
    assert not told(signed, "carol@example.org").valid
    qa.sign_pack(signed, "mallory")
    assert not told(signed).valid
    assert "not among those of the signers" in told(signed).detail


def test_an_altered_pack(signed: Path) -> None:
    signed.write_bytes(signed.read_bytes().replace(b"one dog", b"two dog"))
    assert not told(signed).valid


def test_a_signature_of_another_pack(signed: Path) -> None:
    shutil.copy("dog.html.sig", "lamp.html.sig")
    qa.pack(Path("lamp.json"), to="lamp.html")
    assert not told(Path("lamp.html")).valid


def test_a_signature_for_another_purpose(signed: Path) -> None:
    Path("dog.html.sig").unlink()
    command = ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", ALICE, "dog.html"]
    subprocess.run(command, check=True, capture_output=True)
    assert not told(signed).valid


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"-----BEGIN SSH SIGNATURE-----\n"])
def test_no_signature(signed: Path, rubbish: bytes) -> None:
    Path("dog.html.sig").write_bytes(rubbish)
    assert not told(signed).valid
    Path("dog.html.sig").unlink()
    assert "it is not signed" in told(signed).detail


def test_a_key_with_a_passphrase_does_not_wait(folder: Path) -> None:
    new_key("locked", "secret")
    with pytest.raises(qa.InputError, match="needs its passphrase; add it to the agent"):
        qa.pack(Path("dog.json"), to="dog.html", sign="locked")
    assert not Path("dog.html").exists()


def test_what_is_no_key(folder: Path) -> None:
    with pytest.raises(qa.InputError, match=r"^nothing: no such key; make one"):
        qa.pack(Path("dog.json"), to="dog.html", sign="nothing")
    with pytest.raises(qa.InputError, match=r"^cannot sign with dog\.json: "):
        qa.pack(Path("dog.json"), to="dog.html", sign="dog.json")


def test_no_list_of_signers(signed: Path) -> None:
    with pytest.raises(qa.InputError, match="no such list of signers"):
        qa.verify_pack(signed, signers="nobody")
    with pytest.raises(qa.InputError, match="name their list"):
        qa.verify_pack(signed, identity=ALICE)
    with pytest.raises(qa.InputError, match="name the file"):
        qa.verify_pack(signed.read_bytes(), signers="signers")


def test_without_openssh(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(qa.InputError, match="ssh-keygen is not installed"):
        qa.verify_pack(signed, signers="signers")
    with pytest.raises(qa.InputError, match="ssh-keygen is not installed"):
        qa.sign_pack(signed, ALICE)


def test_the_command(signed: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = run_command(*arguments, folder=Path.cwd())
        return done.returncode, done.stdout, done.stderr

    code, printed, _ = run("verify", "dog.html", "--signers", "signers")
    assert code == 0
    assert f"Signed by {ALICE} (ED25519" in printed
    assert "was not checked; --signers names" in run("verify", "dog.html")[1]
    code, printed, _ = run("verify", "dog.html", "--signers", "signers", "--identity", BOB)
    assert code == 1
    said = " ".join(printed.split())
    assert f"The signature does not hold: it is that of {ALICE}, not of {BOB}." in said
    code, printed, _ = run("pack", "lamp.json", "-o", "dog.html", "--sign", ALICE)
    assert (code, printed.splitlines()[-1]) == (0, "signed: dog.html.sig")
    assert told(signed).valid
    _, _, noted = run("pack", "dog.json", "-o", "dog.html")
    assert "dog.html.sig is of what was there before" in noted
    code, _, error = run("verify", "dog.json", "--signers", "signers")
    assert code == 2
    assert "is no pack" in error
