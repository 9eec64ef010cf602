"""What one destination in trouble costs the others: real parts over loopback, one scenario after the other."""
