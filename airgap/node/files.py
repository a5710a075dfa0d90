"""Files that a kill cannot leave half-written, and that only root reads."""

import os
from pathlib import Path


def write(path: Path, text: str | bytes) -> None:
    """Put `text` at `path` (mode 600, folders 700) by one rename; an equal file is left as it is."""
    data = text.encode() if isinstance(text, str) else text
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        # Without it a power cut may keep the rename and lose the content.
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
