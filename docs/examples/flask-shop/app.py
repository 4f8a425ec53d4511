"""A shop with pages of its own, and the whole till mounted inside it."""

import json
import secrets
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request, url_for
from standardwebhooks import Webhook, WebhookVerificationError

from checkout import mount
from webhooks import listen

app = Flask(__name__)
till = mount(app, at="/checkout")  # settings from .env
listen(till)  # PayPal's webhooks, in the same application

PRICES = {"A pot of tea": 2380, "A teapot": 4800}  # in cents
NUMBERS, TO_PACK = {}, set()  # the till's number by our reference; what is paid: keep both in a database


@app.get("/")
def shelf():
    return render_template("shelf.html", prices=PRICES)


@app.post("/buy")
def buy():
    title = request.form["title"]
    price = PRICES[title] if title in PRICES else abort(404)
    reference = f"tea-{secrets.token_urlsafe(9)}"
    order = till.create_order(
        lines=[{"title": title, "quantity": 1, "unit_price_minor": price}],
        currency="EUR",
        shop_reference=reference,
        return_url=url_for("thanks", reference=reference, _external=True),
        email=request.form["email"],
    )
    NUMBERS[reference] = order.id
    return redirect(order.pay_url, 303)


@app.get("/thanks/<reference>")
def thanks(reference):
    return render_template("thanks.html", order=till.order(NUMBERS.get(reference, "none")))


@app.post("/told")
def told():
    endpoint = json.loads(Path("endpoint.json").read_text("utf-8"))
    try:
        notice = Webhook(endpoint["secret"]).verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        abort(400)
    if notice["type"] == "order.paid":  # it may come twice: a set does not mind
        TO_PACK.add(notice["data"]["order_id"])
    return "", 204


@app.get("/to-pack")
def to_pack():
    return sorted(TO_PACK)
