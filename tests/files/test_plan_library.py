"""The folder of plan files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import BadPlan, NotFound
from bot.files.plan_library import PlanDirectory

PLAN = "plan: {name}\ntitle: {title}\nphases: [{{name: A, soak: 5m}}]\n"


def write(folder: Path, name: str, title: str = "A plan") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(PLAN.format(name=name, title=title))
    return file


def test_the_plans_of_a_folder_are_named_like_their_files(tmp_path: Path) -> None:
    write(tmp_path, "checkout")
    write(tmp_path, "a-search")
    (tmp_path / "plan.schema.json").write_text("{}")
    (tmp_path / "Not_A_Plan.yaml").write_text("")
    assert PlanDirectory(tmp_path).names() == ("a-search", "checkout")
    assert PlanDirectory(tmp_path).load("checkout").title == "A plan"


def test_a_folder_that_is_not_there_has_no_plans(tmp_path: Path) -> None:
    directory = PlanDirectory(tmp_path / "none")
    assert directory.names() == ()
    with pytest.raises(NotFound):
        directory.load("checkout")


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(tmp_path: Path) -> None:
    write(tmp_path, "checkout")
    with pytest.raises(NotFound) as refusal:
        PlanDirectory(tmp_path).load("chekout")
    assert refusal.value.hints == ("Did you mean checkout?",)


def test_a_name_like_no_other_is_answered_with_the_list(tmp_path: Path) -> None:
    write(tmp_path, "checkout")
    with pytest.raises(NotFound) as refusal:
        PlanDirectory(tmp_path).load("zzz")
    assert refusal.value.hints == ("There are: checkout.",)


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/b", "..", "", "A", "a\0b", "a.yaml", "a\n", "x" * 5000]
)
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, "secret")
    (tmp_path / "plans").mkdir()
    with pytest.raises(NotFound):
        PlanDirectory(tmp_path / "plans").load(name)


def test_a_file_that_stays_the_same_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "checkout")
    directory = PlanDirectory(tmp_path)
    assert directory.load("checkout") is directory.load("checkout")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = write(tmp_path, "checkout")
    directory = PlanDirectory(tmp_path)
    before = directory.load("checkout")
    write(tmp_path, "checkout", "Another title")
    os.utime(file, ns=(1, 1))
    after = directory.load("checkout")
    assert after.title == "Another title"
    assert after.digest != before.digest


def test_a_plan_named_differently_from_its_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "checkout").rename(tmp_path / "basket.yaml")
    with pytest.raises(BadPlan) as refusal:
        PlanDirectory(tmp_path).load("basket")
    assert "expected `basket`, the name of the file" in str(refusal.value.problems[0])


def test_knowing_the_folder_needs_no_yaml_and_no_pydantic() -> None:
    code = "import sys, bot.files.plan_library; print([name for name in ('yaml', 'pydantic') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
