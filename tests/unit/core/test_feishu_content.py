from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import feishu_content
from cococat.core.feishu_content import Content, read
from cococat.core.feishu_mentions import NOBODY
from cococat.core.feishu_mentions import read as read_mentions
from cococat.core.messages import CALLED, UNREADABLE
from cococat.core.text import clean
from cococat.simulators.feishu import mention
from tests.support.strategies import json_values

MENTIONS = read_mentions([mention(1, "CocoCat", "ou_bot"), mention(2, "Bob", "ou_bob")], "ou_bot")
KINDS = ["text", *feishu_content._PLAIN, *feishu_content._RICH, "something_new"]
POST = {
    "title": "标题",
    "content": [
        [
            {"tag": "at", "user_id": "@_user_1", "user_name": "CocoCat"},
            {"tag": "text", "text": "see ", "style": ["bold"]},
            {"tag": "a", "text": "this", "href": "https://example.com/a"},
            {"tag": "at", "user_id": "@_user_2", "user_name": "?"},
            {"tag": "emotion", "emoji_type": "SMILE"},
        ],
        [{"tag": "img", "image_key": "img_1"}],
        [{"tag": "media", "file_key": "file_1", "image_key": "img_2"}],
        [{"tag": "hr"}],
        [{"tag": "code_block", "language": "PYTHON", "text": "print(1)\n"}],
        [{"tag": "something_new", "text": "kept"}, {"tag": "something_new"}],
    ],
}
SHOWN = (
    "标题\nsee [this](https://example.com/a)@Bob[SMILE]\n[图片]\n[视频]\n---\n"
    "```python\nprint(1)\n```\nkept"
)


def said(kind: str, content: dict[str, Any]) -> Content:
    """Return what a message says."""
    return read(kind, content, "om_1", MENTIONS)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text", {"text": "@_user_1 你好 🐈"}, "你好 🐈"),
        ("text", {}, UNREADABLE),
        ("text", {"says": ""}, UNREADABLE),
        ("text", {"text": ""}, CALLED),
        ("text", {"text": "@_user_1 "}, CALLED),
        ("text", {"text": " \x00\n"}, CALLED),
        ("post", {}, UNREADABLE),
        ("post", {"says": ""}, UNREADABLE),
        ("post", {"title": "", "content": [[{"tag": "at", "user_id": "@_user_1"}]]}, CALLED),
        ("post", POST, SHOWN),
        ("post", {"zh_cn": POST}, SHOWN),
        ("post", {"en_us": {"title": "", "content": [[{"tag": "md", "text": "**hi** @_user_2"}]]}},
         "**hi** @Bob"),
        ("post", {"title": "only a title"}, "only a title"),
        ("post", {"content": [[{"tag": "a", "text": "", "href": "https://example.com"}]]},
         "https://example.com"),
        ("image", {"image_key": "img_1"}, "[图片]"),
        ("file", {"file_key": "file_1", "file_name": "猫.pdf"}, "[文件] 猫.pdf"),
        ("folder", {"file_key": "file_1", "file_name": "cats"}, "[文件夹] cats"),
        ("audio", {"file_key": "file_1", "duration": 2000}, "[语音]"),
        ("media", {"file_key": "f", "image_key": "i", "file_name": "a.mp4"}, "[视频] a.mp4"),
        ("sticker", {"file_key": "file_1"}, "[表情]"),
        ("interactive", {"title": "Card", "elements": [[{"tag": "text", "text": "body"}]]},
         "Card\nbody"),
        ("interactive", {}, "[卡片]"),
        ("interactive", {"title": " "}, "[卡片]"),
        ("share_chat", {"chat_id": "oc_1"}, "[群名片] oc_1"),
        ("share_user", {"user_id": "ou_1"}, "[个人名片] ou_1"),
        ("location", {"name": "外滩", "longitude": "121.49", "latitude": "31.24"},
         "[位置] 外滩 (31.24, 121.49)"),
        ("location", {}, "[位置]"),
        ("merge_forward", {"content": "Merged and Forwarded Message"}, "[合并转发]"),
        ("system", {"template": "{from_user} invited {to_chatters} {x}", "from_user": ["Ann"],
                    "to_chatters": ["Bob", "Cat"]}, "Ann invited Bob、Cat {x}"),
        ("system", {"divider_text": "new"}, "new"),
        ("system", {}, "[系统]"),
        ("system", {"template": " "}, UNREADABLE),
        ("todo", {"task_id": "t", "summary": {"content": [[{"tag": "text", "text": "buy"}]]}},
         "[任务] buy"),
        ("vote", {"topic": "Lunch?", "options": ["rice", "noodles", 1]},
         "[投票] Lunch?\n- rice\n- noodles"),
        ("video_chat", {"topic": "Weekly", "start_time": "1"}, "[视频会议] Weekly"),
        ("share_calendar_event", {"summary": "Trip"}, "[日程] Trip"),
        ("calendar", {"summary": "Trip"}, "[日程] Trip"),
        ("general_calendar", {}, "[日程]"),
        ("hongbao", {"text": "恭喜"}, "[红包] 恭喜"),
        ("something_new", {"text": "x"}, UNREADABLE),
    ],
)  # fmt: skip
def test_every_type_has_a_text(kind: str, content: dict[str, Any], text: str) -> None:
    """An agent that reads nothing but text knows what came."""
    assert said(kind, content).text == text


