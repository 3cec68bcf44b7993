"""A machine without a network and without anything downloaded before."""

from __future__ import annotations

import socket

from huggingface_hub import constants


def refuse_network(monkeypatch, tmp_path):
    """Refuse every connection, start with an empty cache, and list the tries."""
    tries = []

    def refused(*arguments, **_):
        tries.append(arguments)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tries


def downloaded(tmp_path, repository):
    """Make the folder in which the hub's client keeps a repository."""
    kept = tmp_path / "hub" / f"models--{repository.replace('/', '--')}"
    snapshot = kept / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("a" * 40)
    return snapshot
