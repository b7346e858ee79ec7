"""Reads lines of JSON [rule, start]; answers for each the first times of the rule as dateutil counts them."""
import datetime
import itertools
import json
import sys

from dateutil.rrule import rrulestr

epoch = datetime.datetime(1970, 1, 1)
for line in sys.stdin:
    rule, start, last = json.loads(line)
    try:
        begin = epoch + datetime.timedelta(seconds=start)
        end = epoch + datetime.timedelta(seconds=last)
        times = []
        for time in itertools.islice(rrulestr(rule, dtstart=begin), 60):
            if time > end:
                break
            times.append(int((time - epoch).total_seconds()))
        print(json.dumps(times))
    except Exception as error:
        print(json.dumps(str(error)))
