# SPDX-License-Identifier: MIT
"""Plants known bugs of concurrent code into copies of the sources, and has the explorer find each.

    python3 tests/planted/interleavings.py [NAME...]

A bug is pieces of text in a file, and what replaces them. A copy of the headers under
build/planted/ gets the bug, and the scenarios that must find it (tests/concurrency/) are compiled
against it; the rest is what `make test` has built. Prints after how many executions each was found.
Exit status 0 only if every bug is. That nothing is found without them is what `make test T=explore`
says; here nothing may be found with limits so small that scenarios reach them.
"""

import argparse
import sys
from pathlib import Path

from planting import Failure, changed, plant, try_all

sys.path.append("tools")
import explored

OUT = Path("build/planted")

TICKET = "kernel/ticket_lock.hpp"
TEST_AND_SET = "kernel/test_and_set_lock.hpp"
RANK = "kernel/lock_rank.hpp"
RING = "drivers/receive_ring.hpp"
CACHE = "kernel/mm/core_cache.hpp"
CURRENT = "kernel/mm/current_runs.hpp"
CACHED = "kernel/mm/cached_buddies.cpp"
SHARED = "kernel/mm/shared_buddies.cpp"

# Limits that no scenario would reach, and what they are then.
LOOKS = (CACHED, "kLooksAtATime = 2048;", "kLooksAtATime = 1;")
RUNS = (CACHED, "kRunsAtATime = 64;", "kRunsAtATime = 1;")
ENOUGH = (CACHED, "kEnough = 64;", "kEnough = 1;")
RETURNED = (CACHE, "kMostReturned = 256;", "kMostReturned = 1;")

# With these nothing is found: name, scenarios, and the limit as a change.
SOUND = [(f"{name}_{scenarios}", scenarios, *limit)
         for name, limit in (("one_look", LOOKS), ("one_run", RUNS), ("one_returned", RETURNED),
                             ("one_enough", ENOUGH))
         for scenarios in ("caches", "exhaustion", "handlers")]

# By the name of a bug: a limit that its scenarios have to reach.
LIMITS = {
    "answered_behind_a_part": LOOKS,
    "left_behind_a_part": LOOKS,
    "goes_on_where_it_was": LOOKS,
    "collected_and_not_listed": RETURNED,
}

