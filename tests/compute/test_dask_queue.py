"""What is said where a job asks for more than there is."""

from __future__ import annotations

import pytest

from dsinfra_jlab.compute.engines.dask_queue import Machine, Need, Queue
from dsinfra_jlab.domain.exceptions import Impossible


@pytest.mark.parametrize(
    ("need", "said"),
    [
        (Need(gpus=1), "asks for 1 GPU, and the target has no GPUs."),
        (Need(cpus=4), "asks for 4 processors, and the target has 1 processor."),
        (
            Need(memory_bytes=2**33),
            "asks for 8.59 GB of memory, and the target has 8 GB of memory.",
        ),
        (
            Need(memory_bytes=8_000_000_001),
            "asks for 8 GB of memory, and the target has 8 GB of memory, 1 byte less.",
        ),
    ],
)
def test_too_much_is_said_as_people_say_it(need: Need, said: str) -> None:
    with pytest.raises(Impossible) as refused:
        Queue(Machine(1, 8_000_000_000, 0)).check(need)
    assert said in refused.value.message
