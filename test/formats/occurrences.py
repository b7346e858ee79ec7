"""Reads paths, one a line; answers for each calendar when its events take place, as icalendar and dateutil understand it."""
import datetime
import io
import json
import sys
import warnings
import zoneinfo

import icalendar
from dateutil import tz
from dateutil.rrule import rruleset, rrulestr

warnings.simplefilter("ignore")
epoch = datetime.datetime(1970, 1, 1)
names = zoneinfo.available_timezones()


def seconds(naive):
    return int((naive - epoch).total_seconds())


def zones_of(calendar):
    zones = {}
    for part in calendar.walk("VTIMEZONE"):
        try:
            zones[str(part["TZID"])] = tz.tzical(io.StringIO(part.to_ical().decode())).get()
        except Exception:
            zones[str(part["TZID"])] = None
    return zones


class Unsure(Exception):
    pass


class Clock:
    """What the wall clock of a property says, without its zone, and the zone."""

    def __init__(self, prop, value, zones):
        self.is_date = not isinstance(value, datetime.datetime)
        if self.is_date:
            self.wall, self.zone = datetime.datetime(value.year, value.month, value.day), None
            return
        self.wall = value.replace(tzinfo=None)
        tzid = prop.params.get("TZID")
        if tzid is not None and not (value.tzinfo is not None and value.utcoffset() == datetime.timedelta(0) and str(value.tzinfo) == "UTC"):
            self.zone = zones.get(str(tzid)) if str(tzid) in zones else None
            if self.zone is None:
                if str(tzid) not in names:
                    raise Unsure("zone " + str(tzid))
                self.zone = zoneinfo.ZoneInfo(str(tzid))
        else:
            self.zone = datetime.timezone.utc if value.tzinfo is not None else None

    def offset(self, wall=None):
        if self.zone is None:
            return 0
        return int((wall or self.wall).replace(tzinfo=self.zone).utcoffset().total_seconds())

    def instant(self, wall=None):
        return seconds(wall or self.wall) - self.offset(wall)

    def on(self, other):
        """Another clock's time on this one."""
        if self.is_date or other.is_date or self.zone is None or other.zone is None:
            return other.wall
        moment = other.wall.replace(tzinfo=other.zone).astimezone(datetime.timezone.utc)
        return moment.astimezone(self.zone).replace(tzinfo=None)


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def clocks(event, name, zones):
    for prop in as_list(event.get(name)):
        for one in prop.dts:
            value = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            yield Clock(prop, value, zones)


def event_times(event, zones, first, last):
    start_prop = event.get("DTSTART") or event.get("DUE")
    if start_prop is None:
        return None
    start = Clock(start_prop, start_prop.dt, zones)
    end_prop = event.get("DTEND") or (event.get("DUE") if event.name == "VTODO" else None)
    if end_prop is not None:
        end = Clock(end_prop, end_prop.dt, zones)
        length = max(0, end.instant() - start.instant())
        if start.is_date:
            length = length // 86400 * 86400
    elif "DURATION" in event:
        length = max(0, int(event["DURATION"].dt.total_seconds()))
    else:
        length = 86400 if start.is_date else 0
    rules = rruleset()
    rules.rdate(start.wall)
    for rule in as_list(event.get("RRULE")):
        if "BYWEEKNO" in rule and "BYDAY" not in rule:
            raise Unsure("weeks")
        text = rule.to_ical().decode()
        parts = [part for part in text.split(";") if not part.upper().startswith("UNTIL=")]
        until = rule.get("UNTIL")
        if until:
            value = until[0]
            if not isinstance(value, datetime.datetime):
                value = datetime.datetime(value.year, value.month, value.day)
                if not start.is_date:
                    value += datetime.timedelta(seconds=86399)
            elif value.tzinfo is not None and start.zone is not None:
                value = value.astimezone(start.zone).replace(tzinfo=None)
            else:
                value = value.replace(tzinfo=None)
            if start.is_date:
                value = value.replace(hour=0, minute=0, second=0)
            parts.append("UNTIL=" + value.strftime("%Y%m%dT%H%M%S"))
        rules.rrule(rrulestr(";".join(parts), dtstart=start.wall))
    for name, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
        for clock in clocks(event, name, zones):
            if clock.is_date == start.is_date:
                add(start.on(clock))
    walls = []
    for wall in rules:
        if wall > last:
            break
        walls.append(wall)
    return start, length, walls


def expand(path):
    text = open(path, "rb").read()
    found = []
    for calendar in icalendar.Calendar.from_ical(text, multiple=True):
        zones = zones_of(calendar)
        events = [part for part in calendar.walk() if part.name in ("VEVENT", "VTODO", "VJOURNAL")]
        starts = [e.get("DTSTART") or e.get("DUE") for e in events]
        years = [p.dt.year for p in starts if p is not None and hasattr(p, "dt")]
        if not years:
            continue
        if any("RANGE" in e["RECURRENCE-ID"].params for e in events if "RECURRENCE-ID" in e):
            raise Unsure("range")
        first, last = datetime.datetime(min(years), 1, 1), datetime.datetime(min(min(years) + 10, 2035), 1, 1)
        changes = [e for e in events if "RECURRENCE-ID" in e]
        used = set()
        for event in (e for e in events if "RECURRENCE-ID" not in e):
            times = event_times(event, zones, first, last)
            if times is None:
                continue
            start, length, walls = times
            own = {}
            for number, change in enumerate(changes):
                if str(change.get("UID", "")) == str(event.get("UID", "")):
                    prop = change["RECURRENCE-ID"]
                    own.setdefault(start.on(Clock(prop, prop.dt, zones)), number)
            for wall in walls:
                if wall in own:
                    used.add(own[wall])
                    other = event_times(changes[own[wall]], zones, first, last)
                    if other is not None:
                        found.append(row(other[0], other[1], other[0].wall))
                        continue
                found.append(row(start, length, wall))
        for number, change in enumerate(changes):
            if number not in used:
                times = event_times(change, zones, first, last)
                if times is not None:
                    found.append(row(times[0], times[1], times[0].wall))
        found = [one for one in found if seconds(first) <= one[1] < seconds(last)]
        return {"from": seconds(first), "to": seconds(last), "occurrences": sorted(found)}
    return {"from": 0, "to": 0, "occurrences": []}


def row(clock, length, wall):
    timing = 1 if clock.is_date else 2 if clock.zone is None else 0
    begin = clock.instant(wall)
    return [timing, begin, begin + length]


for line in sys.stdin:
    try:
        print(json.dumps(expand(line.rstrip("\n"))))
    except Unsure as error:
        print(json.dumps({"unsure": str(error)}))
    except Exception as error:
        print(json.dumps({"unread": type(error).__name__ + " " + str(error)[:80]}))
    sys.stdout.flush()
