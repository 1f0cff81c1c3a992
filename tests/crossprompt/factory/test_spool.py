"""What came once can be looked at again."""

from __future__ import annotations

from crossprompt.factory.spool import Spool
from tests.crossprompt.factory.corpus_files import make_dialogue


def test_every_look_gives_the_same_dialogues_and_the_source_is_read_once():
    dialogues = [make_dialogue(number, 4) for number in range(5)]
    taken = []

    def source():
        for dialogue in dialogues:
            taken.append(dialogue.dialogue_id)
            yield dialogue

    with Spool(source()) as spool:
        assert [list(spool) for _ in range(3)] == [dialogues] * 3
    assert len(taken) == 5


def test_nothing_may_be_in_it():
    with Spool([]) as spool:
        assert [list(spool), list(spool)] == [[], []]
