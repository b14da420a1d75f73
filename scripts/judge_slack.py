"""Judges recorded Slack requests (JSON lines of {method, body}) by the models of slack_sdk, and, where
its file is given, by the description of the Web API that Slack published in 2021."""

import inspect
import json
import pathlib
import sys

from slack_sdk import WebClient
from slack_sdk.models.blocks import Block

wrong, blocks, requests = [], 0, 0


def parameters(method):
    """Parameters that the SDK's client has for a method; None where it has no such method."""
    found = getattr(WebClient, method.replace(".", "_"), None)
    return None if found is None else set(inspect.signature(found).parameters) - {"self", "kwargs"}


for line in open(sys.argv[1], encoding="utf-8"):
    request = json.loads(line)
    method, body = request["method"], request["body"]
    requests += 1
    known = parameters(method)
    if known is None:
        wrong.append(f"{method}: slack_sdk does not know it")
        continue
    # `types` and booleans are the same over HTTP; unfurl_* and metadata are parameters of their own.
    for name in body:
        if name not in known:
            wrong.append(f"{method}: slack_sdk has no parameter {name}")
    for given in body.get("blocks") or []:
        blocks += 1
        block = Block.parse(given)
        if block is None:
            wrong.append(f"{method}: no such block: {given}")
            continue
        try:
            block.validate_json()
            for part in [getattr(block, "text", None), *(getattr(block, "fields", None) or []), *(getattr(block, "elements", None) or [])]:
                if hasattr(part, "validate_json"):
                    part.validate_json()
        except Exception as error:
            wrong.append(f"{method}: {error}: {json.dumps(given)[:300]}")
        # What parsing drops, Slack's models do not know.
        kept = block.to_dict()
        for key in given:
            if key not in kept:
                wrong.append(f"{method}: {given['type']} has no {key}")

# A judge that lets everything pass judges nothing.
for bad in [
    {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},
    {"type": "section"},
    {"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x" * 76}}]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
]:
    try:
        block = Block.parse(bad)
        block.validate_json()
        for part in getattr(block, "elements", None) or []:
            part.validate_json()
        wrong.append(f"the judge accepts {json.dumps(bad)[:80]}")
    except Exception:
        pass


# Arguments that are newer than the description, each with Slack's page about it.
NEWER = {
    "metadata": "https://docs.slack.dev/messaging/message-metadata/",
    "include_all_metadata": "https://docs.slack.dev/messaging/message-metadata/",
}


def described(paths):
    """How many requests the description covers; what it does not know or misses goes to `wrong`."""
    covered = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        request = json.loads(line)
        method, body = request["method"], request["body"]
        verbs = paths.get(f"/{method}")
        if verbs is None:
            continue  # Younger than the description, which the other judges are not.
        covered += 1
        known = {p["name"]: p for verb in verbs.values() for p in verb["parameters"]}
        for name in body:
            if name not in known and name not in NEWER:
                wrong.append(f"{method}: the description of 2021 has no {name}")
        for name, parameter in known.items():
            if parameter.get("required") and name not in body and name != "token":
                wrong.append(f"{method}: the description of 2021 requires {name}")
    return covered


if len(sys.argv) > 2:
    spec = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(f"{described(spec['paths'])} of them are in the description of 2021")
else:
    print("the description of 2021 is not there: not judged by it")

for sentence in sorted(set(wrong)):
    print(sentence)
print(f"{requests} requests with {blocks} blocks, {len(set(wrong))} kinds of mistakes")
sys.exit(1 if wrong or not blocks else 0)
