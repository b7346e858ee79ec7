"""For each message (one base64 line each on standard input) what Python's email package reads: one JSON line each."""

import base64
import email
import email.policy
import json
import re
import sys
from html.parser import HTMLParser


class Words(HTMLParser):
    """The text of HTML, without what nobody sees."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style", "title", "template", "head"):
            self.hidden += 1
        self.parts.append(" ")

    def handle_endtag(self, tag):
        if tag in ("script", "style", "title", "template", "head") and self.hidden:
            self.hidden -= 1
        self.parts.append(" ")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def read(octets):
    message = email.message_from_bytes(octets, policy=email.policy.default)
    defects = any(part.defects for part in message.walk())
    return {"plain": text_of(message, "plain"), "html": text_of(message, "html"), "defects": defects}


def text_of(message, kind):
    body = message.get_body(preferencelist=(kind,))
    if body is None:
        return None
    text = body.get_content()
    if kind == "plain":
        return text
    words = Words()
    words.feed(re.sub(r"<!--.*?-->", " ", text, flags=re.S))
    words.close()
    return "".join(words.parts)


for line in sys.stdin:
    octets = base64.b64decode(line)
    try:
        answer = read(octets)
    except Exception as error:  # whatever Python cannot read is not compared
        answer = {"plain": None, "html": None, "defects": True, "error": repr(error)}
    print(json.dumps(answer))
