#!/bin/bash
# Makes a new EC2 host one of a service's: the user data of service.yaml calls it, from the artefact.
#   start.sh SERVICE PROCESSES OPTIONS_PARAMETER LOG_GROUP [NAME=value ...]
set -euo pipefail

root=${COMBOIO_ROOT:-}
service=$1
processes=$2
parameter=$3
log_group=$4
shift 4

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
artifact=$(cd "$here/../../.." && pwd)
name=comboio-$service
logs=$root/var/log/comboio
agent=$root/opt/aws/amazon-cloudwatch-agent

dnf install -y --quiet amazon-cloudwatch-agent logrotate python3.11 python3.11-pip

# What the template sets, and then what the user does: of two lines of a name systemd takes the last.
install -d -m 755 "$root/etc/comboio" "$logs"
{
    echo "# Made when this host started: by its stack, and by the SSM parameter ${parameter:-(none)}."
    printf '%s\n' "$@"
    [[ -z $parameter ]] || aws ssm get-parameter --name "$parameter" --query Parameter.Value --output text
} >"$root/etc/comboio/$service.env"

# Log lines go to a file, where the agent finds them; figures stay in the journal, and reach CloudWatch as metrics.
install -d -m 755 "$root/etc/systemd/system/$name@.service.d"
printf '[Service]\nStandardError=append:%s\n' "/var/log/comboio/$name-%i.log" \
    >"$root/etc/systemd/system/$name@.service.d/logs.conf"
install -d -m 755 "$root/etc/logrotate.d"
install -m 644 "$here/logrotate.conf" "$root/etc/logrotate.d/comboio"
sed "s|LOG_GROUP|$log_group|" "$here/agent.json" >"$agent/etc/comboio.json"
"$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$agent/etc/comboio.json"

# The artefact has the packages, with the hashes of the lock: no index is asked.
PIP_NO_INDEX=1 PIP_FIND_LINKS=$artifact/wheels "$artifact/ops/install/install.sh" "$service"

# Each is ready when systemctl returns, or this ends here.
for ((each = 0; each < processes; each++)); do
    systemctl enable --now "$name@$each"
done
