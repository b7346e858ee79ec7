#!/usr/bin/env python3
"""Reads a Lifeboat vault without Lifeboat: written from src/vault/FORMAT.md alone, needs only Python 3.

    python3 read_vault.py VAULT          checks everything and prints what is there, as JSON
    python3 read_vault.py VAULT FOLDER   also writes each message, as it came from the provider, to FOLDER/<sha256>.eml,
                                         and each contact, event and file, earlier versions too, to FOLDER/<sha256>,
                                         and what the provider itself said of them to FOLDER/<sha256>.jsonl

Ends with 1 when something in the vault is not as it should be; "problems" then says what.
"""
import collections
import hashlib
import json
import mmap
import re
import sys
from pathlib import Path

RECORD_START = re.compile(rb"^From ", re.MULTILINE)
QUOTED_LINE = re.compile(rb"^>(>*From )", re.MULTILINE)
TIME_ZONE = re.compile(rb"^BEGIN:VTIMEZONE\r\n.*?^END:VTIMEZONE\r\n", re.MULTILINE | re.DOTALL)
ITEM_FOLDERS = ("Contacts", "Calendars", "Files", "Originals", "History")


def committed_lines(journal):
    """The lines of one journal that count: everything up to the last valid commit (section 4)."""
    counted, waiting, digest = [], [], hashlib.sha256()
    for line in journal.open("rb"):
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if entry is None or (entry.get("op") == "commit" and entry.get("sha256") != digest.hexdigest()):
            break
        digest.update(line)
        waiting.append(entry)
        if entry.get("op") == "commit":
            counted += waiting
            waiting = []
    return counted


class Account:
    """What the journals of one account say, read in order."""

    def __init__(self, folder):
        self.folder = folder
        self.collections = {}  # number -> its latest `collection` line
        self.items = {}  # (collection number, key) -> its latest `put` line
        self.puts = []  # all `put` lines: every message that was ever saved
        self.lengths = {}  # path of an mbox file -> its committed length
        self.last_rename = ("\n", "\n")
        self.lists = collections.defaultdict(list)  # path of a file with many items -> their `put` lines, in its order
        self.heads = {}  # path of such a file -> its octets before the first item
        self.placed = set()  # paths of all files that a `place` line names
        self.operations, self.waiting = [], []  # `move` and `place` lines of the last commit, and since then
        for journal in sorted(folder.glob("Journal/*.jsonl"), key=lambda path: path.stem):
            for entry in committed_lines(journal):
                self.apply(entry["op"], entry)

    def apply(self, op, entry):
        item = (entry.get("c"), entry.get("key"))
        if op == "collection":
            self.collections[entry["c"]] = entry
        elif op == "gone":
            self.collections[entry["c"]]["gone"] = True
        elif op == "rename":
            self.rename(entry["from"] + "/", entry["to"] + "/")
        elif op == "move":
            self.move(entry["from"], entry["to"])
            self.waiting.append(entry)
        elif op == "place":
            self.placed.add(entry["path"])
            if "head" in entry:
                self.heads[entry["path"]] = entry["head"]
            self.waiting.append(entry)
        elif op == "put":
            if "offset" not in entry:
                self.replace(self.items.get(item), entry)
            self.items[item] = entry
            self.puts.append(entry)
        elif op == "meta" and item in self.items:
            self.items[item]["meta"] = entry["meta"]
        elif op == "remove" and item in self.items:
            self.take_out(self.items[item], entry.get("history"))
            self.items[item]["removed"] = True
            if "rekeyed" in entry:
                self.items.pop(item)["replaced"] = True
        elif op == "commit":
            self.lengths.update(entry.get("files", {}))
            self.operations, self.waiting = self.waiting, []

    def replace(self, old, new):
        """A contact, event or file has a new version, or is new (section 5)."""
        here = self.lists[new["path"]] if "frame" in new else []
        if old is not None and old in here:
            here[here.index(old)] = new
        elif "frame" in new:
            here.append(new)
        if old is not None:
            old["replaced"] = old["path"] == new["path"] and "history" not in new
            self.take_out(old, new.get("history"))

    def take_out(self, put, history):
        """Out of the file it shares, unless it is in the history already, and into that file of the history."""
        if "frame" in put and not put["path"].startswith("History/"):
            self.lists[put["path"]] = [other for other in self.lists[put["path"]] if other is not put]
        if history is not None:
            put["path"] = history
            self.lists[history].append(put)

    def move(self, old, new):
        for put in self.puts:
            if put["path"] == old and "offset" not in put:
                put["path"] = new
        for table in (self.lists, self.heads):
            if old in table:
                table[new] = table.pop(old)
        self.placed = {new if path == old else path for path in self.placed}

    def rename(self, old, new):
        self.lengths = {swap(path, old, new): length for path, length in self.lengths.items()}
        for put in self.puts:
            put["path"] = swap(put["path"], old, new)
        self.placed = {swap(path, old, new) for path in self.placed}
        self.last_rename = (old, new)

    def file(self, path):
        """Where it lies on the disk: an interruption may have come between what the journal says last and the disk."""
        for entry in reversed(self.operations):
            if entry["op"] == "place" and entry["path"] == path:
                staged = self.folder.parent.parent / ".lifeboat-scratch" / self.folder.name / entry["staged"]
                if staged.exists():
                    return staged
            if entry["op"] == "move" and entry["to"] == path and not (self.folder / path).exists():
                path = entry["from"]
        old, new = self.last_rename
        found = self.folder / path
        return found if found.exists() else self.folder / swap(path, new, old)


