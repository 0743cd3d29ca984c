"""Frozen values and pure functions: no clock, no input or output."""

from cardprint.model.attempts import AttemptOutcome, AttemptState, CardFate, Step, StepKind
from cardprint.model.cards import CardFaces, CardOrder, FaceFile, RenderTarget
from cardprint.model.choosing import Draw, Lanes, LaneView, Place, StockView, waiting_rank
from cardprint.model.identifiers import AttemptId, BatchId, Cursor, DeviceUri, JobId, PrinterName, SourceName
from cardprint.model.jobs import JobEvent, JobState, JobView
from cardprint.model.ledger import Account, AccountKind, Batch, StockMovement
from cardprint.model.pages import (
    Corrected,
    Granted,
    GrantReturned,
    Item,
    New,
    OutcomeReport,
    Page,
    Receipt,
    Rejected,
    Revoked,
    VerdictChanged,
)
from cardprint.model.printers import (
    Capabilities,
    CardPosition,
    DeviceJob,
    Observation,
    PrinterState,
    PrinterStatus,
    Supply,
)
from cardprint.model.requests import CardRequest, RequestType, Verdict
from cardprint.model.retry import ErrorClass, RetryDecision, RetryLimits

__all__ = [
    "Account",
    "AccountKind",
    "AttemptId",
    "AttemptOutcome",
    "AttemptState",
    "Batch",
    "BatchId",
    "Capabilities",
    "CardFaces",
    "CardFate",
    "CardOrder",
    "CardPosition",
    "CardRequest",
    "Corrected",
    "Cursor",
    "DeviceJob",
    "DeviceUri",
    "Draw",
    "ErrorClass",
    "FaceFile",
    "GrantReturned",
    "Granted",
    "Item",
    "JobEvent",
    "JobId",
    "JobState",
    "JobView",
    "LaneView",
    "Lanes",
    "New",
    "Observation",
    "OutcomeReport",
    "Page",
    "Place",
    "PrinterName",
    "PrinterState",
    "PrinterStatus",
    "Receipt",
    "Rejected",
    "RenderTarget",
    "RequestType",
    "RetryDecision",
    "RetryLimits",
    "Revoked",
    "SourceName",
    "Step",
    "StepKind",
    "StockMovement",
    "StockView",
    "Supply",
    "Verdict",
    "VerdictChanged",
    "waiting_rank",
]
