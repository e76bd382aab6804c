"""The judge of recurrence rules: the first five times of each, up to 2036. Reads [start, rules] in JSON."""

import datetime
import itertools
import json
import sys

from dateutil.rrule import rrulestr

start, rules = json.load(sys.stdin)
dtstart = datetime.datetime.fromisoformat(start.replace("Z", "+00:00"))


def times(rule):
    try:
        found = rrulestr(rule, dtstart=dtstart)
    except ValueError:
        # Hours and an interval that never meet.
        return []
    soon = itertools.takewhile(lambda time: time.year < 2036, found)
    return [time.strftime("%Y-%m-%dT%H:%M") for time in itertools.islice(soon, 5)]


json.dump([times(rule) for rule in rules], sys.stdout)
