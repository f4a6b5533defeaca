"""A part of the training groups: smaller parts are in larger ones, and val and test stay."""

import re
from pathlib import Path

import numpy as np
import pytest
from places import DEMO
from slow import quick_if

from splitlib.commands.main import main
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.split.partition import Partition, make_partition

SHARES = (0.01, 0.1, 0.25, 0.5, 0.9, 1)
SETTINGS: dict[str, dict[str, object]] = {
    "blocks": {},
    "videos": {"groups": "video", "fractions": {"train": 0.5, "val": 0.25, "test": 0.25}},
    "stable": {"assignment": "stable"},
    "chronological": {"assignment": "chronological"},
    "a fold": {"fold": 1, "n_folds": 4},
}


def partition_of(share: float, **settings: object) -> Partition:
    params = SplitParams(train_share=share, **settings)  # type: ignore[arg-type]
    return make_partition(Labels.load(DEMO), LabelsParams(), params)


@pytest.mark.filterwarnings("ignore:split.fractions")
@pytest.mark.parametrize("name", quick_if(("blocks", "chronological").__contains__, SETTINGS))
def test_each_share_holds_the_smaller_ones(name: str) -> None:
    settings = SETTINGS[name]
    whole = partition_of(1, **settings)
    assert "train_share" not in whole.excluded
    smaller: set[int] = set()
    for share in SHARES:
        found = partition_of(share, **settings)
        train = set(found.splits["train"].tolist())
        assert smaller <= train
        assert train
        for held_out in ("val", "test"):
            np.testing.assert_array_equal(found.splits[held_out], whole.splits[held_out])
        left_out = found.excluded.get("train_share", np.zeros(0, np.int64))
        assert train | set(left_out.tolist()) == set(whole.splits["train"].tolist())
        smaller = train


def test_shares_of_single_frames_are_as_asked() -> None:
    whole = len(partition_of(1, groups="frame", gap=0).splits["train"])
    for share in SHARES:
        n = len(partition_of(share, groups="frame", gap=0).splits["train"])
        assert n == int(np.ceil(share * whole))


def test_groups_stay_whole_and_are_counted() -> None:
    found = partition_of(0.3, gap=0)
    labels = Labels.load(DEMO)
    block = labels.moments.time // 50 + 1000 * labels.moments.recording
    train, spare = found.splits["train"], found.excluded["train_share"]
    assert not set(block[train].tolist()) & set(block[spare].tolist())
    assert found.n_groups["train"] == len(set(block[train].tolist()))


def test_what_is_left_out_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    splits = str(tmp_path / "splits")
    assert main(["split", str(DEMO), splits, "--train-share", "0.25"]) == 0
    assert "272 that would train, beyond split.train_share" in capsys.readouterr().out
    assert main(["audit", str(DEMO), splits, "--no-images"]) == 0
    assert "0 of 441 examples are in no split without a reason" in capsys.readouterr().out
    assert main(["verify", str(DEMO), splits]) == 0


def test_a_lock_and_a_share_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match="train_share leaves out frames that lock would keep"):
        partition_of(0.5, lock=str(tmp_path))


def test_the_audit_sees_frames_that_are_lost_beside_the_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    splits = tmp_path / "splits"
    assert main(["split", str(DEMO), str(splits), "--train-share", "0.97"]) == 0
    test = Labels.load(splits / "test.slp")
    test.extract(range(4)).save(splits / "test.slp")
    capsys.readouterr()
    main(["audit", str(DEMO), str(splits), "--no-images"])
    assert re.search(r"warn +complete +\d+ of 441 examples", capsys.readouterr().out)
