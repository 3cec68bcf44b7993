from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "name",
    [
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
    ],
)
def test_a_function_is_not_hidden_by_its_module(name):
    code = (
        f"import vitwidgets.methods.{name}\n"
        f"from vitwidgets.methods import {name}\n"
        f"assert callable({name}), {name}\n"
        "import sys\n"
        "assert not {'pandas', 'pyarrow', 'ipywidgets', 'timm'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
