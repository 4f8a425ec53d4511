"""What every process forked for these tests finds done: imports, compiled templates, the language's words.

Only the fork server imports this, once for all its children.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import dbos

from tests.compiled import keep_compiled_templates
from tests.e2e import dying
from tests.web.stage import set_up

__all__ = ["dbos", "dying"]

keep_compiled_templates()
with TemporaryDirectory() as _folder:
    _stage = set_up(Path(_folder))
    for _path in ("/", "/products/lamp", "/orders/unknown"):
        _stage.client.get(_path)
    _stage.client.get(f"/orders/{_stage.order('/products/book')}")
    _stage.go_back()
    _stage.house.store.close()
