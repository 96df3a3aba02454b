"""Alexa: requests verified and read, carried out by the coach's own session, and answered.

`skill.alexa.lambda_handler` is the function to name on AWS Lambda.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def lambda_handler(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Answer one request that AWS Lambda hands on.

    The skill is built for the first request, from the environment's settings, and stays for the next ones.
    ValueError for what is no request, or another skill's.
    """
    # By name: what puts the parts together knows this package, never the other way round.
    answer = import_module("skill.on_lambda").own_handler()
    reply: dict[str, Any] = answer(event, context)
    return reply
