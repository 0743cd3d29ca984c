"""OSIA's operations on credentials and profiles, answered."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cardprint_centre.credentials import Credentials

__all__ = ["CredentialDesk"]


class CredentialDesk:
    """Answer each operation on credentials, by its name; who asks is noted with what is changed."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def find_credentials(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Find credentials."""
        return JSONResponse(self._credentials.find(body, request.query_params.getlist("attributes")))

    def read_credential(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Read one."""
        return JSONResponse(
            self._credentials.read(request.path_params["id"], request.query_params.getlist("attributes"))
        )

    def update_credential(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Update one."""
        self._credentials.update(request.path_params["id"], body)
        return Response(status_code=204)

    def suspend(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Suspend one."""
        return self._changed("SUSPENDED", station, request, body)

    def unsuspend(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Let one hold again."""
        return self._changed("ACTIVE", station, request, body)

    def revoke(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Revoke one."""
        return self._changed("REVOKED", station, request, body)

    def set_status(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Change the status of one."""
        return self._changed(body["status"], station, request, body)

    def find_profiles(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Find profiles."""
        return JSONResponse(self._credentials.profiles(body, request.query_params.getlist("attributes")))

    def _changed(self, status: str, by: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        self._credentials.change(request.path_params["id"], status, by=by, said=body or {})
        return Response(status_code=204)
