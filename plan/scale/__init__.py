"""Where each knee is: what so many partitions carry, and at which rate each limit of AWS is met."""
