from __future__ import annotations

import subprocess
import sys

NAMES = [
    "activation_patching",
    "attention_rollout",
    "attention_statistics",
    "attribution_patching",
    "component_agreement",
    "direct_logit_attribution",
    "edit_controls",
    "head_ablation",
    "head_types",
    "knock_out",
    "lens_divergence",
    "path_patching",
    "replay_interventions",
    "smallest_flip",
    "value_weighted_attention",
]
ONE_BY_ONE = """
import importlib, sys
for name in sys.argv[1:]:
    for loaded in list(sys.modules):
        if loaded.startswith("vitwidgets.methods"):
            del sys.modules[loaded]
    importlib.import_module(f"vitwidgets.methods.{name}")
    found = getattr(importlib.import_module("vitwidgets.methods"), name)
    assert type(found) is not type(sys), f"{name} is hidden by its module"
    assert callable(found), name
assert not {'pandas', 'pyarrow', 'ipywidgets', 'timm'} & set(sys.modules)
"""


def test_no_function_is_hidden_by_its_module_imported_first():
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE, *NAMES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
