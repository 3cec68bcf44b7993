"""Checks: named functions that judge the answers to questions of lessons."""
