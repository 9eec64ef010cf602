"""A certificate for localhost that nobody but the test trusts."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificate(NamedTuple):
    """The certificate's file, and the context of a server that shows it."""

    file: Path
    server: ssl.SSLContext


def make_certificate(place: Path) -> Certificate:
    """Make one in a folder; skips the test where there is no openssl, but in CI, where it fails."""
    openssl = shutil.which("openssl")
    if openssl is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is not there to make a certificate")
        pytest.skip("openssl is not there to make a certificate")
    key, certificate = place / "key.pem", place / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)  # noqa: S603 fixed words
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Certificate(certificate, context)
