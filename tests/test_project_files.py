"""The files around the code: links that lead somewhere, and settings of tools that fit together."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import ROOT

MAX_COLUMNS = 100

WRITTEN_BY_PROGRAMS = {"benchmarks/results.md"}
"""Markdown that nobody wraps by hand."""

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]*`")
MAKE = re.compile(r"\bmake[ \t]+([a-z][a-z-]*)")

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def markdown_files() -> list[str]:
    """Markdown of the project by its path, hidden folders and environments apart."""
    tops = [path for path in ROOT.iterdir() if not path.name.startswith(".")]
    found = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.suffix == ".md")


def parsed(path: Path) -> Any:  # noqa: ANN401 - any YAML
    return yaml.safe_load(path.read_text("utf-8"))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))


def prose(text: str) -> str:
    """Text with every fenced block as empty lines, so that line numbers stay."""
    return FENCED.sub(lambda block: "\n" * block.group().count("\n"), text)


def links_of(text: str) -> list[str]:
    return LINK.findall(INLINE_CODE.sub("", prose(text)))


def wide_lines(text: str) -> list[int]:
    """Lines of prose that could be wrapped and are not: no table, and no single long link."""
    return [
        number
        for number, line in enumerate(prose(text).splitlines(), start=1)
        if len(line) > MAX_COLUMNS
        and not line.lstrip().startswith("|")
        and len(LINK.sub("", line)) > MAX_COLUMNS - len("[]()")
    ]


def anchors_of(text: str) -> set[str]:
    """What a link after # may name: the headings, as hosting sites write them."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# ---------------------------------------------------------------- what the helpers see


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see [a](b.md) and ![c](d.png)", ["b.md", "d.png"]),
        ("`[a](b.md)`", []),
        ("```\n[a](b.md)\n```\n[c](d.md)", ["d.md"]),
    ],
    ids=["link and picture", "inline code", "fenced code"],
)
def test_links_are_found_outside_of_code(text: str, links: list[str]) -> None:
    assert links_of(text) == links


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x" * 100, []),
        ("short\n" + "x" * 101, [2]),
        ("| " + "x" * 101 + " |", []),
        ("```\n" + "x" * 101 + "\n```\n" + "x" * 101, [4]),
        (f"[a]({'x' * 101})", []),
        (f"[a]({'x' * 101}) {'word ' * 30}", [1]),
    ],
    ids=["fits", "too wide", "table", "fenced code", "long link", "text beside a link"],
)
def test_wide_lines_are_those_that_could_be_wrapped(text: str, lines: list[int]) -> None:
    assert wide_lines(text) == lines


# ---------------------------------------------------------------- Markdown


@pytest.mark.parametrize("name", markdown_files())
def test_relative_links_lead_to_files_and_headings(name: str) -> None:
    path = ROOT / name
    broken = []
    for link in links_of(path.read_text("utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue  # an address on the network
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if not target.is_file() or (anchor and anchor not in anchors_of(target.read_text("utf-8"))):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("name", [n for n in markdown_files() if n not in WRITTEN_BY_PROGRAMS])
def test_prose_is_wrapped(name: str) -> None:
    assert not wide_lines((ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("name", markdown_files())
def test_make_targets_in_the_documentation_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    typed = [
        target
        for code in re.findall(r"`(make [^`]+)`|^\$ (make .+)$", text, re.MULTILINE)
        for target in MAKE.findall("".join(code))
    ]
    assert not set(typed) - make_targets()


# ---------------------------------------------------------------- tools


def test_every_make_target_is_explained_by_make_help() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", text, re.MULTILINE))
    phony = re.search(r"^\.PHONY:(.*)$", text, re.MULTILINE)
    assert phony is not None
    assert explained == make_targets() == set(phony.group(1).split())


def test_hooks_run_pinned_tools_through_the_project() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    (repository,) = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        script, tool, *_ = shlex.split(hook["entry"])
        assert (ROOT / script).is_file()
        assert tool in pinned


@pytest.mark.skipif(os.name == "nt", reason="bash of Windows may be that of another system")
def test_a_tool_that_is_not_installed_is_answered_with_what_to_do() -> None:
    command = ["bash", ".ci/tool", "no-such-tool"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "make lint" in done.stderr


def test_there_are_workflows_and_issue_forms() -> None:
    assert WORKFLOWS
    assert FORMS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_steps_of_a_workflow_run_what_there_is(path: Path) -> None:
    workflow = parsed(path)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    actions = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action) for action in actions)
    commands = [step["run"] for step in steps if "run" in step]
    for command in commands:
        assert not set(MAKE.findall(command)) - make_targets()
        assert all((ROOT / script).is_file() for script in re.findall(r"\.ci/\w+", command))


def test_a_workflow_runs_all_that_a_change_has_to_pass() -> None:
    assert ".ci/run" in (ROOT / ".github/workflows/test.yml").read_text("utf-8")


def test_the_workflow_tries_every_python_that_the_package_names() -> None:
    matrix = parsed(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    named = re.findall(r"Python :: (3\.\d+)", " ".join(project()["classifiers"]))
    assert matrix["python"] == named


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_fields_of_an_issue_form_are_told_apart(path: Path) -> None:
    form = parsed(path)
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def test_the_citation_is_that_of_this_version() -> None:
    citation = parsed(ROOT / "CITATION.cff")
    assert str(citation["version"]) == project()["version"]
    assert citation["license"] == project()["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in project()["authors"]
    ]