def swap(path, old, new):
    return new + path[len(old) :] if path.startswith(old) else path


def scan(data, end):
    """(offset, length) of each record before `end`, found without the journal (section 3)."""
    starts = [match.start() for match in RECORD_START.finditer(data, 0, end)]
    return {(start, following - start) for start, following in zip(starts, starts[1:] + [end])}


def restore(record):
    """The original octets of a record, and their SHA-256 (section 2). ValueError when it is damaged."""
    header = record.split(b"\n", 2)[1].decode("ascii")
    said = dict(re.findall(r"(\w+)=([^;]*)", header))
    lines, size = int(said["lines"]), int(said["size"])
    stored = record.split(b"\n", 1 + lines)[1 + lines]
    original = QUOTED_LINE.sub(rb"\1", stored)
    if said["eol"] == "crlf":
        original = original.replace(b"\n", b"\r\n")
    original = original[:size]
    if len(original) != size or hashlib.sha256(original).hexdigest() != said["sha256"]:
        raise ValueError("its octets are not the ones that were saved")
    return original, said["sha256"]


def read_mbox(file, end, puts, extract):
    """Hands each message before `end` to `extract`; yields what is wrong."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        scanned = scan(data, end)
        journalled = {(put["offset"], put["length"]): put["sha256"] for put in puts}
        for offset, length in sorted(scanned | journalled.keys()):
            where = f"the message at {offset}, {length} octets"
            if (offset, length) not in scanned or (offset, length) not in journalled:
                yield f"{where}: the journal and the file disagree about it"
            try:
                original, sha256 = restore(data[offset : offset + length])
                extract(original, sha256)
                if journalled.get((offset, length), sha256) != sha256:
                    yield f"{where}: not the message that the journal names"
            except (ValueError, KeyError, IndexError) as error:
                yield f"{where}: {error!r}"


def assemble(text, frame, zones):
    """The original octets of a contact or event (section 5)."""
    if frame["lineEnds"] == "asis":
        return text
    if "zones" in frame:
        needed = b"".join(zones[zone] if isinstance(zone, str) else zone["text"].encode() for zone in frame["zones"])
        text = text + needed if frame.get("zonesLast") else needed + text
        text = b"BEGIN:VCALENDAR\r\n" + frame["header"].encode() + text + b"END:VCALENDAR\r\n"
    original = text[:-2] + b"\r\n" * frame["lineEndsAfter"]
    return original.replace(b"\r\n", b"\n") if frame["lineEnds"] == "lf" else original


def read_book(data, head, puts, is_calendar, extract):
    """Hands each contact or event of a file to `extract`; yields what is wrong."""
    texts = TIME_ZONE.findall(data[:head])
    zones = {re.search(rb"^TZID:(.*)\r$", text, re.MULTILINE)[1].decode(): text for text in texts}
    for put in puts:
        text = data[head : head + put["length"]]
        head += put["length"]
        if hashlib.sha256(text).hexdigest() != put["text"]:
            yield f"{put['key']}: its text is not the one that was saved"
            continue
        original = assemble(text, put["frame"], zones)
        if hashlib.sha256(original).hexdigest() != put["sha256"] or len(original) != put["size"]:
            yield f"{put['key']}: its octets are not the ones that were saved"
        if put["frame"]["lineEnds"] == "asis":
            json.loads(b"[" + original.strip().replace(b"\n", b",") + b"]")
        extract(original, put["sha256"])
    if data[head:] != (b"END:VCALENDAR\r\n" if is_calendar else b""):
        yield "something stands behind the last item"


def read_items(account, extract):
    """Contacts, events and files, earlier versions too (section 5)."""
    for path, puts in account.lists.items():
        if path not in account.heads:
            continue
        file = account.file(path)
        data = file.read_bytes() if file.is_file() else b""
        ending = ".jsonl" if path.endswith(".jsonl") else ""
        keep = lambda original, sha256: extract(original, sha256, ending)
        problems = read_book(data, account.heads[path], puts, path.endswith(".ics"), keep)
        yield from (f"{file}: {problem}" for problem in problems)
    for put in account.puts:
        if "offset" in put or "frame" in put or put.get("replaced"):
            continue
        file = account.file(put["path"])
        data = file.read_bytes() if file.is_file() else None
        if data is None or hashlib.sha256(data).hexdigest() != put["sha256"]:
            yield f"{file}: is not the file that was saved"
        else:
            extract(data, put["sha256"], "")


def check_manifest(vault):
    """Yields each file that is not as it was; `sha256sum -c manifest-sha256.txt` says the same."""
    for line in (vault / "manifest-sha256.txt").read_text("utf-8").split("\n")[:-1]:
        expected, path = line.split("  ", 1)
        digest = hashlib.sha256()
        if (vault / path).is_file():
            with (vault / path).open("rb") as file:
                for chunk in iter(lambda: file.read(1 << 20), b""):
                    digest.update(chunk)
        if digest.hexdigest() != expected:
            yield f"{path}: missing, or not as the manifest says"


def read_vault(vault, extract):
    """What the command prints. Without `complete`, a run is under way or was interrupted: only what is committed counts."""
    is_complete = "Lifeboat-State: complete\n" in (vault / "bag-info.txt").read_text("utf-8")
    accounts, counts, problems = {}, {}, list(check_manifest(vault)) if is_complete else []
    for account in map(Account, sorted(path for path in (vault / "data").iterdir() if path.is_dir())):
        folders = {number: {"path": line["path"], "gone": "gone" in line, "messages": []}
                   for number, line in account.collections.items() if line["service"] != "originals"}
        originals = sum("removed" not in put for (number, _), put in account.items.items() if number not in folders)
        for (number, key), put in account.items.items():
            if number not in folders:
                continue
            facts = {"sha256": put["sha256"], "size": put["size"], "flags": put["meta"].get("flags", []), "removed": "removed" in put}
            folders[number]["messages"].append({"key": key, **facts})
        accounts[account.folder.name] = list(folders.values())
        counts[account.folder.name] = originals

        puts = collections.defaultdict(list)
        for put in account.puts:
            if "offset" in put:
                puts[put["path"]].append(put)
        on_disk = {file.relative_to(account.folder).as_posix() for file in account.folder.rglob("*.mbox")}
        for path in sorted(on_disk | account.lengths.keys() if is_complete else account.lengths.keys()):
            file, committed = account.file(path), account.lengths.get(path, 0)
            size = file.stat().st_size if file.is_file() else 0
            if size < committed:
                problems.append(f"{file}: has {size} octets of {committed}")
            if size > 0:
                end = size if is_complete else committed
                problems += (f"{file}: {problem}" for problem in read_mbox(file, end, puts[path], extract))
        problems += read_items(account, extract)
        for file in account.folder.rglob("*") if is_complete else ():
            path = file.relative_to(account.folder).as_posix()
            if file.is_file() and path.split("/")[0] in ITEM_FOLDERS and path not in account.placed | {"Files/index.csv"}:
                problems.append(f"{file}: no journal speaks of it")
    return {"accounts": accounts, "originals": counts, "problems": problems}


def main(vault, target=None):
    def extract(original, sha256, ending=".eml"):
        if target:
            Path(target, sha256 + ending).write_bytes(original)

    found = read_vault(Path(vault), extract)
    print(json.dumps(found, indent=1))
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
