"""`python -m local.recording [NAME...]`."""

from local.recording.command import main

if __name__ == "__main__":
    main()
