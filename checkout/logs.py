"""Logs with ids, as JSON or for a terminal; no line, key or traceback holds a card number or a secret.

Every record passes one chain, whichever library wrote it. A record of the standard library is made harmless
where it is made, so that a handler which a library installs for itself shows no more than ours. Bind ids with
`structlog.contextvars.bound_contextvars(order_id=…)`; ERROR means that a person must act.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from checkout.domain.card_values import redact_value
from checkout.domain.cards import REMOVED, redact

SECRET = "[secret removed]"  # noqa: S105, what stands in a secret's place

REQUEST, ORDER = "request_id", "order"
"""The names under which lines tell which request they belong to, and which order they are about."""

_QUIET = ("alembic.runtime.plugins", "asyncio", "sqlalchemy", "urllib3")
"""Libraries whose DEBUG and INFO lines hold statements with parameters, addresses with query strings, or
nothing that anybody who runs a shop needs."""


def configure_logging(*, json: bool, level: str) -> None:
    """Send every log, warning and unhandled exception of this process to stderr through one chain.

    `json` writes one JSON object a line, else lines for people; `level` is a name such as `INFO`. May be
    called again. Handlers that libraries have given their own loggers are taken away.
    """
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(_traceback_text),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, _without_secrets, _as_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Handler()
    handler.setFormatter(_formatter([*before, _with_extras, _without_secrets], json=json))
    _take_over(handler, level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_unhandled_in_thread
    sys.unraisablehook = _log_unraisable


def about_order(order_id: str) -> None:
    """Let every further line of this request say which order it is about.

    Outside of a request nothing is bound: there nobody would take it back, and the next order's lines would lie.
    """
    if REQUEST in structlog.contextvars.get_contextvars():
        structlog.contextvars.bind_contextvars(**{ORDER: order_id})


def log_within() -> None:
    """Log into the logging of the program this till lives in: its handlers, its levels, one line for each event.

    Where that program has set up structlog itself, events go the way of its own.
    """
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.ExceptionRenderer(_traceback_text),
            _without_secrets,
            structlog.processors.LogfmtRenderer(key_order=["event"], bool_as_flag=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # The program may set up structlog itself after it has mounted the till; then that holds.
        cache_logger_on_first_use=False,
    )


def without_secrets(text: str) -> str:
    """Give a text without card numbers, card codes, credentials in addresses, tokens and passwords."""
    for pattern, instead in _SECRETS_IN_TEXT:
        text = pattern.sub(instead, text)
    return redact(text)


_SECRET_NAMES = re.compile(
    r"(?:secret|token|passw(?:or)?d|passphrase|cookies?|authorization|signature|(?:^|transmission)sig|apikey"
    r"|privatekey|secretkey|credentials?|cvv2?|cvc2?|securitycode|cardnumber|pan)$"
)
_NAME = (
    r"(?:[\w-]*(?:secret|token|passw(?:or)?d|passphrase|cookie|authorization|transmission-sig|api[_-]?key))"
)
_SECRETS_IN_TEXT = (
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{8,}"), rf"\1 {SECRET}"),
    (re.compile(r"(?<=://)([^\s/:@]{0,200}):[^\s/@]{1,200}@"), rf"\1:{SECRET}@"),
    (
        re.compile(
            rf"""(?i)({_NAME}["']?\s{{0,4}}[=:]\s{{0,4}}["']?)(?!\[secret)(?:Bearer |Basic )?[^\s"'&,;}}]+"""
        ),
        rf"\1{SECRET}",
    ),
    (re.compile(r"""(?i)\b(cvv2?|cvc2?|security code)(["']?[\s=:]{1,4}["']?)\d{3,4}\b"""), rf"\1\2{SECRET}"),
)


def _is_secret(name: object) -> bool:
    return bool(_SECRET_NAMES.search(re.sub(r"[^a-z0-9]", "", str(name).lower())))


def _without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    kept = {name: value for name, value in event.items() if name in _OUR_OWN}
    rest = {name: value for name, value in event.items() if name not in _OUR_OWN}
    clean = _cleaned(redact_value(_hidden(rest)))
    if not isinstance(clean, dict):  # neighbouring values made a card number together
        clean = {"event": REMOVED}
    clean |= kept
    return {name: clean[name] for name in _FIRST if name in clean} | clean


_FIRST = ("timestamp", "level", "logger", "event")
# What ProcessorFormatter passes along, and what is written by this module alone.
_OUR_OWN = frozenset({"_record", "_from_structlog", "level", "timestamp"})
_DEPTH_MAX = 32


_ADD_EXTRAS = structlog.stdlib.ExtraAdder()


def _with_extras(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    event = _ADD_EXTRAS(logger, name, event)
    for left_by_another_formatter in ("message", "asctime"):
        event.pop(left_by_another_formatter, None)
    return event


def _hidden(value: object, depth: int = 0) -> object:
    """The same value without what stands under a secret's name."""
    if depth > _DEPTH_MAX:
        return "[nested too deep]"
    if isinstance(value, Mapping):
        return {
            name: SECRET if _is_secret(name) and entry else _hidden(entry, depth + 1)
            for name, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return [_hidden(entry, depth + 1) for entry in value]
    return value


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: _cleaned(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_cleaned(entry) for entry in value]
    return value


class _Cleaned(dict[str, object]):
    """An event that the chain has cleaned already, on its way to the handler."""


def _as_record(
    logger: WrappedLogger, name: str, event: EventDict
) -> tuple[tuple[MutableMapping[str, object]], dict[str, object]]:
    args, kwargs = structlog.stdlib.ProcessorFormatter.wrap_for_formatter(logger, name, event)
    return (_Cleaned(args[0]),), {**kwargs}


def _traceback_text(exc_info: ExcInfo) -> str:
    """Say an exception as Python does: its lines of code, never the values of its variables."""
    return "".join(traceback.format_exception(*exc_info, limit=-50, chain=True)).rstrip("\n")


def _formatter(foreign: list[Processor], *, json: bool) -> logging.Formatter:
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_level=False
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        keep_exc_info=False,
        keep_stack_info=False,
    )


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever stderr is at the moment; says of its own failure nothing but the fact."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, the standard library's name
        """The standard library would print the record's arguments here."""
        kind = getattr(sys.exc_info()[0], "__name__", "unknown")
        sys.stderr.write(f"A log record from line {record.lineno} of {record.module} was lost: {kind}.\n")


def _take_over(handler: logging.Handler, level: str) -> None:
    """Leave one way out: the root's handler. Handlers of a test runner, which are of other types, stay."""
    root = logging.getLogger()
    for other in list(root.handlers):
        if isinstance(other, _Handler) or type(other) is logging.StreamHandler:
            root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    for name in list(root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.setLogRecordFactory(_harmless_record)


def _harmless_record(*args: object, **kwargs: object) -> logging.LogRecord:
    """Make a record whose message and traceback hold nothing that must not be seen, for any handler."""
    record = logging.LogRecord(*args, **kwargs)  # type: ignore[arg-type]
    if isinstance(record.msg, _Cleaned):
        return record
    try:
        message = record.getMessage()
        as_it_is = isinstance(record.msg, str)
    except Exception:  # noqa: BLE001, arguments that do not fit are the caller's slip; they are said, not raised
        message, as_it_is = f"{record.msg} {record.args!r}", False
    clean = without_secrets(message)
    if not as_it_is or clean != message:
        record.msg, record.args = clean, ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = without_secrets(_traceback_text(record.exc_info))
    return record


def _log_unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log_error("the program ended by an error nobody handled", kind, error, trace)


def _log_unhandled_in_thread(args: threading.ExceptHookArgs) -> None:
    if not issubclass(args.exc_type, SystemExit):
        _log_error(
            "a thread ended by an error nobody handled", args.exc_type, args.exc_value, args.exc_traceback
        )


def _log_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    _log_error(
        "an error that could not be raised",
        unraisable.exc_type,
        unraisable.exc_value,
        unraisable.exc_traceback,
    )


def _log_error(
    event: str, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    structlog.get_logger("checkout").error(event, exc_info=(kind, error or kind(), trace))
