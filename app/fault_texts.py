"""The sentence of every fault in a file of contacts, in both languages: what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.contact_files import FaultCode

# (zh, en), with the fault's params and its {column} in braces.
TEXTS: Mapping[FaultCode, tuple[str, str]] = {
    FaultCode.FILE_EMPTY: (
        "文件是空的。请导出有内容的文件再传。",
        "The file is empty. Export it again with its contents.",
    ),
    FaultCode.ENCODING_UNKNOWN: (
        "文件是 UTF-16（“Unicode 文本”）。请另存为“CSV UTF-8”再传。",
        "The file is UTF-16 (“Unicode text”). Save it as “CSV UTF-8” and upload that.",
    ),
    FaultCode.ENCODING_BROKEN: (
        "这一行有认不出的字节。请把文件另存为“CSV UTF-8”，并看看这一行有没有乱码。",
        "This line has bytes that are no text. Save the file as “CSV UTF-8” and look at this line.",
    ),
    FaultCode.HEADER_MISSING: (
        "第一行应当是列名，现在是“{found}”。请在最上面加一行：{expected}",
        "The first line must name the columns, but it is “{found}”. Add this line at the top: {expected}",
    ),
    FaultCode.COLUMN_MISSING: (
        "缺少列 {column}。请在第一行补上这个列名，并给每一行填值。",
        "The column {column} is missing. Add its name to the first line and a value to each line.",
    ),
    FaultCode.COLUMN_UNKNOWN: (
        "不认识列名“{column}”。请改成：{known}；用不到就删掉这一列。",
        "No column is called “{column}”. Change it to: {known}; or delete the column.",
    ),
    FaultCode.COLUMN_TWICE: (
        "列 {column} 出现了两次。请只留一列。",
        "The column {column} is there twice. Keep one of them.",
    ),
    FaultCode.CELL_COUNT: (
        "应当有 {expected} 格，这一行有 {found} 格。请看看是不是少了或多了逗号，或者这一行没有写完。",
        "This line has {found} cells instead of {expected}. Look for a missing or an extra comma, "
        "or a line cut short.",
    ),
    FaultCode.QUOTES: (
        "引号没有成对。请补上或删掉这一行里的引号。",
        "The quotation marks do not match. Add the missing one or delete the stray one.",
    ),
    FaultCode.LINE_TOO_LONG: (
        "这一行超过 10 万个字符，不像一条会话。请检查换行和引号。",
        "This line is longer than 100,000 characters. Check its line breaks and quotation marks.",
    ),
    FaultCode.JSON_BROKEN: (
        "这一行不是完整的 JSON，从第 {at} 个字符起读不懂。请重新导出，一行一个对象。",
        "This line is not complete JSON; it cannot be read from character {at} on. "
        "Export again, one object a line.",
    ),
    FaultCode.JSON_NOT_OBJECT: (
        "这一行应当是一个 JSON 对象，写成 {{…}}。",
        "This line must be one JSON object, written {{…}}.",
    ),
    FaultCode.VALUE_MISSING: (
        "{column} 没有填。请补上。",
        "{column} is empty. Fill it in.",
    ),
    FaultCode.VALUE_NOT_PLAIN: (
        "{column} 应当是文字、数字或是／否，不能是列表或对象。",
        "{column} must be text, a number or yes/no, not a list or an object.",
    ),
    FaultCode.TEXT_TOO_LONG: (
        "“{value}”太长了。请缩短到 {longest} 个字以内。",
        "“{value}” is too long. Keep it within {longest} characters.",
    ),
    FaultCode.CONTROL_CHARACTER: (
        "“{value}”里有看不见的控制字符。请删掉后重填。",
        "“{value}” holds an invisible control character. Delete it.",
    ),
    FaultCode.TIME_UNREADABLE: (
        "看不懂时间“{value}”。请写成 2026-11-11 20:15:03（不写时区就是北京时间）。",
        "“{value}” is no time. Write it like 2026-11-11 20:15:03 (Beijing time unless it has an offset).",
    ),
    FaultCode.TIME_OUT_OF_RANGE: (
        "时间“{value}”不在 {first} 到 {last} 年之间。请检查年份。",
        "The time “{value}” is not between {first} and {last}. Check the year.",
    ),
    FaultCode.ENDED_BEFORE_STARTED: (
        "结束时间 {ended} 早于开始时间 {started}。请看看两列是不是填反了。",
        "The end {ended} is before the start {started}. Check whether the two are swapped.",
    ),
    FaultCode.NUMBER_UNREADABLE: (
        "“{value}”不是数。请只写数字。",
        "“{value}” is not a whole number. Write digits only.",
    ),
    FaultCode.NUMBER_NEGATIVE: (
        "“{value}”小于 0。请改成 0 或更大的数。",
        "“{value}” is below 0. Write 0 or more.",
    ),
    FaultCode.NUMBER_TOO_LARGE: (
        "“{value}”大于 {largest}。请检查单位和位数。",
        "“{value}” is above {largest}. Check the unit and the digits.",
    ),
    FaultCode.OUT_OF_SCALE: (
        "“{value}”不在 {lowest} 到 {highest} 之间。请填 {lowest} 到 {highest} 的整数；没评就留空。",
        "“{value}” is not between {lowest} and {highest}. Write a whole number from {lowest} to {highest}; "
        "leave it empty if there was no rating.",
    ),
    FaultCode.NOT_YES_OR_NO: (
        "“{value}”不是“是”或“否”。请填 1／0、yes／no 或 是／否；不知道就留空。",
        "“{value}” is neither yes nor no. Write 1/0, yes/no or 是/否; leave it empty if you do not know.",
    ),
    FaultCode.CHANNEL_UNKNOWN: (
        "不认识渠道“{value}”。请填 chat（文字）或 call（电话）。",
        "“{value}” is no channel. Write chat or call.",
    ),
    FaultCode.AGENT_UNKNOWN: (
        "没有客服用“{value}”。请核对手机号、邮箱或认证编号；不知道是谁就留空。",
        "No agent has “{value}”. Check the mobile number, e-mail or certificate number; "
        "leave it empty if you do not know who it was.",
    ),
    FaultCode.DUPLICATE: (
        "会话编号“{value}”在第 {first} 行已经有了。请只留一行。",
        "The id “{value}” is on line {first} already. Keep one of the two lines.",
    ),
    FaultCode.TURNS_UNREADABLE: (
        "turns 应当是一串对话，每句的 role 是 0（客服）或 1（顾客）。",
        "turns must be a list of messages, each with a role of 0 (agent) or 1 (customer).",
    ),
}


def fault_sentence(code: str, column: str, params: Mapping[str, Any], locale: str) -> str:
    """Return the sentence of a stored fault in the reader's language."""
    zh, en = TEXTS[FaultCode(code)]
    return (en if locale == "en" else zh).format(column=column, **params)