# Name, scenarios, file, then old text (there exactly once) and new text, as often as need be.
BUGS = [
    # Who takes the lock next need not see what was written under it.
    ("relaxed_unlock", "locks", TICKET,
     "turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release",
     "turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed"),
    # Who takes the lock without a wait need not see what was written under it.
    ("relaxed_lock", "locks", TICKET,
     "if (turn_.load(std::memory_order_acquire) == mine) [[likely]] {",
     "if (turn_.load(std::memory_order_relaxed) == mine) [[likely]] {"),
    # Two cores draw the same number.
    ("lost_update_of_a_draw", "locks", TICKET,
     "drawn_.fetch_add(1, std::memory_order_relaxed);",
     "drawn_.load(std::memory_order_relaxed);\n"
     "        drawn_.store(mine + 1, std::memory_order_relaxed);"),
    # What its holder leaves behind is read when the next one has written it.
    ("released_before_the_write", "locks", TICKET,
     "        Machine::held().remove(*this, before_);\n"
     "        holder_.store(kNobody, std::memory_order_relaxed);\n",
     "        holder_.store(kNobody, std::memory_order_relaxed);\n",
     "+ 1, std::memory_order_release);\n",
     "+ 1, std::memory_order_release);\n        Machine::held().remove(*this, before_);\n"),
    # Two turns are given at once: one of two that wait is forgotten.
    ("skipped_turn", "locks", TICKET, "(std::memory_order_relaxed) + 1,", "(std::memory_order_relaxed) + 2,"),
    # Between the look and the taking somebody else takes it.
    ("double_take", "locks", TEST_AND_SET,
     "} while (taken_.exchange(kTaken, std::memory_order_acquire) != 0);",
     "} while (taken_.load(std::memory_order_acquire) != 0);\n"
     "        taken_.store(kTaken, std::memory_order_relaxed);"),
    # Who has waited need not see what was written under the lock.
    ("relaxed_taking_behind_a_wait", "locks", TEST_AND_SET,
     "} while (taken_.exchange(kTaken, std::memory_order_acquire) != 0);",
     "} while (taken_.exchange(kTaken, std::memory_order_relaxed) != 0);"),
    # It is free before what it protects has been written.
    ("relaxed_freeing", "locks", TEST_AND_SET,
     "taken_.store(0, std::memory_order_release);", "taken_.store(0, std::memory_order_relaxed);"),
    # A handler waits for whom it interrupted: between the draw and the mask, or before the turn has
    # been given.
    ("masked_behind_the_draw", "interrupts", TICKET,
     "        auto const mask = Machine::mask();\n", "",
     "            note_holder(mask);\n        } else {\n            wait_for(mine, mask);\n",
     "            note_holder(Machine::mask());\n        } else {\n"
     "            wait_for(mine, Machine::mask());\n"),
    ("unmasked_before_it_is_free", "interrupts", TEST_AND_SET,
     "        taken_.store(0, std::memory_order_release);\n        Machine::unmask(mask);\n",
     "        Machine::unmask(mask);\n        taken_.store(0, std::memory_order_release);\n"),
    # Locks of one rank are taken in any order.
    ("lock_order_inversion", "locks", RANK,
     "innermost_->rank() < lock.rank();", "innermost_->rank() <= lock.rank();"),
    # Who has a lock waits for it.
    ("self_deadlock", "locks", RANK,
     "return may ? nullptr : innermost_;",
     "return may || innermost_ == &lock ? nullptr : innermost_;"),
    # The reader is told of a word that is not there yet.
    ("told_before_it_is_written", "ring", RING,
     "        storage_[pushed & (capacity() - 1)] = word;\n"
     "        pushed_.store(pushed + 1, std::memory_order_release);\n",
     "        pushed_.store(pushed + 1, std::memory_order_release);\n"
     "        storage_[pushed & (capacity() - 1)] = word;\n"),
    # The place is free before the word in it was read.
    ("given_back_before_it_is_read", "ring", RING,
     "        std::uint16_t const word = storage_[popped & (capacity() - 1)];\n"
     "        popped_.store(popped + 1, std::memory_order_release);\n",
     "        popped_.store(popped + 1, std::memory_order_release);\n"
     "        std::uint16_t const word = storage_[popped & (capacity() - 1)];\n"),
    # The handler's counter is what it was when the reader looked.
    ("flag_read_relaxed", "ring", RING,
     "return pushed_.load(std::memory_order_acquire)", "return pushed_.load(std::memory_order_relaxed)"),
    # What two cores give back at once is one block.
    ("returned_without_the_lock", "caches", CACHED,
     "    kernel::Locked const locked{lock_};\n    std::uint64_t const run = lent_.number_of(first.raw());\n"
     "    if (put ==",
     "    std::uint64_t const run = lent_.number_of(first.raw());\n    if (put ==",
     "    answer_locked(mine);\n    if (run < lent_.count()) {",
     "    if (run < lent_.count()) {",
     "    return buddies_.free(first, order);\n",
     "    kernel::Locked const locked{lock_};\n    return buddies_.free(first, order);\n"),
    # The borrower takes a block out of its word meanwhile.
    ("put_into_the_word_of_another", "caches", CACHED,
     "    lent_.blocks(run).store(blocks & ~bit, std::memory_order_relaxed);\n"
     "    ++owner.returned_blocks_;\n    owner.returned_.set(run);\n",
     "    lent_.free(run).store(lent_.free(run).load(std::memory_order_relaxed) | (blocks & bit),\n"
     "                          std::memory_order_relaxed);\n"),
    # Who frees in another's run does as if it were his.
    ("home_to_anybodys_run", "caches", CACHE, "!current_.is_borrower(order.value(), lent_.borrower(number))", "!lent_.borrower(number)"),
    # What others gave back comes home once, and never again.
    ("collected_without_its_block", "caches", CACHED,
     "    lent_.blocks(run).store(all, std::memory_order_relaxed);\n    mine.returned_.erase",
     "    mine.returned_.erase"),
    ("collected_for_another_run", "caches", CACHED, "    if (borrower.is_current()) {\n        mine.current_.note_free(",
     "    if (false) {\n        mine.current_.note_free("),
    ("given_back_without_what_was_returned", "caches", CACHED, "        free |= take_returned(", "        take_returned("),
    ("given_back_whole_though_some_was_returned", "caches", CACHED,
     "    if (mine.returned_.test(run)) {\n        std::uint64_t const all", "    if (false) {\n        std::uint64_t const all"),
    ("given_back_whole_without_the_lock", "caches", CACHED,
     "    kernel::Locked const locked{lock_};\n    std::uint64_t const run = lent_.number_of(first.raw());\n",
     "    std::uint64_t const run = lent_.number_of(first.raw());\n",
     "    answer_locked(mine);\n    if (run < lent_.count()) {",
     "    kernel::Locked const locked{lock_};\n    answer_locked(mine);\n    if (run < lent_.count()) {"),
    # What two gave back at once is one block.
    ("counted_twice", "caches", CACHED, "unit_set::count(returned & ~kept)", "unit_set::count(returned)"),
    # It is free, and nobody finds it.
    ("collected_and_not_listed", "caches", CACHED,
     "    mine.partial_[order].set(run);\n    return free == all;\n", "    return free == all;\n"),
    # It is looked at once more when it is somebody else's.
    ("whole_for_ever", "caches", CACHED, "    if (mine.whole_ == run) {\n", "    if (false) {\n"),
    # What is free of the current run is free of it elsewhere, too.
    ("current_and_elsewhere", "caches", CACHED,
     "    lent_.free(run).store(0, std::memory_order_relaxed);\n", ""),
    # A run that somebody has blocks of is lent again.
    ("whole_at_any_rate", "caches", CACHED, "    return free == all;\n", "    return true;\n"),
    # The run before the current one is not its core's any more.
    ("forgotten_as_the_next_is_current", "caches", CACHED,
     "    lent_.note_borrower(run, borrower);\n", ""),
    # Of a run that has nothing a block is taken; one that has something is not found.
    ("emptied_and_listed", "caches", CACHE,
     "        if (left == 0) {\n            partial.erase(number);\n        }\n", ""),
    ("home_and_not_listed", "caches", CACHE,
     "        if (free == 0) {\n            partial(order).set(number);\n        }\n", ""),
    # A run that went home still gives blocks.
    ("given_back_and_kept", "caches", CACHED, "        mine.current_.note_free(order, 0);\n", ""),
    # A block that is kept comes home once more.
    ("taken_home_twice", "caches", CURRENT, "(((blocks(order) & ~now) >> position", "((blocks(order) >> position"),
    ("taken_home_twice_elsewhere", "caches", CACHE, "(blocks & ~free & bit) == 0", "(blocks & bit) == 0"),
    ("returned_twice", "caches", CACHED,
     "    lent_.blocks(run).store(blocks & ~bit, std::memory_order_relaxed);\n", ""),
    # A block of a run that is lent goes where its borrower does not look.
    ("freed_as_if_not_lent", "caches", CACHED,
     "if (Borrower const borrower = lent_.borrower(run)) {\n            return free_in_lent",
     "if (Borrower const borrower = lent_.borrower(run); borrower && false) {\n            return free_in_lent"),
    # What waits in it is forgotten by who takes it over.
    ("abandoned_though_something_waits", "caches", CACHED,
     "    if (mine.current_.blocks(order.value()) == unit_set::kAligned[order.value()]) {\n        borrower =", "    {\n        borrower ="),
    ("still_abandoned_though_something_waits", "caches", CACHED,
     "        lent_.note_borrower(run, owner.current_.borrower(borrower.order()));\n", ""),
    # Two have it: who has seen that it is abandoned, and who has taken it over by then.
    ("taken_over_by_two", "caches", CACHED,
     "    kernel::Locked const locked{lock_};\n    std::uint64_t const run = lent_.number_of(first.raw());\n"
     "    if (put ==",
     "    std::uint64_t const run = lent_.number_of(first.raw());\n"
     "    Borrower const seen = run < lent_.count() ? lent_.borrower(run) : Borrower{};\n"
     "    kernel::Locked const locked{lock_};\n    if (put ==",
     "if (Borrower const borrower = lent_.borrower(run)) {",
     "if (Borrower const borrower = seen.is_abandoned() ? seen : lent_.borrower(run)) {"),
    ("taken_again_without_the_lock", "caches", CACHE,
     "        if (number >= lent_.count() ||\n",
     "        if (Borrower const its = current_.borrower(order.value());\n"
     "            number < lent_.count() && lent_.borrower(number) == its.as_abandoned()) {\n"
     "            lent_.note_borrower(number, its);\n            --abandoned_;\n        }\n"
     "        if (number >= lent_.count() ||\n"),
    # Who has asked for all does not get what is freed then.
    ("taken_over_though_closed", "exhaustion", CACHED,
     "        if (closed_ == 0) {\n            return take_over", "        {\n            return take_over"),
    # Who has asked looks before all is given back.
    ("answered_before_it_is_drained", "caches", CACHED,
     "        drain_some_locked(mine);\n    }\n}\n",
     "        mine.is_asked_.store(false, std::memory_order_release);\n"
     "        drain_some_locked(mine);\n    }\n}\n"),
    ("answered_behind_a_part", "exhaustion", CACHED,
     "    if (mine.borrowed_ != 0 && mine.next_ < lent_.count()) {\n",
     "    if (mine.borrowed_ != 0 && mine.next_ < lent_.count()) {\n"
     "        mine.is_asked_.store(false, std::memory_order_release);\n"),
    # The rest waits for a message that nobody sends.
    ("left_behind_a_part", "exhaustion", SHARED, "if (left && !sharing", "if (left && false && !sharing"),
    # Behind where its core drains already something is borrowed.
    ("goes_on_where_it_was", "handlers", CACHED, "            cache.next_ = 0;\n", ""),
    ("answered_without_the_lock", "exhaustion", CACHED,
     "bool CachedBuddies::answer(CoreCache& mine) {\n    kernel::Locked const locked{lock_};\n",
     "bool CachedBuddies::answer(CoreCache& mine) {\n"),
    # What was drained is kept again before who has asked for it comes.
    ("borrowed_though_closed", "exhaustion", CACHED,
     "order.value() < CoreCache::kOrders && closed_ == 0;", "order.value() < CoreCache::kOrders;"),
    ("not_closed", "exhaustion", CACHED, "    ++closed_;\n", "",
     "    kernel::require(closed_ != 0, \"caches are opened as often as they were closed\");\n"
     "    --closed_;\n", ""),
    ("opened_before_the_last_look", "exhaustion", SHARED,
     "    CachesClosed const closed{this};\n", "    { CachesClosed const closed{this}; }\n"),
    # It is refused though another core has one.
    ("refused_without_closing", "exhaustion", SHARED, "    CachesClosed const closed{this};\n", ""),
    ("refused_without_asking", "exhaustion", CACHED, "        if (cache.borrowed_ != 0) {", "        if (false) {"),
    ("refused_without_waiting", "exhaustion", SHARED,
     "while ((called >> core & 1) != 0 && cached_.is_asked(core))", "while (false)"),
    # A handler comes between the look at the word and what is put there.
    ("allocates_unmasked", "handlers", SHARED,
     "    Pinned const pinned{sharing_.owners};\n    CoreCache& cache = cache_of(pinned);",
     "    unsigned const self = Pinned{sharing_.owners}.core();\n"
     "    CoreCache& cache = cached_.caches()[self];"),
    ("frees_unmasked", "handlers", SHARED,
     "    Pinned const pinned{sharing_.owners};\n    return cached_.free(cache_of(pinned),",
     "    unsigned const self = Pinned{sharing_.owners}.core();\n"
     "    return cached_.free(cached_.caches()[self],"),
]


def find(name, scenarios, *changes):
    """What scenarios find with these changes: of each a file, then old text and new text."""
    copy = plant(OUT / name, None)
    by_file = {}
    for file, *change in filter(None, changes):
        by_file.setdefault(file, []).extend(change)
    for file, change in by_file.items():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text(changed(file, *change), encoding="utf-8")
    try:
        return explored.finding(copy, scenarios)
    except explored.Failure as failure:
        raise Failure(failure) from None


def try_bug(bug):
    """(passed, what to print)"""
    name, scenarios, *change = bug
    found = find(name, scenarios, change, LIMITS.get(name, ()))
    if bug in SOUND:
        return not found, f"FAILED by {found[0]}: {found[1]}" if found else f"passes {scenarios}"
    if not found:
        return False, f"FAILED: not found by {scenarios}"
    return True, f"found after {found[2]} executions of `{found[0]}`: {found[1]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names
    chosen = [bug for bug in SOUND + BUGS if not names or bug[0] in names]
    return try_all("interleavings", try_bug, chosen)


if __name__ == "__main__":
    sys.exit(main())
