"""Builds the TypeScript for hatch; run by itself, only checks that it could."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

OLDEST_NODE = (20, 19)
_REMEDY = (
    "Building vitwidgets from a clone needs node >= 20.19 and npm: install them and "
    "put them on PATH, or install a built wheel or sdist of vitwidgets, which need "
    "neither."
)


def require_node() -> None:
    """Check that node is there, and new enough, before anything is started.

    Raises
    ------
    RuntimeError
        If node or npm is missing or node is too old; says what was found, where it
        was looked for, and what to do.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    missing = [name for name, path in (("node", node), ("npm", npm)) if path is None]
    if node is None or missing:
        looked_in = os.environ.get("PATH") or "(PATH is empty)"
        raise RuntimeError(
            f"{' and '.join(missing)} not found, looked in: {looked_in}\n{_REMEDY}"
        )
    answer = subprocess.run(  # noqa: S603 - the path comes from which()
        [node, "--version"], capture_output=True, text=True, check=False
    )
    version = answer.stdout.strip()
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if numbers is None or tuple(map(int, numbers.groups())) < OLDEST_NODE:
        raise RuntimeError(f"{node} is node {version or '(no version)'}.\n{_REMEDY}")


def build_views(target_name: str, version: str, **options: str) -> None:
    """Build the views and the JupyterLab extension (called by hatch-jupyter-builder).

    Parameters
    ----------
    target_name, version
        What hatch builds: ``wheel`` or ``sdist``, ``standard`` or ``editable``.
    **options
        Handed on to ``hatch_jupyter_builder.npm_builder``.
    """
    # Only hatch's build environment has it; the check above must run without.
    from hatch_jupyter_builder import npm_builder  # noqa: PLC0415

    require_node()
    npm_builder(target_name, version, npm="npm", **options)


if __name__ == "__main__":
    try:
        require_node()
    except RuntimeError as error:
        sys.exit(str(error))
