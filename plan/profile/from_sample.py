"""Puts what a sample says in place of what a profile guesses. Pure."""

import math
from dataclasses import replace

from plan.profile.profile import CodeShare, Measurement, Profile, Trucks
from plan.sample.sample import Sample

_MESSAGES_A_TRUCK = 10
"""Messages a truck, on the mean, from which its share is known: below, what differs is mostly chance."""


def code_shares(sample: Sample) -> list[CodeShare]:
    """Return the share of each code."""
    total = sample.messages
    return [CodeShare(code, count / total) for code, count in sample.codes.items()]


def measured(profile: Profile, sample: Sample) -> Profile:
    """Return the profile with the sample's sizes and trucks, as far as it has them; codes are there already."""
    guessed_bytes, guessed_trucks = profile.payload_bytes, profile.trucks.count
    says = [f"{len(sample.codes):,} codes and their shares"]
    payload_bytes, trucks = guessed_bytes, profile.trucks
    if sample.sized:
        payload_bytes = math.ceil(sample.payload_bytes / sample.sized)
        says.append(f"{payload_bytes:,} bytes of a payload (the profile guessed {guessed_bytes:,})")
    seen, named = len(sample.trucks), sample.trucks.total()
    if seen and named >= _MESSAGES_A_TRUCK * seen:
        trucks = Trucks(seen, tuple((name, count / named) for name, count in sample.trucks.most_common()))
        says.append(
            f"{seen:,} trucks, the heaviest with {trucks.shares[0][1]:.2%} of the messages (the profile guessed "
            f"{guessed_trucks:,}, sending alike)"
        )
    left = ["rate, bursts and needs"]
    left += ["bytes"] if not sample.sized else []
    left += [f"trucks ({seen:,} seen, too few messages of each)" if seen else "trucks"] if not trucks.shares else []
    text = f"{sample.messages:,} messages of {sample.source} give {'; '.join(says)}. From the profile: "
    text += f"{', '.join(left)}."
    if sample.left_out:
        text += f" {sample.left_out:,} records were left out, which have no code."
    return replace(profile, payload_bytes=payload_bytes, trucks=trucks, measurement=Measurement(sample.source, text))
