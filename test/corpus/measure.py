"""Runs a command, passes its output on, and notes what it used: seconds, peak memory in octets, exit code (null: too slow).

    python3 measure.py REPORT SECONDS COMMAND …
"""
import json
import resource
import subprocess
import sys
import time

report, limit, *command = sys.argv[1:]
started = time.monotonic()
try:
    code = subprocess.run(command, timeout=float(limit)).returncode
except subprocess.TimeoutExpired:
    code = None
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
with open(report, "w") as file:
    json.dump({"seconds": time.monotonic() - started, "memory": memory, "exitCode": code}, file)