@pytest.mark.parametrize(
    ("kind", "content", "files"),
    [
        ("image", {"image_key": "img_1"}, [("image", "", "om_1/image/img_1")]),
        ("file", {"file_key": "f_1", "file_name": "a.pdf"}, [("file", "a.pdf", "om_1/file/f_1")]),
        ("audio", {"file_key": "f_1"}, [("voice", "", "om_1/file/f_1")]),
        ("media", {"file_key": "f_1", "image_key": "i"}, [("video", "", "om_1/file/f_1")]),
        ("post", POST, [("image", "", "om_1/image/img_1"), ("video", "", "om_1/file/file_1")]),
        ("merge_forward", {}, [("file", "合并转发.txt", "om_1/forwarded/all")]),
        ("sticker", {"file_key": "f_1"}, []),
        ("folder", {"file_key": "f_1"}, []),
        ("image", {}, []),
        ("image", {"image_key": "../../x"}, []),
        ("image", {"image_key": 1}, []),
        ("file", {"file_key": "f", "file_name": "a\x00\ud800b" + "c" * 300},
         [("file", "ab" + "c" * 253, "om_1/file/f")]),
    ],
)  # fmt: skip
def test_files_can_be_fetched(
    kind: str, content: dict[str, Any], files: list[tuple[str, str, str]]
) -> None:
    """A ref holds message, type and key; a name is what a stranger chose, cleaned."""
    found = said(kind, content).attachments

    assert [(each.kind, each.name, each.ref) for each in found] == files


@given(st.sampled_from(KINDS), st.dictionaries(
    st.sampled_from(["text", "title", "content", "zh_cn", "elements", "template", "options",
                     "summary", "topic", "image_key", "file_key", "file_name", "name"]),
    json_values | st.lists(st.lists(st.dictionaries(
        st.sampled_from(["tag", "text", "href", "user_id", "image_key", "language"]),
        st.sampled_from(["at", "a", "img", "code_block", "md", "@_user_1"]) | json_values,
    ), max_size=3), max_size=3),
    max_size=4,
))  # fmt: skip
def test_whatever_a_client_sends_there_is_a_text(kind: str, content: dict[str, Any]) -> None:
    """Contents differ by client and version; none of them stops a message."""
    found = read(kind, content, "om_1", NOBODY)

    assert clean(found.text).strip()
    assert all(each.ref.startswith("om_1/") for each in found.attachments)
