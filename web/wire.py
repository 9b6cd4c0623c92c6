"""Turns what clients ask into commands for a symbol, for every transport alike."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..book.commands import CancelOrder, Command, MassCancel, NewOrder, ReplaceOrder, problem_with
from ..book.enums import LIMIT_TYPES, OrderType, TimeInForce
from ..book.instrument import Instrument
from .decimals import Scale
from .errors import ApiError, Malformed, shown
from .requests import (
    CancelEntry,
    DecimalText,
    MassCancelQuery,
    OrderRequest,
    ReplaceEntry,
    ReplaceRequest,
)
from .shapes import structure
from .units import Units

# Symbol and number. The number is an id of the book's, which are 1, 2, 3, …
_ORDER_ID = re.compile(r"(.+)-([1-9][0-9]{0,17})", re.ASCII)


class Ask(NamedTuple):
    """A command, and the units of the symbol that it is for."""

    units: Units
    command: Command

    @property
    def symbol(self) -> str:
        """Where to post the command."""
        return self.units.instrument.symbol


class Wire:
    """Reads requests for the instruments that are traded."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self.markets: Mapping[str, Units] = {
            instrument.symbol: Units(instrument) for instrument in instruments
        }
        self.operations: Mapping[str, Callable[[Mapping[str, object]], Ask]] = {
            "place": self.place,
            "replace": self._replace_entry,
            "cancel": self._cancel_entry,
        }

    def units(self, symbol: str) -> Units:
        """The units of a symbol.

        Raises:
            ApiError: unknown_symbol.
        """
        units = self.markets.get(symbol)
        if units is None:
            known = ", ".join(self.markets)
            raise ApiError("unknown_symbol", symbol=shown(symbol), known=known)
        return units

    def order_id(self, text: str) -> tuple[Units, int]:
        """The symbol and the number that a public order id stands for.

        Raises:
            ApiError: order_not_found, since no order ever had such an id.
        """
        match = _ORDER_ID.fullmatch(text)
        units = self.markets.get(match[1]) if match else None
        if match is None or units is None:
            raise ApiError("order_not_found", order_id=shown(text))
        return units, int(match[2])

    def place(self, fields: Mapping[str, object]) -> Ask:
        """The new order that a JSON object describes.

        Raises:
            ApiError: malformed, unknown_symbol, invalid_price, invalid_quantity.
        """
        request = structure(OrderRequest, fields)
        units = self.units(request.symbol)
        command = NewOrder(
            side=request.side,
            type=request.type.type,
            quantity=_lots(units, request.quantity),
            price=_ticks(units, "price", request.price),
            trigger_price=_ticks(units, "trigger_price", request.trigger_price),
            time_in_force=_time_in_force(request),
            expires_at_ns=request.expires_at,
            post_only=request.post_only,
            self_trade_prevention=request.self_trade_prevention,
            account=request.account,
            client_order_id=request.client_order_id,
        )
        problem = problem_with(command)
        if problem is not None:
            field, rule = problem
            raise Malformed(field, f"{field} {rule}")
        return Ask(units, command)

    def replace(self, order_id: str, request: ReplaceRequest) -> Ask:
        """The change of an order that a client wants.

        Raises:
            ApiError: order_not_found, malformed, invalid_price, invalid_quantity.
        """
        units, number = self.order_id(order_id)
        if request.price is None and request.quantity is None:
            raise Malformed(None, "a replace names a price, a quantity, or both")
        price = _ticks(units, "price", request.price)
        quantity = None if request.quantity is None else _lots(units, request.quantity)
        return Ask(units, ReplaceOrder(number, price, quantity))

    def cancel(self, order_id: str) -> Ask:
        """The cancel of an order.

        Raises:
            ApiError: order_not_found.
        """
        units, number = self.order_id(order_id)
        return Ask(units, CancelOrder(number))

    def cancel_all(self, wanted: MassCancelQuery) -> list[Ask]:
        """The cancels of all open orders of a symbol, of an account, of both, or of everybody.

        Raises:
            ApiError: unknown_symbol.
        """
        markets = self.markets.values() if wanted.symbol is None else [self.units(wanted.symbol)]
        return [Ask(units, MassCancel(wanted.account)) for units in markets]

    def operation(self, entry: object) -> Ask:
        """What one entry of a batch asks for: its `op` is place (the default), replace or cancel.

        Raises:
            ApiError: as the operation does.
        """
        if not isinstance(entry, dict):
            raise Malformed("orders", "an entry of orders must be a JSON object")
        fields = dict(entry)
        name = fields.pop("op", "place")
        if not isinstance(name, str) or name not in self.operations:
            raise Malformed("op", f"op must be one of {', '.join(self.operations)}")
        return self.operations[name](fields)

    def _replace_entry(self, fields: Mapping[str, object]) -> Ask:
        entry = structure(ReplaceEntry, fields)
        return self.replace(entry.order_id, entry)

    def _cancel_entry(self, fields: Mapping[str, object]) -> Ask:
        return self.cancel(structure(CancelEntry, fields).order_id)


def _ticks(units: Units, field: str, text: DecimalText | None) -> int | None:
    return None if text is None else _steps(units, units.prices, "invalid_price", field, text)


def _lots(units: Units, text: DecimalText) -> int:
    return _steps(units, units.quantities, "invalid_quantity", "quantity", text)


def _steps(units: Units, scale: Scale, code: str, field: str, text: DecimalText) -> int:
    steps = scale.steps(text)
    if steps is None:
        raise ApiError(code, field, value=text, rules=units.rules)
    if not steps:
        raise Malformed(field, f"{field} must be more than zero")
    return steps


def _time_in_force(request: OrderRequest) -> TimeInForce:
    wanted, implied = request.time_in_force, request.type.time_in_force
    if implied is None:
        return wanted or _default_time_in_force(request.type.type)
    if wanted not in (None, implied):
        raise Malformed("time_in_force", f"time_in_force must be {implied} for type {implied}")
    return implied


def _default_time_in_force(order_type: OrderType) -> TimeInForce:
    return TimeInForce.GTC if order_type in LIMIT_TYPES else TimeInForce.IOC
