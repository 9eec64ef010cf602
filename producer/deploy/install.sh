#!/bin/bash
# Installs the Comboio producer on Amazon Linux 2023, from a checkout of this repository: sudo producer/deploy/install.sh
# Safe to run again: it updates code, packages and unit, and keeps /etc/comboio/producer.env.
set -euo pipefail

[[ $EUID -eq 0 ]] || { echo "Run it as root: sudo $0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3.11}

command -v "$python" >/dev/null || dnf install -y python3.11 python3.11-pip

install -d -m 755 /opt/comboio /opt/comboio/docs
install -d -m 755 /etc/comboio
# Not under the name that runs until it is whole.
rm -rf /opt/comboio/new && install -d -m 755 /opt/comboio/new
cp -r "$source_dir/producer" "$source_dir/layers/comboio/comboio" /opt/comboio/new/
for package in producer comboio; do
    rm -rf "/opt/comboio/$package"
    mv "/opt/comboio/new/$package" "/opt/comboio/$package"
done
rmdir /opt/comboio/new
cp -r "$source_dir/docs/adr" /opt/comboio/docs/

[[ -x /opt/comboio/venv/bin/python ]] || "$python" -m venv /opt/comboio/venv
/opt/comboio/venv/bin/pip install --quiet --require-hashes --only-binary :all: -r "$source_dir/requirements/services.txt"
/opt/comboio/venv/bin/python -m compileall -q /opt/comboio/producer /opt/comboio/comboio
chmod -R go-w,a+rX /opt/comboio

[[ -e /etc/comboio/producer.env ]] || install -m 644 "$here/producer.env" /etc/comboio/producer.env
install -m 644 "$here/comboio-producer@.service" /etc/systemd/system/
systemctl daemon-reload

cat <<'DONE'
Installed. Next:
  1. Set KAFKA_BOOTSTRAP_SERVERS (and PRODUCER_SECURITY=msk-iam for Amazon MSK) in /etc/comboio/producer.env
  2. systemctl enable --now comboio-producer@0
  3. journalctl -fu comboio-producer@0
DONE
