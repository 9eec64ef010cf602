"""A new host on EC2 runs its user data: the artefact is real, what belongs to the host and to AWS are stand-ins."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from ops.install.ec2.artifact import ROOT, archive
from tests.integration.ops.install.test_install import PYTHON
from tests.support.ec2 import user_data

FOLDER = ROOT / "ops/install/ec2"

AWS = """\
#!/bin/bash
echo "$*" >>"$ROOT/aws"
case $1 in
    s3) cp "$ROOT/artifact" "${@: -1}" ;;
    ssm) echo "CONSUMER_BATCH_SIZE=7"; echo "PRODUCER_RATE=7" ;;
esac
"""
SYSTEMCTL = '#!/bin/bash\necho "$*" >>"$ROOT/systemctl"\n[[ $* != "enable --now"* || ! -e $ROOT/broken ]]\n'
CURL = "#!/bin/bash\necho i-0123\n"
AGENT = '#!/bin/bash\necho "$*" >>"$ROOT/agent"\n'


class Ec2Host:
    """A root with stand-ins for curl, aws, dnf, systemd and pip."""

    def __init__(self, root: Path, body: bytes) -> None:
        self.root = root
        self.body = body
        programs = root / "bin"
        agent = root / "opt/aws/amazon-cloudwatch-agent"
        for folder in (programs, agent / "bin", agent / "etc"):
            folder.mkdir(parents=True)
        stand_ins = {"aws": AWS, "systemctl": SYSTEMCTL, "curl": CURL, "dnf": "#!/bin/bash\n", "python": PYTHON}
        for name, text in stand_ins.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        control = agent / "bin/amazon-cloudwatch-agent-ctl"
        control.write_text(AGENT)
        control.chmod(0o755)
        (root / "artifact").write_bytes(self.body)

    def start(self, service: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        """Run the user data."""
        changed = {"ArtifactSha256": hashlib.sha256(self.body).hexdigest()} | changed
        script = user_data(service, **changed).replace("/opt/comboio-artifact", f"{self.root}/opt/comboio-artifact")
        environ = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "PYTHON": str(self.root / "bin/python"),
            "COMBOIO_ROOT": str(self.root),
            "ROOT": str(self.root),
            "SYSTEMD": str(self.root),
        }
        return subprocess.run(["/bin/bash"], input=script, env=environ, capture_output=True, text=True, check=False)

    def told(self, what: str) -> list[str]:
        """Return what a stand-in was asked."""
        path = self.root / what
        return path.read_text().splitlines() if path.exists() else []

    def result(self) -> str:
        """Return what Auto Scaling was told at the end."""
        return self.told("aws")[-1].rpartition(" ")[2]


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give an artefact without packages."""
    return archive(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def host(tmp_path: Path, body: bytes) -> Ec2Host:
    """Give a host that has just booted."""
    return Ec2Host(tmp_path, body)


@pytest.mark.parametrize("script", [user_data("producer"), user_data("consumer"), (FOLDER / "start.sh").read_text()])
def test_bash_reads_the_scripts(script: str) -> None:
    """What runs on a host is a script of bash's."""
    read = subprocess.run(["/bin/bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize("service", ["producer", "consumer"])
def test_a_host_becomes_one_of_its_service(host: Ec2Host, service: str) -> None:
    """It installs the artefact, has its options, starts each process and tells that it is ready."""
    done = host.start(service, OptionsParameterName="/comboio/options")
    assert done.returncode == 0, done.stderr
    options = (host.root / f"etc/comboio/{service}.env").read_text().splitlines()
    assert "KAFKA_BOOTSTRAP_SERVERS=b-1.k:9098,b-2.k:9098" in options
    assert f"{service.upper()}_SECURITY=msk-iam" in options
    assert ("CONSUMER_TOPICS=mt-c300,mt-c400" in options) is (service == "consumer")
    assert options[-2:] == ["CONSUMER_BATCH_SIZE=7", "PRODUCER_RATE=7"], "the user's options come last, and hold"
    started = [call for call in host.told("systemctl") if call.startswith("enable")]
    assert started == [f"enable --now comboio-{service}@{n}" for n in (0, 1)]
    assert (host.root / f"opt/comboio-{service}/current/{service}/__main__.py").exists()
    assert host.result() == "CONTINUE"
    assert any("--status SUCCESS" in call for call in host.told("aws"))


def test_log_lines_reach_the_log_group_of_the_stack(host: Ec2Host) -> None:
    """The unit writes where the agent reads, and the agent writes where the role may."""
    assert host.start("consumer").returncode == 0
    (loaded,) = host.told("agent")
    config = Path(loaded.rpartition("file:")[2]).read_text()
    assert '"log_group_name": "/comboio/comboio-hosts"' in config
    unit = (host.root / "etc/systemd/system/comboio-consumer@.service.d/logs.conf").read_text()
    assert "append:/var/log/comboio/comboio-consumer-%i.log" in unit
    assert '"file_path": "/var/log/comboio/*.log"' in config


def test_an_artefact_of_another_digest_is_not_run(host: Ec2Host) -> None:
    """Whoever can write to the bucket cannot change what hosts run; the host is given up."""
    assert host.start("consumer", ArtifactSha256="1" * 64).returncode != 0
    assert host.told("systemctl") == []
    assert not (host.root / "opt/comboio-artifact/ops").exists()
    assert host.result() == "ABANDON"


def test_a_host_whose_service_does_not_start_is_given_up(host: Ec2Host) -> None:
    """A service that is not ready ends the update: the group is told, and CloudFormation while it makes the stack."""
    (host.root / "broken").touch()
    assert host.start("consumer").returncode != 0
    assert host.result() == "ABANDON"
    assert any("--status FAILURE" in call for call in host.told("aws"))
