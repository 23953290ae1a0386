"""What the kernel says about a process: memory, processor time, files, threads."""

import os


def _status_value(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0


def rss_bytes(pid):
    return _status_value(pid, "VmRSS") * 1024


def peak_rss_bytes(pid):
    return _status_value(pid, "VmHWM") * 1024


def threads(pid):
    return _status_value(pid, "Threads")


def cpu_seconds(pid):
    """Processor time in user and kernel mode of all its threads, in steps of 10 ms."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(pid):
    """The number of its file descriptors."""
    return len(os.listdir(f"/proc/{pid}/fd"))
