# A double of the program it is named after: answers by the table beside it, and refuses whatever is not in there.
import json
import os
import sys
from pathlib import Path

NEEDED = {"CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API": "0", "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
TOKEN = "auth application-default print-access-token"

here, command = Path(sys.argv[0]), " ".join(sys.argv[1:])
with here.with_name("asked").open("a") as log:
    log.write(f"{here.name} {command}\n")
replies = json.loads(here.with_name(f"{here.name}.json").read_text())
if command not in replies:
    sys.exit(f"{here.name}: the double has no answer to `{command}`")
if here.name == "gcloud" and command != TOKEN:
    if wrong := [key for key, value in NEEDED.items() if os.environ.get(key) != value]:
        sys.exit(f"gcloud: would change the project where somebody says yes: {wrong[0]} is not {NEEDED[wrong[0]]}")
    if Path(os.environ["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"]).read_text() != replies[TOKEN]["stdout"].strip():
        sys.exit("gcloud: not asked with application-default credentials")
sys.stdout.write(replies[command]["stdout"])
sys.stderr.write(replies[command]["stderr"])
sys.exit(replies[command]["code"])
