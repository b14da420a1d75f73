"""Shows that the tests' stand-in for Slack is one to a client that others wrote: slack_bolt connects to it
in Socket Mode, hears a mention, and answers in its thread.

Usage: judge_slack_bolt.py COMMAND...   (the command that starts the stand-in, `sandbox`)
"""

import json
import pathlib
import subprocess
import sys
import threading

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

sandbox = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
threading.Timer(60, sandbox.kill).start()


def line_with(words):
    """The next line that the stand-in prints with these words."""
    for line in sandbox.stdout:
        if words in line:
            return line
    sys.exit(f"the stand-in ended before it said {words!r}")


def secret(reference):
    return pathlib.Path(reference["file"]).read_text(encoding="utf-8").strip()


told = json.loads(line_with('"slack"'))["slack"]
client = WebClient(token=secret(told["bot_token"]), base_url=told["base_url"].rstrip("/") + "/")
app = App(client=client, request_verification_enabled=False)


@app.event("app_mention")
def heard(event, say):
    say(text="heard: " + event["text"].split("> ", 1)[1], thread_ts=event["ts"])


@app.event("message")
def also(event):
    pass


handler = SocketModeHandler(app, secret(told["app_token"]))
handler.connect()
sandbox.stdin.write("alice in ops: is everything ok?\n")
sandbox.stdin.flush()
answer = line_with("heard: ")
if not answer.startswith("    ") or "heard: is everything ok?" not in answer:
    sys.exit(f"not an answer in the thread: {answer!r}")
sandbox.stdin.close()
handler.close()
print("slack_bolt connects to the stand-in, hears a mention and answers in its thread")
sandbox.kill()
