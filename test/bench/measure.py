"""Runs a command and writes to file descriptor 3, as JSON, what it and its children cost (wait4)."""
import json
import os
import sys
import time

start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
cost = {
    "wall": time.monotonic() - start,
    "cpu": usage.ru_utime + usage.ru_stime,
    "memory": usage.ru_maxrss * 1024,
    "exitCode": os.waitstatus_to_exitcode(status),
}
os.write(3, json.dumps(cost).encode())
