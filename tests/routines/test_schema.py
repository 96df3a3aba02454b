"""The schemas that editors use say the same as the loader, and the page on writing a routine is true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from routines.faults import RoutineFaults, report
from routines.load import SHAPES, read_advice, read_routine, routine_ids
from routines.model import Barrier, Posture, Sides
from routines.phrases import load_phrases
from routines.rules import check_text
from tests.routines.samples import ADVICE, ROUTINE, Spoilt
from tests.routines.test_load import SPOILT

LIBRARY = Path(__file__).parents[2] / "routines" / "library"
SCHEMAS: dict[str, dict[str, Any]] = {
    name: json.loads((LIBRARY / f"{name}.schema.json").read_text(encoding="utf-8"))
    for name in ("routine", "advice")
}


def table(name: str) -> dict[str, Any]:
    """Return a table's part of the schema it belongs to."""
    if name in SCHEMAS:
        return SCHEMAS[name]
    found: dict[str, Any] = (SCHEMAS["routine"]["$defs"] | SCHEMAS["advice"]["$defs"])[name]
    return found


def accepts(text: str) -> bool:
    schema = SCHEMAS["advice" if "topics:" in text else "routine"]
    return bool(Draft202012Validator(schema).is_valid(yaml.safe_load(text)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", SHAPES)
def test_schema_and_loader_know_the_same_names(name: str) -> None:
    assert set(SHAPES[name].names) == set(table(name)["properties"])


@pytest.mark.parametrize("name", SHAPES)
def test_schema_and_loader_require_the_same_names(name: str) -> None:
    assert set(SHAPES[name].required) == set(table(name)["required"])


@pytest.mark.parametrize("name", SHAPES)
def test_no_other_name_may_stand_in_a_table(name: str) -> None:
    assert table(name)["additionalProperties"] is False


@pytest.mark.parametrize("name", SHAPES)
def test_every_name_is_explained_to_the_author(name: str) -> None:
    if name != "dose":
        assert all(part.get("description") for part in table(name)["properties"].values())


def test_schema_and_model_have_the_same_choices() -> None:
    exercise, alternative, hold = (table(name)["properties"] for name in ("exercise", "alternative", "hold"))

    assert list(Posture) == exercise["posture"]["enum"]
    assert set(Barrier) == set(alternative["instead_of"]["items"]["enum"])
    assert set(Sides) == set(hold["sides"]["enum"])


@pytest.mark.parametrize("name", [*routine_ids(), "advice"])
def test_the_library_fits_its_schema(name: str) -> None:
    assert accepts((LIBRARY / "en" / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", [ROUTINE, ADVICE], ids=["routine", "advice"])
def test_good_files_fit(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize(
    "spoilt", [spoilt for spoilt in SPOILT if spoilt.by_schema], ids=lambda spoilt: spoilt.code
)
def test_what_the_schema_refuses_the_loader_refuses(spoilt: Spoilt) -> None:
    assert not accepts(spoilt.text)
    with pytest.raises(RoutineFaults):
        (read_advice if spoilt.good == ADVICE else read_routine)(spoilt.text, "x")


PAGE = (LIBRARY.parents[1] / "docs" / "writing-a-routine.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """Return the code blocks of one kind in the page on writing a routine."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def checked(text: str) -> str:
    """Return what the page must show for a check of a text."""
    lines = report("shoulders.yaml", check_text(text, "shoulders.yaml"), load_phrases())
    return "\n".join(("$ steady check shoulders.yaml", *lines, ""))


def test_the_example_on_the_page_is_a_routine_without_fault() -> None:
    (example,) = [block for block in blocks("yaml") if block.startswith("format: 1")]

    assert check_text(example, "shoulders.yaml") == ()
    assert example == ROUTINE
    assert checked(example) in blocks("console")


def test_the_faults_of_form_on_the_page_are_what_the_check_says() -> None:
    text = ROUTINE.replace("posture: chair", "posture: bench", 1).replace("breathing:", "breating:", 1)

    assert checked(text.replace("8-12", "a few")) in blocks("console")


def test_the_broken_rules_on_the_page_are_what_the_check_says() -> None:
    text = ROUTINE.replace("15-30", "15-90").replace("the arm I name", "your left arm", 1)
    text = text.replace("then push yourself back", "then jump back")

    assert checked(text.replace("and nothing sharp.", "nothing sharp (see leaflet).")) in blocks("console")


def test_every_dose_on_the_page_can_be_read() -> None:
    doses = [block for block in blocks("yaml") if block.startswith("dose:")]
    place = "dose:\n      hold: {seconds: 15-30, repeats: 2, sides: each}\n"

    assert len(doses) == len(table("dose")["properties"])
    for dose in doses:
        text = ROUTINE.replace(place, dose.replace("\n", "\n    ") + "\n")
        assert type(read_routine(text, "x").exercises[0].dose).__name__.lower() in dose


@pytest.mark.parametrize("name", ["routine", "exercise"])
def test_every_name_is_on_the_page(name: str) -> None:
    assert [field for field in SHAPES[name].names if f"| `{field}` |" not in PAGE] == []
