"""What an IMAP server serves, asked by Python's own client: JSON with the SHA-256 of each message's BODY[], by folder.

    python3 imap_hashes.py HOST PORT USER FOLDER …        the password is the first line of standard input
"""
import hashlib
import imaplib
import json
import sys

host, port, user, *folders = sys.argv[1:]
client = imaplib.IMAP4(host, int(port))
client.login(user, sys.stdin.readline().rstrip("\n"))
hashes = {}
for folder in folders:
    client.select(folder, readonly=True)
    answers = client.fetch("1:*", "(BODY.PEEK[])")[1]
    hashes[folder] = sorted(hashlib.sha256(answer[1]).hexdigest() for answer in answers if isinstance(answer, tuple))
client.logout()
print(json.dumps(hashes))
