"""What belongs to the process: native memory, mutexes, signals, stopping of Python."""
