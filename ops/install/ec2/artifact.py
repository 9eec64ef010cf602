"""Builds what a host on EC2 installs, packages and all: `python -m ops.install.ec2.artifact arm64`."""

import gzip
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[3]
"""The checkout."""

_CONTENT = (
    *("consumer", "docs/how-to", "docs/reference", "functions/dispatcher", "layers/comboio/comboio"),
    *("ops/install", "producer", "requirements/services.txt"),
)
"""What the installer takes from a checkout, and the installer."""

FOLDER = ROOT / "build" / "ec2"
"""Where the artefact is put."""

_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""The processors by EC2's name, and how packages name them."""

PYTHON = "3.11"
"""The Python that the installer takes on Amazon Linux 2023, whose C library is 2.34."""


def content(root: Path = ROOT) -> Iterator[str]:
    """Yield the path of each file of a checkout that a host needs, in order."""
    for name in _CONTENT:
        place = root / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix()


def packages(machine: str, to: Path) -> None:
    """Download the packages of the lock, which has their hashes, for a processor.

    Raises:
        CalledProcessError: a package is out of reach, has another hash, or is not built for that processor.
    """
    platforms = [f"manylinux{glibc}_{machine}" for glibc in ("_2_34", "_2_28", "2014", "_2_17")]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements/services.txt")),
        *("--implementation", "cp", "--python-version", PYTHON, "--dest", str(to)),
        *(part for platform in platforms for part in ("--platform", platform)),
    ]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments


def archive(wheels: Path, root: Path = ROOT) -> bytes:
    """Return the artefact: the same bytes for the same content, whoever builds it and when."""
    out = BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        places = {name: root / name for name in content(root)}
        places |= {f"wheels/{wheel.name}": wheel for wheel in sorted(wheels.iterdir())}
        for name, path in places.items():
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size
            member.mode = 0o755 if path.suffix == ".sh" else 0o644
            with path.open("rb") as file:
                tar.addfile(member, file)
    return out.getvalue()


def main(processor: str) -> None:
    """Build the artefact and print its key and its digest, as the template asks for them."""
    if processor not in _MACHINES:
        sys.exit(f"{processor} is not a processor that the packages are built for: {' or '.join(_MACHINES)}.")
    with TemporaryDirectory() as scratch:
        packages(_MACHINES[processor], Path(scratch))
        body = archive(Path(scratch))
    digest = hashlib.sha256(body).hexdigest()
    place = FOLDER / f"comboio-{processor}-{digest[:12]}.tar.gz"
    FOLDER.mkdir(parents=True, exist_ok=True)
    place.write_bytes(body)
    sys.stdout.write(f"{place.relative_to(ROOT)}\nArtifactKey={place.name} ArtifactSha256={digest}\n")


if __name__ == "__main__":
    main(sys.argv[1])
