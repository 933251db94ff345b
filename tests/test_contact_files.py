"""Files of contacts: every fault is named with its line, and no bytes make the reader raise."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.contact_files import COLUMNS, ContactRecord, FaultCode, FileFormat, Row, read_contacts
from app.contact_files.encodings import LONGEST_LINE
from app.fault_texts import TEXTS, fault_sentence

DATA = Path(os.environ.get("ZUOXI_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
DAY = dt.date(2026, 11, 1)
HEADER = ",".join(COLUMNS)
GOOD = {
    "external_id": "c1",
    "agent": "13900001111",
    "channel": "chat",
    "started_at": "2026-11-11 20:15:03",
    "ended_at": "2026-11-11 20:25:00",
    "first_manual_seconds": "4",
    "messages_in": "5",
    "messages_out": "6",
    "handoffs": "0",
    "satisfaction": "5",
    "resolved": "1",
    "ordered": "0",
}


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def read_csv(*lines: str, header: str = HEADER) -> list[Row]:
    return list(read_contacts("\n".join((header, *lines)).encode(), FileFormat.CSV))


def read_jsonl(*objects: object) -> list[Row]:
    content = "\n".join(value if isinstance(value, str) else json.dumps(value) for value in objects)
    return list(read_contacts(content.encode(), FileFormat.JSONL))


def codes(rows: Sequence[Row]) -> list[tuple[int, str, FaultCode]]:
    return [(fault.line, fault.column, fault.code) for row in rows for fault in row.faults]


class TestGoodLines:
    def test_every_column_arrives_as_its_value(self) -> None:
        (row,) = read_csv(line())

        assert row.record == ContactRecord(
            external_id="c1",
            agent="13900001111",
            channel="chat",
            started_at=dt.datetime(2026, 11, 11, 12, 15, 3, tzinfo=dt.UTC),
            ended_at=dt.datetime(2026, 11, 11, 12, 25, tzinfo=dt.UTC),
            first_manual_seconds=4,
            messages_in=5,
            messages_out=6,
            handoffs=0,
            satisfaction=5,
            resolved=True,
            ordered=False,
        )

    def test_what_the_source_does_not_say_stays_unknown(self) -> None:
        (row,) = read_csv(
            "c1,call,2026-11-11T20:15Z,3,0", header="external_id,channel,started_at,messages_in,messages_out"
        )

        assert row.record is not None
        assert row.record.started_at == dt.datetime(2026, 11, 11, 20, 15, tzinfo=dt.UTC)
        assert (row.record.satisfaction, row.record.resolved, row.record.ended_at) == (None, None, None)
        assert row.record.handoffs == 0

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
    def test_chinese_titles_and_words_are_read_in_every_usual_encoding(self, encoding: str) -> None:
        content = (
            "会话编号,渠道,开始时间,顾客消息数,客服消息数,已解决\r\n"
            "会话一,文字,2026年11月11日 20:15,３,4,是\r\n"
        ).encode(encoding)

        (row,) = read_contacts(content, FileFormat.CSV)

        assert row.record is not None
        assert (row.record.external_id, row.record.messages_in, row.record.resolved) == ("会话一", 3, True)

    @pytest.mark.parametrize("separator", ["\t", ";"])
    def test_spreadsheets_other_separators_are_read(self, separator: str) -> None:
        content = "\n".join(text.replace(",", separator) for text in (HEADER, line())).encode()

        (row,) = read_contacts(content, FileFormat.CSV)

        assert row.record is not None

    def test_part_of_a_second_is_rounded_up_so_that_it_flatters_nobody(self) -> None:
        rows = read_csv(line(first_manual_seconds="5.0"), line(external_id="c2", first_manual_seconds="5.2"))

        assert [row.record and row.record.first_manual_seconds for row in rows] == [5, 6]

    def test_json_lines_take_numbers_and_truth_values_as_they_are(self) -> None:
        (row,) = read_jsonl(
            {
                "external_id": 17,
                "channel": "chat",
                "started_at": "2026-11-11T20:15:03+08:00",
                "messages_in": 5,
                "messages_out": 6.0,
                "resolved": True,
                "ordered": None,
            }
        )

        assert row.record is not None
        assert (row.record.external_id, row.record.messages_out) == ("17", 6)
        assert (row.record.resolved, row.record.ordered) == (True, None)


class TestFaults:
    @pytest.mark.parametrize(
        ("column", "value", "code"),
        [
            ("external_id", "", FaultCode.VALUE_MISSING),
            ("external_id", "x" * 201, FaultCode.TEXT_TOO_LONG),
            ("external_id", "a\x00b", FaultCode.CONTROL_CHARACTER),
            ("channel", "fax", FaultCode.CHANNEL_UNKNOWN),
            ("started_at", "2026-11-31 20:15", FaultCode.TIME_UNREADABLE),
            ("started_at", "46337.84", FaultCode.TIME_UNREADABLE),
            ("started_at", "1026-11-11 20:15", FaultCode.TIME_OUT_OF_RANGE),
            ("ended_at", "2026-11-11 20:15:02", FaultCode.ENDED_BEFORE_STARTED),
            ("messages_in", "-1", FaultCode.NUMBER_NEGATIVE),
            ("messages_out", "many", FaultCode.NUMBER_UNREADABLE),
            ("messages_out", "1.5", FaultCode.NUMBER_UNREADABLE),
            ("handoffs", "1000001", FaultCode.NUMBER_TOO_LARGE),
            ("first_manual_seconds", "-3", FaultCode.NUMBER_NEGATIVE),
            ("satisfaction", "0", FaultCode.OUT_OF_SCALE),
            ("satisfaction", "6", FaultCode.OUT_OF_SCALE),
            ("satisfaction", "11", FaultCode.OUT_OF_SCALE),
            ("resolved", "maybe", FaultCode.NOT_YES_OR_NO),
        ],
    )
    def test_a_bad_cell_is_named_by_line_and_column(self, column: str, value: str, code: FaultCode) -> None:
        rows = read_csv(line(external_id="c0"), line(**{column: value}))

        assert codes(rows) == [(3, column, code)]
        assert [row.record is None for row in rows] == [False, True]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("ended_at", "2026-11-11 20:15:03"),
            ("satisfaction", "1"),
            ("satisfaction", "5"),
            ("handoffs", "1000000"),
        ],
    )
    def test_the_last_value_that_passes(self, column: str, value: str) -> None:
        assert codes(read_csv(line(**{column: value}))) == []

    def test_all_faults_of_a_line_are_found_not_the_first(self) -> None:
        rows = read_csv(line(channel="fax", satisfaction="9", messages_in="x"))

        assert [column for _, column, _ in codes(rows)] == ["channel", "messages_in", "satisfaction"]

    def test_a_faulty_line_still_takes_its_id_and_is_told_as_a_repeat(self) -> None:
        rows = read_csv(line(channel="fax"), line(satisfaction="9"))

        assert [code for _, _, code in codes(rows)] == [
            FaultCode.CHANNEL_UNKNOWN,
            FaultCode.OUT_OF_SCALE,
            FaultCode.DUPLICATE,
        ]

    def test_the_second_line_of_an_id_names_the_first(self) -> None:
        rows = read_csv(line(), line(external_id="c2"), line())

        assert codes(rows) == [(4, "external_id", FaultCode.DUPLICATE)]
        assert rows[-1].faults[0].params == {"value": "c1", "first": 2}

    def test_an_open_quote_spoils_its_own_line_only(self) -> None:
        rows = read_csv(line(), '"c2,13900001111,chat', line(external_id="c3"))

        assert codes(rows) == [(3, "", FaultCode.QUOTES)]
        assert len([row for row in rows if row.record]) == 2

    def test_half_a_line_at_the_end_is_named_and_the_others_are_kept(self) -> None:
        rows = read_csv(line(), line(external_id="c2")[:30])

        assert codes(rows) == [(3, "", FaultCode.CELL_COUNT)]

    def test_bytes_that_are_no_text_are_named_by_their_line(self) -> None:
        content = b"\n".join(
            (HEADER.encode(), line().encode(), b"c2,\xff\xfe\xff,chat", line(external_id="c3").encode())
        )

        rows = list(read_contacts(content, FileFormat.CSV))

        assert codes(rows) == [(3, "", FaultCode.ENCODING_BROKEN)]

    def test_utf_16_is_named_for_the_whole_file(self) -> None:
        (row,) = read_contacts(HEADER.encode("utf-16"), FileFormat.CSV)

        assert row.fatal
        assert codes([row]) == [(1, "", FaultCode.ENCODING_UNKNOWN)]

    def test_a_file_without_a_header_says_which_line_to_add(self) -> None:
        (row,) = read_csv(header=line())

        assert row.fatal
        assert row.faults[0].code is FaultCode.HEADER_MISSING
        assert row.faults[0].params["expected"] == HEADER

    def test_missing_columns_are_all_named_and_end_the_reading(self) -> None:
        rows = read_csv("c1,chat", header="external_id,channel")

        assert [(column, code) for _, column, code in codes(rows)] == [
            ("started_at", FaultCode.COLUMN_MISSING),
            ("messages_in", FaultCode.COLUMN_MISSING),
            ("messages_out", FaultCode.COLUMN_MISSING),
        ]

    def test_a_misspelt_column_is_told_with_the_name_it_is_most_like(self) -> None:
        rows = read_csv(line(), header=HEADER.replace("satisfaction", "satisfactoin"))

        assert rows[0].faults[0].code is FaultCode.COLUMN_UNKNOWN
        assert rows[0].faults[0].params == {"known": "satisfaction"}
        assert rows[1].record is not None

    def test_a_line_without_end_is_cut_and_named(self) -> None:
        rows = read_csv(line(), "x" * (3 * LONGEST_LINE), line(external_id="c3"))

        assert codes(rows) == [(3, "", FaultCode.LINE_TOO_LONG)]

    @pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("file_format", list(FileFormat))
    def test_an_empty_file_is_a_fault(self, content: bytes, file_format: FileFormat) -> None:
        (row,) = read_contacts(content, file_format, started_on=DAY)

        assert codes([row]) == [(1, "", FaultCode.FILE_EMPTY)]

    def test_json_faults_name_their_line(self) -> None:
        good = GOOD | {"external_id": "a"}
        rows = read_jsonl(
            good,
            '{"external_id":',
            "[1]",
            GOOD | {"external_id": ["b"]},
            GOOD | {"external_id": "d", "mood": 1},
        )

        assert codes(rows) == [
            (2, "", FaultCode.JSON_BROKEN),
            (3, "", FaultCode.JSON_NOT_OBJECT),
            (4, "external_id", FaultCode.VALUE_NOT_PLAIN),
            (5, "mood", FaultCode.COLUMN_UNKNOWN),
        ]


class TestTaobao:
    def test_roles_score_and_hand_offs_become_our_columns(self) -> None:
        dialogue = {
            "sid": "d1",
            "score": 2,
            "turns": [{"role": 1, "handoff": 0}, {"role": 0, "handoff": 1}, {"role": 0, "handoff": 0}],
        }

        (row,) = read_contacts(json.dumps(dialogue).encode(), FileFormat.TAOBAO, started_on=DAY)

        assert row.record is not None
        assert (row.record.messages_in, row.record.messages_out, row.record.handoffs) == (1, 2, 1)
        assert row.record.satisfaction == 3

    def test_a_dialogue_starts_at_the_same_second_wherever_its_line_stands(self) -> None:
        dialogues = [json.dumps({"sid": f"d{n}", "score": 1, "turns": []}) for n in range(50)]

        def starts(lines: Sequence[str]) -> dict[str, dt.datetime]:
            rows = read_contacts("\n".join(lines).encode(), FileFormat.TAOBAO, started_on=DAY)
            return {row.record.external_id: row.record.started_at for row in rows if row.record}

        forwards, backwards = starts(dialogues), starts(dialogues[::-1])

        assert forwards == backwards
        assert len(set(forwards.values())) > 40
        assert min(forwards.values()) >= dt.datetime(2026, 11, 1, 0, tzinfo=dt.UTC)
        assert max(forwards.values()) < dt.datetime(2026, 11, 1, 16, tzinfo=dt.UTC)

    @pytest.mark.skipif(not DATA.is_dir(), reason=f"left out: no public data in {DATA} (set ZUOXI_DATA)")
    def test_the_published_ratios_come_out_as_ratios_of_totals(self) -> None:
        content = (DATA / "taobao_dialogues" / "makeup_eval.jsonl").read_bytes()
        records = [row.record for row in read_contacts(content, FileFormat.TAOBAO, started_on=DAY)]

        ratios = {}
        for satisfaction in (1, 3, 5):
            rated = [record for record in records if record and record.satisfaction == satisfaction]
            assert len(rated) == 118
            ratios[satisfaction] = round(
                sum(record.messages_out for record in rated) / sum(record.messages_in for record in rated), 3
            )

        assert ratios == {1: 0.930, 3: 1.192, 5: 1.093}


class TestAnyBytes:
    @given(st.binary(max_size=400), st.sampled_from(FileFormat))
    @example(b"\xef\xbb\xbf\xff", FileFormat.CSV)
    @example(b'{"external_id": ' + b"9" * 5000 + b"}", FileFormat.JSONL)
    @example(b"[" * 20_000, FileFormat.JSONL)
    @example(b'{"\\ud800": 1, "external_id": "\\udfff"}', FileFormat.JSONL)
    def test_no_bytes_make_the_reader_raise(self, content: bytes, file_format: FileFormat) -> None:
        for row in read_contacts(content, file_format, started_on=DAY):
            assert row.record or row.faults

    @given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=0, max_size=14))
    def test_no_cells_make_the_reader_raise_or_its_faults_unfit_to_store(self, cells: list[str]) -> None:
        for row in read_csv(",".join(cells)):
            for fault in row.faults:
                assert "\x00" not in json.dumps(dict(fault.params), ensure_ascii=False)
                json.dumps(dict(fault.params), ensure_ascii=False).encode()
                assert fault_sentence(fault.code, fault.column, fault.params, "zh")

    @given(
        st.dictionaries(
            st.sampled_from([*COLUMNS, "mood"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
                lambda inner: st.lists(inner, max_size=2),
                max_leaves=3,
            ),
        )
    )
    def test_no_json_value_makes_the_reader_raise(self, value: dict[str, object]) -> None:
        for row in read_jsonl(value):
            assert row.record or row.faults


def test_every_fault_has_its_sentence_in_both_languages() -> None:
    assert set(TEXTS) == set(FaultCode)
