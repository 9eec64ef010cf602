#!/bin/bash
# Installs a service of Comboio on Amazon Linux 2023, from a checkout of this repository; safe to run again.
#   sudo ops/install/install.sh consumer              installs it, or updates it and restarts what runs of it
#   sudo ops/install/install.sh consumer rollback     goes back to the release before, and restarts what runs of it
#   sudo ops/install/install.sh consumer uninstall    stops and removes it; options and state stay
set -euo pipefail

usage() { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
say() { echo "$*" >&2; }

# Another root is for tests.
root=${COMBOIO_ROOT:-}
service=${1:-}
command=${2:-install}
case $service in
    producer) packages=(producer layers/comboio/comboio) ;;
    consumer) packages=(consumer layers/comboio/comboio functions/dispatcher) ;;
    *) usage ;;
esac
[[ $# -le 2 ]] || usage
[[ -n $root || $EUID -eq 0 ]] || { say "Run it as root: sudo $0 $*"; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
name=comboio-$service
home=$root/opt/$name
options=$root/etc/comboio/$service.env
units=$root/etc/systemd/system
release=
touched=()

instances() { systemctl list-units --plain --no-legend --state=active,activating,reloading "$name@*" | awk '{ print $1 }'; }

# Make a link in one step, so that no service ever starts without one.
point() { ln -sfn "$2" "$home/$1.new" && mv -T "$home/$1.new" "$home/$1"; }

release_of() { readlink "$home/$1" || true; }

# Make a release the one that runs; its unit comes with it.
activate() {
    point current "$1"
    install -m 644 "$home/$1/$name@.service" "$units/$name@.service"
    systemctl daemon-reload
}

# One after the other: each has ended its work and is ready before the next one stops.
restart() {
    local instance
    for instance in "$@"; do
        touched+=("$instance")
        say "Restarting $instance: it ends what it has in flight first."
        systemctl restart "$instance" || return 1
    done
}

build() {
    local python=${PYTHON:-python3.11} package
    command -v "$python" >/dev/null || dnf install -y python3.11 python3.11-pip
    install -d -m 755 "$home" "$home/releases" "$root/etc/comboio" "$units"
    release=$(mktemp -d "$home/releases/$(date -u +%Y%m%dT%H%M%SZ).XXXX")
    chmod 755 "$release"
    for package in "${packages[@]}"; do
        cp -r "$source_dir/$package" "$release/"
    done
    find "$release" -name __pycache__ -prune -exec rm -r {} +
    install -d -m 755 "$release/docs"
    cp -r "$source_dir/docs/how-to" "$source_dir/docs/reference" "$release/docs/"
    "$python" -m venv "$release/venv"
    "$release/venv/bin/pip" install --quiet --require-hashes --only-binary :all: -r "$source_dir/requirements/services.txt"
    # Whether it starts at all is seen here, before anything that runs is touched.
    (cd "$release" && venv/bin/python -m compileall -q "${packages[@]##*/}" && venv/bin/python -m "$service" --help) \
        >/dev/null
    cat "$here/$name@.service" "$here/hardening.conf" >"$release/$name@.service"
    chmod -R go-w,a+rX "$release"
}

install_release() {
    local before each
    trap '[[ -z $release ]] || rm -rf "$release"' EXIT
    build
    [[ -e $options ]] || install -m 644 "$here/$service.env" "$options"
    before=$(release_of current)
    activate "releases/${release##*/}"
    trap - EXIT
    if ! restart $(instances); then
        say "The new release does not start: see journalctl -u '$name@*'."
        if [[ -n $before ]]; then
            activate "$before"
            restart "${touched[@]}" || say "The release before does not start either."
            say "${before##*/} is back."
        fi
        exit 1
    fi
    [[ -z $before ]] || point previous "$before"
    for each in "$home"/releases/*; do
        [[ releases/${each##*/} == "$(release_of current)" || releases/${each##*/} == "$(release_of previous)" ]] ||
            rm -rf "$each"
    done
    say "Installed ${release##*/}. Options: $options. Start it: systemctl enable --now $name@0; journalctl -fu $name@0"
}

roll_back() {
    local before now
    before=$(release_of previous)
    now=$(release_of current)
    [[ -n $before && -d $home/$before ]] || { say "There is no release before this one in $home/releases."; exit 1; }
    activate "$before"
    point previous "$now"
    restart $(instances) || { say "${before##*/} does not start: see journalctl -u '$name@*'."; exit 1; }
    say "Back to ${before##*/}."
}

uninstall() {
    local link
    for link in "$units"/multi-user.target.wants/"$name"@*.service; do
        [[ ! -L $link ]] || systemctl disable "${link##*/}"
    done
    systemctl stop "$name@*"
    rm -f "$units/$name@.service"
    systemctl daemon-reload
    rm -rf "$home"
    say "Removed. Left: $root/etc/comboio/$service*.env and $root/var/lib/$name, which may have what was not sent yet."
}

case $command in
    install) install_release ;;
    rollback) roll_back ;;
    uninstall) uninstall ;;
    *) usage ;;
esac
