"""Lanes by declared rules, drawn in dated stages by order, share and floor."""

from cardprint.builtin.quota.policy import Quota
from cardprint.builtin.quota.settings import Floor, QuotaSettings, Rule, Stage

__all__ = ["Floor", "Quota", "QuotaSettings", "Rule", "Stage"]
