from __future__ import annotations

import pytest

from cardprint.errors import StateError
from cardprint.model import CardPosition
from cardprint.simulation import World


def make_world(blanks: int = 10) -> World:
    world = World()
    world.install("P1", hopper_size=5)
    world.deliver(blanks)
    return world


def print_one(world: World, attempt_id: str) -> int:
    number = world.pick("P1")
    assert number is not None
    world.begin_print(number, attempt_id, ("face",))
    world.end_print(number)
    world.transport(number, "P1", CardPosition.OUTPUT)
    return number


def test_a_delivery_lies_in_the_vault_and_remembers_its_batch_and_kind() -> None:
    world = make_world(3)

    assert world.deliver(2, "chip") == 2

    assert world.places()["vault"] == world.created == 5
    assert [(card.batch, card.kind) for card in world.cards.values()] == [(1, "standard")] * 3 + [(2, "chip")] * 2


def test_blanks_leave_a_hopper_in_the_order_in_which_they_came_into_it() -> None:
    world = make_world()
    world.load("P1", 3)

    assert [world.pick("P1") for _ in range(4)] == [1, 2, 3, None]


def test_a_hopper_takes_no_more_than_it_holds() -> None:
    world = make_world()
    world.load("P1", 4)

    with pytest.raises(StateError, match="room for 1"):
        world.load("P1", 2)

    assert world.places()["hopper:P1"] == 4


def test_the_vault_gives_only_the_kind_that_is_asked_for() -> None:
    world = make_world(1)
    world.deliver(1, "chip")

    with pytest.raises(StateError, match="holds 1 blanks of kind chip, not 2"):
        world.load("P1", 2, "chip")
    world.load("P1", 1, "chip")

    front = world.front("hopper:P1")
    assert front is not None
    assert front.kind == "chip"


def test_unloading_gives_all_blanks_back_unless_told_how_many() -> None:
    world = make_world()
    world.load("P1", 5)

    assert world.unload("P1", 2) == 2
    assert world.unload("P1") == 3
    assert world.places()["vault"] == 10
    with pytest.raises(StateError, match="holds 0 blanks"):
        world.unload("P1", 1)


def test_a_card_is_good_only_once_it_is_whole_and_out() -> None:
    world = make_world()
    world.load("P1", 1)
    number = world.pick("P1")
    assert number is not None
    seen = [world.printed]
    world.begin_print(number, "a1")
    seen.append(world.printed)
    world.end_print(number)
    seen.append(world.printed)
    world.transport(number, "P1", CardPosition.OUTPUT)
    seen.append(world.printed)
    world.empty_tray("P1")
    seen.append(world.printed)

    assert seen == [0, 0, 0, 1, 1]
    assert world.cards[number].prints[0].attempt_id == "a1"


def test_a_whole_card_in_the_reject_bin_is_not_good() -> None:
    world = make_world()
    world.load("P1", 1)
    number = world.pick("P1")
    assert number is not None
    world.begin_print(number, "a1")
    world.end_print(number)
    world.transport(number, "P1", CardPosition.REJECT)

    assert world.good_cards() == {}
    assert world.empty_bin("P1") == 1
    assert world.places()["box"] == 1


def test_the_tally_counts_cards_by_the_request_behind_the_attempt() -> None:
    world = make_world()
    world.load("P1", 4)
    for attempt_id in ("a1", "a2", "b1", "stranger"):
        print_one(world, attempt_id)

    tally = world.account({"a1": "A", "a2": "A", "b1": "B"})

    assert (tally.printed, tally.doubled, tally.lost) == (4, 1, 1)


def test_two_cards_of_one_attempt_are_one_too_many() -> None:
    world = make_world()
    world.load("P1", 2)
    print_one(world, "a1")
    print_one(world, "a1")

    assert world.good_cards() == {"a1": 2}
    assert world.account(lambda attempt_id: attempt_id).doubled == 1


def test_a_card_that_vanishes_is_lost() -> None:
    world = make_world()
    world.load("P1", 2)

    world.vanish("hopper:P1")

    assert world.lost == world.account({}).lost == 1


def test_blanks_can_go_back_to_the_supplier() -> None:
    world = make_world()

    world.send_back(4)

    assert (world.places()["supplier"], world.places()["vault"], world.lost) == (4, 6, 0)


def test_a_world_written_down_is_the_same_world() -> None:
    world = make_world()
    world.load("P1", 3)
    print_one(world, "a1")

    again = World(world.state())
    again.install("P1", hopper_size=5)

    assert again.places() == world.places()
    assert again.good_cards() == {"a1": 1}
    assert again.pick("P1") == 2
    assert again.deliver(1) == 2
