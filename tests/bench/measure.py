"""What the benchmarks measure: CPU and memory of a tree of processes, fdatasync, medians.

Reads /proc only; knows nothing of mail.
"""
import os
import pathlib
import statistics
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), [int(n) for n in fields[11:15]]  # ppid, utime stime cutime cstime


def tree(roots):
    """The pids of roots and all their descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(_stat(entry)[0], []).append(int(entry))
            except (OSError, ValueError):
                pass
    found, todo = set(), list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def cpu_seconds(roots) -> float:
    """CPU time of the trees since they began, children that have ended included."""
    total = 0
    for pid in tree(roots):
        try:
            total += sum(_stat(pid)[1])
        except OSError:
            pass
    return total / TICK


def memory_octets(roots) -> int:
    """Proportional set size of the trees: memory shared by processes counts once."""
    total = 0
    for pid in tree(roots):
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass
    return total


class PeakMemory:
    """Samples the memory of process trees twice a second; the peak is in octets."""

    def __init__(self, roots):
        self.roots, self.peak, self._stop = list(roots), 0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            self.peak = max(self.peak, memory_octets(self.roots))
            if self._stop.wait(0.5):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self.peak = max(self.peak, memory_octets(self.roots))


def fdatasync_seconds(folder, rounds=200, append=False) -> float:
    """Median of one write of 4 KiB and fdatasync, over a written file or appending to one."""
    path = pathlib.Path(folder, "fdatasync.tmp")
    block = os.urandom(4096)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
    try:
        if not append:
            os.pwrite(descriptor, block * rounds, 0)
            os.fsync(descriptor)
        times = []
        for turn in range(rounds):
            begin = time.perf_counter()
            os.pwrite(descriptor, block, turn * 4096)
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - begin)
        return statistics.median(times)
    finally:
        os.close(descriptor)
        path.unlink()


def file_system(path) -> str:
    """Type of the file system that holds path."""
    best, kind = "", "unknown"
    real = str(pathlib.Path(path).resolve())
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, mount, fstype = line.split()[:3]
        if (real == mount or real.startswith(mount.rstrip("/") + "/")) and len(mount) > len(best):
            best, kind = mount, fstype
    return kind
