"""How Python's own `mailbox` reads an mbox file: JSON with the octets (Base64) and the flags of each message.

    python3 mailbox_reader.py FILE
"""
import base64
import json
import mailbox
import sys

box = mailbox.mbox(sys.argv[1], create=False)
messages = [{"octets": base64.b64encode(box.get_bytes(key)).decode(), "flags": box[key].get_flags()} for key in box.keys()]
print(json.dumps(messages))
