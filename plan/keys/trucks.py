"""Says when one truck alone is too much for a partition, whatever their number."""

from plan.profile.profile import Trucks


def hot_truck(trucks: Trucks, partitions: int) -> str | None:
    """Return what is wrong with the heaviest truck, if it was measured and has more than a partition's fair share."""
    if trucks.heaviest is None or trucks.heaviest[1] * partitions <= 1:
        return None
    name, share = trucks.heaviest
    return (
        f"{name} sends {share:.1%} of all messages, more than a fair share of {partitions} partitions: by `truck_id` "
        "its partition is hot whatever their number, and by `codigo+truck_id` that of its heaviest code may be. See "
        "whether it is one truck at all."
    )
