"""A page in headless Chromium, where one is found: what the page looks like there, in figures."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SCHEMES = {"dark": 0, "light": 1}
"""As Blink counts them."""

PROBE = Path(__file__).with_name("probe.js")
EARLY = """<script>
window.errors = [];
window.onerror = (message) => { errors.push(String(message)); };
console.error = (...words) => { errors.push(words.join(" ")); };
</script>"""


def chromium() -> str | None:
    """The program, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def probed(page: Path, scheme: Literal["light", "dark"], width: int) -> dict[str, Any]:
    """What `probe.js` found on a page that is drawn in this scheme, `width` pixels wide."""
    program = chromium()
    assert program
    text = page.read_text().replace("<head>", f"<head>{EARLY}", 1)
    copy = page.with_name(f"probed-{scheme}-{width}.html")
    copy.write_text(text.replace("</body>", f"<script>{PROBE.read_text()}</script></body>"))
    command = [
        program,
        "--headless",
        "--no-sandbox",  # as root there is none; the page is our own
        "--disable-gpu",
        "--hide-scrollbars",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
        f"--window-size={width},1600",
        f"--user-data-dir={page.parent / 'chromium'}",
        "--dump-dom",
        copy.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = re.search(r'<script type="application/json" id="probed">(.*?)</script>', done.stdout, re.DOTALL)
    assert found, done.stderr
    return json.loads(found[1])
