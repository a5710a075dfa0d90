"""Files with a secret that is drawn here, once."""

import os
import tempfile
from pathlib import Path


def write_once(path: Path, text: str) -> None:
    """Writes it for nobody else to read; what is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 600
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        # A link, not a rename: of two first runs at once, one text wins and both use it.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        Path(fresh).unlink()
