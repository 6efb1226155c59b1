"""Writing that loses nothing: a file is either the old one or the new one, never half of either."""

import contextlib
import os
from pathlib import Path


@contextlib.contextmanager
def replacing(path):
    """Yield a path to write to, in the same folder; when the block ends well, it becomes `path` in one move.

    Interrupted, or out of disk or permission, the old file stays as it was.
    """
    path = Path(path)
    new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield new
        os.replace(new, path)
    except Exception as error:  # torch and safetensors have exceptions of their own for a full disk
        reason = getattr(error, "strerror", None) or f"is the disk full? {error}"
        raise OSError(f"could not write {path} ({reason}); what was there before is untouched") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
