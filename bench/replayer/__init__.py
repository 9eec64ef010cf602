"""The replayer beside a plain receive-send-delete loop: letters a second on one core, 5 ms a call."""
