"""The Flask application: hangs up PayPal's doors, the payer's page and the control API."""

import sys
import traceback
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from checkout.processors.paypal.emulator.api_authorizations import authorizations_api
from checkout.processors.paypal.emulator.api_disputes import disputes_api
from checkout.processors.paypal.emulator.api_notifications import notifications_api
from checkout.processors.paypal.emulator.api_orders import orders_api
from checkout.processors.paypal.emulator.api_payments import payments_api
from checkout.processors.paypal.emulator.api_reports import reports_api
from checkout.processors.paypal.emulator.control_account import account_control
from checkout.processors.paypal.emulator.control_api import control_api
from checkout.processors.paypal.emulator.control_disputes import disputes_control
from checkout.processors.paypal.emulator.control_page import control_pages
from checkout.processors.paypal.emulator.control_payments import payments_control
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.merchant_page import merchant_pages
from checkout.processors.paypal.emulator.payer_page import payer_pages
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, envelope
from checkout.processors.paypal.emulator.transmission import is_loopback

PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def create_app(emulator: Emulator) -> Flask:
    """Build the application around one emulator."""
    app = Flask(__name__)
    app.extensions["emulator"] = emulator
    for blueprint in (
        orders_api,
        authorizations_api,
        payments_api,
        reports_api,
        disputes_api,
        notifications_api,
        payer_pages,
        control_api,
        payments_control,
        account_control,
        disputes_control,
        merchant_pages,
        control_pages,
    ):
        app.register_blueprint(blueprint)
    if not emulator.settings.allow_remote:
        app.before_request(_refuse_foreign_names)
    app.after_request(_guard_pages)
    app.register_error_handler(Exception, _answer_error)
    return app


def _answer_error(error: Exception) -> BaseResponse | tuple[Json, int, dict[str, str]]:
    """Answer what no door caught: HTTP's own refusals, and this program's faults, as PayPal words them."""
    world = current_app.extensions["emulator"]
    if not isinstance(error, HTTPException):
        traceback.print_exception(error, file=sys.stderr)
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    if isinstance(error, HTTPException) and not request.path.startswith(("/v1/", "/v2/")):
        return error.get_response()
    debug_id = world.identifiers.debug_id()
    body = envelope(status if status in ENVELOPES else 404, debug_id, [])
    return body, status, {"PayPal-Debug-Id": debug_id}


def _refuse_foreign_names() -> None:
    """Refuse requests for another host, so that no web page can reach the emulator by a name of its own."""
    if not is_loopback(urlsplit(f"//{request.host}").hostname):
        abort(403, "The emulator answers only as localhost, unless it was started with --allow-remote.")


def _guard_pages(response: Response) -> Response:
    if response.mimetype == "text/html" and "PayPal-Debug-Id" not in response.headers:
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
    return response
