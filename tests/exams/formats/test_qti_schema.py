"""The export against the schema of QTI 2.2, where it is at hand: IMS lets nobody else pass it on."""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from exams.bank import shipped_bank
from exams.formats.exporting import export_items
from exams.formats.qti_writer import write_qti_package

DATA = Path(os.environ.get("ZUOXI_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
SCHEMAS = DATA / "qti"
NEEDED = SCHEMAS / "xsd22" / "imsqti_v2p2.xsd"
# The schema for accessibility is not part of QTI; its one element is all that is asked of it.
APIP = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://www.imsglobal.org/xsd/apip/apipv1p0/imsapip_qtiv1p0">
 <xs:element name="apipAccessibility"/></xs:schema>"""


def load_schema() -> Any:
    etree: Any = importlib.import_module("lxml.etree")
    files = {path.name: path for path in SCHEMAS.rglob("*.xsd") if "mathml2" not in path.parts}

    class Local(etree.Resolver):  # type: ignore[misc] # lxml has no types
        def resolve(self, url: str, _public: str, context: Any) -> Any:
            name = url.rpartition("/")[2]
            if name.startswith("apip"):
                return self.resolve_string(APIP, context)
            if "mathml2" in url:
                path = SCHEMAS / "xsd_w3" / url[url.index("mathml2") :]
                return self.resolve_filename(str(path if path.is_file() else files[name]), context)
            return self.resolve_filename(str(files[name]), context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(str(NEEDED), parser))


@pytest.mark.skipif(not NEEDED.is_file(), reason=f"left out: no schema of QTI in {DATA} (set ZUOXI_DATA)")
@pytest.mark.skipif(importlib.util.find_spec("lxml") is None, reason="left out: lxml is not installed")
def test_every_item_and_the_test_of_an_export_are_valid() -> None:
    etree: Any = importlib.import_module("lxml.etree")
    schema = load_schema()
    entries, _ = export_items(shipped_bank().current)
    content = write_qti_package(entries)
    faults = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist() if name != "imsmanifest.xml"]
        for name in names:
            if not schema.validate(etree.fromstring(package.read(name))):
                faults.append(f"{name}: {schema.error_log.last_error}")

    assert faults == []
    assert len(names) > 300
    assert write_qti_package(entries) == content
