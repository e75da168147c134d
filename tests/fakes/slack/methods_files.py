"""`files.*`: the upload in three steps, of which the middle one is a plain POST of the bytes."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.fakes.slack.calls import Answer, Caller, method
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.messages import Content, File, content_of
from tests.fakes.slack.workspace import Channel, Workspace

MOST_CHANNELS, LONGEST_ALT_TEXT = 100, 1000


def get_upload_url(caller: Caller) -> Answer:
    length = caller.arguments.required("length")
    if not length.isdecimal() or int(length) == 0:
        raise Refused("invalid_arguments", f"a file of {length} bytes")
    alt_text = caller.arguments.text("alt_txt")
    if len(alt_text) > LONGEST_ALT_TEXT:
        raise Refused("alt_txt_too_large", f"an alt_txt of {len(alt_text)} characters")
    file_id = caller.workspace.new_id("F")
    caller.workspace.files[file_id] = File(file_id, caller.arguments.required("filename"), int(length), alt_text)
    return {"file_id": file_id, "upload_url": f"{caller.workspace.base_url}/upload/v1/{file_id}"}


async def bytes_of(request: web.Request) -> bytes:
    """Read what is uploaded, plainly or as the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields: list[Any] = [value for value in (await request.post()).values() if not isinstance(value, str)]
    content: bytes = fields[0].file.read() if fields else b""
    return content


def store(workspace: Workspace, file_id: str, body: bytes) -> web.Response:
    """Keep what is posted to an upload URL."""
    file = workspace.files.get(file_id)
    if file is None:
        workspace.complaints.add(f"upload_url: nobody asked to upload {file_id}")
        return web.Response(status=404, text="unknown file")
    if len(body) != file.announced:
        workspace.complaints.add(f"upload_url: {len(body)} bytes, and {file.announced} were announced")
    file.data = body
    return web.Response(text=f"OK - {len(body)}")


def complete_upload(caller: Caller) -> Answer:
    wanted = caller.arguments.given.get("files")
    if not isinstance(wanted, list) or not wanted:
        raise Refused("invalid_arguments", "no files")
    files = [_uploaded(caller, one) for one in wanted]
    channels = [_channel(caller, channel_id) for channel_id in _channel_ids(caller)]
    thread_ts = caller.arguments.text("thread_ts") or None
    if thread_ts and (not channels or any(thread_ts not in channel.posts for channel in channels)):
        raise Refused("thread_not_found")
    comment = _comment(caller)
    for file in files:
        file.completed = True
        file.channels = [channel.id for channel in channels]
    for channel in channels:
        caller.workspace.post(channel, caller.bot, comment, thread_ts=thread_ts, files=files)
    return {"files": [{"id": file.id, "title": file.title, "name": file.name} for file in files]}


def _uploaded(caller: Caller, one: dict[str, Any]) -> File:
    file = caller.workspace.files.get(str(one.get("id")))
    if file is None or file.data is None:
        raise Refused("file_not_found", f"{one.get('id')} was not uploaded")
    if file.completed:
        raise Refused("file_not_found", f"the upload of {file.id} was completed before")
    if unknown := one.keys() - {"id", "title", "highlight_type"}:
        caller.complain(f"a file has no {', '.join(sorted(unknown))}")
    file.title = str(one.get("title", ""))
    return file


def _channel_ids(caller: Caller) -> list[str]:
    several = caller.arguments.text("channels")
    ids = several.split(",") if several else [one] if (one := caller.arguments.text("channel_id")) else []
    if len(ids) > MOST_CHANNELS:
        raise Refused("invalid_channel", f"{len(ids)} channels")
    return ids


def _channel(caller: Caller, channel_id: str) -> Channel:
    channel = caller.workspace.channels.get(channel_id)
    if channel is None or (channel.private and caller.bot.id not in channel.members):
        raise Refused("channel_not_found")
    if caller.bot.id not in channel.members:
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    return channel


def _comment(caller: Caller) -> Content:
    text, blocks = caller.arguments.text("initial_comment"), caller.arguments.given.get("blocks")
    if text and blocks:
        raise Refused("invalid_arguments", "initial_comment beside blocks, of which Slack takes one")
    if not text and not blocks:
        return Content("")
    said = {"text": text or "(blocks)", "blocks": blocks, "parse": "none"}
    return content_of(said, caller.complain, caller.workspace.channel_names())


METHODS = {
    "files.getUploadURLExternal": method(get_upload_url, "filename length alt_txt snippet_type", "files:write"),
    "files.completeUploadExternal": method(
        complete_upload,
        "files channel_id channels thread_ts initial_comment blocks",
        "files:write",
    ),
}
