"""What no message of WeChat is, whatever it is sealed with."""

import json

from cococat.simulators.wechat import to_xml
from tests.support.wechat import USER
from tests.support.wechat_forge import MESSAGE, without

XML = to_xml(MESSAGE)
DTD = f"<!DOCTYPE xml>{XML}"
ENTITY = f'<!DOCTYPE xml [<!ENTITY e "{USER}">]>{XML.replace(USER, "&e;")}'
EXTERNAL = f'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/hostname">]>{XML.replace(USER, "&e;")}'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE xml [<!ENTITY l0 "lol">{LAUGHS}]>{XML.replace(USER, "&l9;")}'
QUADRATIC = f'<!DOCTYPE xml [<!ENTITY q "{"q" * 20_000}">]>{XML.replace(USER, "&q;" * 1000)}'

BAD_XML: dict[str, str | bytes] = {
    "a DTD": DTD,
    "a DTD and an entity": ENTITY,
    "an external entity": EXTERNAL,
    "an entity bomb": BOMB,
    "a quadratic entity bomb": QUADRATIC,
    "a DTD in UTF-16": DTD.encode("utf-16"),
    "a DTD in UTF-16 without a mark": DTD.encode("utf-16-le"),
    "a DTD in UTF-16 that says so": f'<?xml version="1.0" encoding="UTF-16"?>{DTD}'.encode(
        "utf-16-be"
    ),
    "a DTD in UTF-7": f'<?xml version="1.0" encoding="UTF-7"?>{DTD}'.encode("utf-7"),
    "UTF-16": XML.encode("utf-16"),
    "UTF-32": XML.encode("utf-32"),
    "bytes that are no text": b"\xff\xfe\xff",
    "Latin letters": XML.replace("canary", "canári").encode("latin-1"),
    "nothing": " ",
    "half of it": XML[: len(XML) // 2],
    "two documents": XML + XML,
    "NUL": XML.replace("canary", "can\x00ry"),
    "a control character": XML.replace("canary", "can\x0bry"),
    "a reference to a control character": XML.replace("canary", "can&#11;ry"),
    "a reference to a lone surrogate": XML.replace("canary", "can&#xd800;ry"),
    "a character that is none": XML.replace("canary", "can\ufffery"),
    "a reference to a character that is none": XML.replace("canary", "can&#xffff;ry"),
    "another root": XML.replace("<xml>", "<html>").replace("</xml>", "</html>"),
    "a root of another namespace": XML.replace("<xml>", '<xml xmlns="urn:canary">'),
    "one element twice": XML.replace("</xml>", f"<FromUserName>{USER}</FromUserName></xml>"),
    "depth without end": "<xml>" * 10_000,
    "depth": f"<xml>{'<a>' * 20}{'</a>' * 20}</xml>",
    "elements without end": XML.replace("</xml>", f"<a>{'<b/>' * 500}</a></xml>"),
}
"""What no message is, whether it is the outer or the inner XML."""

JSON = json.dumps(MESSAGE)
BAD_JSON: dict[str, str | bytes] = {
    "half of it": JSON[: len(JSON) // 2],
    "two objects": JSON + JSON,
    "UTF-16": b"{" + JSON.encode("utf-16"),
    "bytes that are no text": b"{\xff",
    "one name twice": f'{JSON[:-1]}, "FromUserName": "{USER}"}}',
    "a number that is none": f'{JSON[:-1]}, "CreateTime2": NaN}}',
    "depth": f'{JSON[:-1]}, "a": {'{"a": ' * 20}1{"}" * 20}}}',
    "depth without end": '{"a": ' * 10_000,
    "a name that is a path": f'{JSON[:-1]}, "a/b": "1"}}',
}
"""What no message is in JSON, whether it is the outer or the inner object."""

BAD_VALUES: dict[str, dict[str, str]] = {
    **{
        f"no {name}": without(MESSAGE, name)
        for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId")
    },
    **{f"an empty {name}": MESSAGE | {name: ""} for name in ("FromUserName", "MsgId", "MsgType")},
    "a user who is no OpenID": MESSAGE | {"FromUserName": "a b"},
    "a user from elsewhere": MESSAGE | {"FromUserName": "用户"},
    "a user without end": MESSAGE | {"FromUserName": "o" * 65},
    "an account that is none": MESSAGE | {"ToUserName": "]]>"},
    "full-width digits in the time": MESSAGE | {"CreateTime": "１８０００００００"},
    "full-width digits in the id": MESSAGE | {"MsgId": "２４６０００００"},
    "a time before 1970": MESSAGE | {"CreateTime": "-1"},
    "a time that never comes": MESSAGE | {"CreateTime": "9" * 20},
    "an id that is no number": MESSAGE | {"MsgId": "24.6"},
    "an id without end": MESSAGE | {"MsgId": "9" * 21},
    **{
        f"a place {where}": MESSAGE | {"MsgType": "location", "Location_X": x, "Location_Y": y}
        for where, x, y in (
            ("in letters", "north", "east"),
            ("with half a number", "23.1", ""),
            ("in full-width digits", "２３", "１１３"),
            ("without end", "2" * 40, "1"),
        )
    },
    "a follower without a time": {
        **without(MESSAGE, "MsgId", "CreateTime"),
        "MsgType": "event",
        "Event": "subscribe",
    },
}
"""Messages in good XML that lack something, or have it in another form."""

BAD_JSON_VALUES = {
    f"{what} as {name}": json.dumps(MESSAGE | {name: value})
    for name in ("MsgId", "CreateTime", "FromUserName", "ToUserName", "MsgType")
    for what, value in (
        *(("a list", [MESSAGE[name]]), ("an object", {"a": MESSAGE[name]})),
        *(("true", True), ("nothing", None), ("a fraction", 1.5), ("a power", 1e30)),
    )
    if not (name in ("ToUserName", "FromUserName", "MsgType") and isinstance(value, float))
}
"""The same in JSON, where an id may be an integer or a text of digits, and nothing else."""
