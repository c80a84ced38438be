// SPDX-License-Identifier: MIT
#include "shell/completion/completion.hpp"

#include "shell/completion/usage_items.hpp"

#include "tests/support/device_trees.hpp"
#include "tests/support/fake_machine.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Completion) {
    test::FakeMachine fake;

    std::string list(std::string_view line) {
        return std::string{shell::complete(fake.machine, line).list()};
    }

    void hold(std::uint64_t frame, std::string_view tag) {
        mm::FrameNumber const first{frame};
        fake.holdings.add(
            {
                {first, first + 1},
                mm::ZoneId::Early
        },
            true, tag.empty() ? shell::Tag{} : *shell::Tag::from(tag));
    }
};

TEST(Completion, OffersCommandsWhereOneMayStand) {
    CHECK_EQUAL(std::string{"uptime "}, list("up"));
    CHECK_EQUAL(std::string{"uptime "}, list("echo a;  up"));
    CHECK_EQUAL(std::string{"uptime "}, list("help up"));
    CHECK_EQUAL(std::string{}, list("echo up"));
    CHECK_EQUAL(std::string{}, list("nonsense "));
}

TEST(Completion, OffersTheWordsOfTheUsage) {
    CHECK_EQUAL(std::string{"on off "}, list("color "));
    CHECK_EQUAL(std::string{"off "}, list("color of"));
    CHECK_EQUAL(std::string{"--json "}, list("zones -"));
}

TEST(Completion, OffersTheValuesOfAnOptionOnlyBehindIt) {
    CHECK_EQUAL(std::string{"early late "}, list("alloc -n 3 -z "));
    CHECK_EQUAL(std::string{}, list("alloc e"));
    STRCMP_CONTAINS("-z ", list("alloc -").c_str());
    STRCMP_CONTAINS("-d ", list("alloc -").c_str());
    CHECK_EQUAL(std::string{"early late "}, list("alloc -d -z "));
    CHECK_EQUAL(std::string{}, list("alloc -n "));
}

TEST(Completion, OffersWhatTheShellHolds) {
    CHECK_EQUAL(std::string{"-t all "}, list("free "));

    hold(1, "rx");
    hold(2, "");
    hold(3, "rx");

    CHECK_EQUAL(std::string{"#1 #2 #3 "}, list("free #1 #"));
    CHECK_EQUAL(std::string{"rx "}, list("free -t "));
    CHECK_EQUAL(std::string{"#1 #2 #3 -t all "}, list("free "));
}

TEST(Completion, OffersPathsOfTheDeviceTree) {
    CHECK_EQUAL(std::string{"/cpus/ "}, list("dt /cp"));
    CHECK_EQUAL(std::string{"/cpus/cpu@0 /cpus/cpu@1 /cpus/cpu@2 /cpus/cpu@3 "}, list("dt /cpus/"));
    CHECK_EQUAL(std::string{}, list("dt /nothing/"));
    CHECK_EQUAL(std::string{}, list("dt cpus"));
    STRCMP_CONTAINS("/soc/ ", list("dt ").c_str());
}

TEST(Completion, OffersEveryCandidateOnceAndKnowsWhatTheyShare) {
    shell::Candidates candidates{"a"};
    CHECK(candidates.empty());
    candidates.offer("abcd");
    candidates.offer("xyz");
    candidates.offer("abcd");
    CHECK(candidates.is_single());
    CHECK_EQUAL(std::string{"abcd"}, std::string{candidates.common()});
    candidates.offer("abd");
    candidates.offer("abcd");
    CHECK(!candidates.is_single());
    CHECK_EQUAL(std::string{"ab"}, std::string{candidates.common()});
    CHECK_EQUAL(std::string{"abcd abd "}, std::string{candidates.list()});
}

TEST(Completion, IsNotSingleWhereOneCandidateBeginsTheOther) {
    shell::Candidates longer_first{""};
    longer_first.offer("abc");
    longer_first.offer("ab");
    CHECK(!longer_first.is_single());
    shell::Candidates shorter_first{""};
    shorter_first.offer("ab");
    shorter_first.offer("abc");
    CHECK(!shorter_first.is_single());
    shell::Candidates nothing_shared{""};
    nothing_shared.offer("ab");
    nothing_shared.offer("cd");
    CHECK(!nothing_shared.empty() && nothing_shared.common().empty());
}

TEST(Completion, OffersOnlyWhatCanBeTypedAsOneWord) {
    shell::Candidates candidates{""};
    for (char const* const word : {"", "a b", "a;b", "a\"b", "a\x7f", "a\tb"}) {
        candidates.offer(word);
        CHECK_TEXT(candidates.empty(), word);
    }
    CHECK(!candidates.is_single());
    CHECK(candidates.common().empty());
    for (std::string const& word :
         {std::string{"!"}, std::string{"<"}, std::string{"~"}, std::string(256, 'a')}) {
        shell::Candidates one{""};
        one.offer(word);
        CHECK_TEXT(one.is_single(), word.c_str());
        CHECK_TEXT(one.common() == word, word.c_str());
    }
    candidates.offer(std::string(257, 'a'));
    CHECK(candidates.empty());
}

TEST(Completion, StaysManyWhenTheLastIsWhatAllShare) {
    shell::Candidates candidates{""};
    candidates.offer("abc");
    candidates.offer("abd");
    candidates.offer("ab");
    CHECK(!candidates.is_single());
    CHECK_EQUAL(std::string{"ab"}, std::string{candidates.common()});
}

TEST(Completion, FillsTheListToItsLastByte) {
    shell::Candidates full{""};
    shell::Candidates cut{""};
    for (char letter = 'a'; letter < 'g';
         ++letter) {  // Six times 199 letters and a blank are 1200.
        full.offer(letter + std::string(198, 'x'));
        cut.offer(letter + std::string(letter == 'f' ? 199 : 198, 'x'));
    }
    CHECK(full.is_list_complete());
    UNSIGNED_LONGS_EQUAL(1200, full.list().size());
    CHECK(!cut.is_list_complete());
    UNSIGNED_LONGS_EQUAL(1000, cut.list().size());
}

TEST(Completion, SaysWhenTheListIsCutOff) {
    shell::Candidates candidates{""};
    for (unsigned i = 0; i < 1000; ++i) {
        candidates.offer("#" + std::to_string(i));
    }
    CHECK(!candidates.is_list_complete());
    CHECK_EQUAL(std::string{"#"}, std::string{candidates.common()});
}

namespace {

std::string items_of(std::string_view usage) {
    std::string text;
    for (shell::UsageItems items{usage}; auto const item = items.next();) {
        std::string const word{item->text};
        text += item->option.empty() ? "" : std::string{item->option} + "=";
        text += item->is_kind ? "<" + word + "> " : word + " ";
    }
    return text;
}

}  // namespace

TEST_GROUP(UsageItems){};

TEST(UsageItems, AreWordsKindsAndValuesOfOptions) {
    CHECK_EQUAL(std::string{}, items_of(""));
    CHECK_EQUAL(std::string{"on off "}, items_of("on|off"));
    CHECK_EQUAL(std::string{"-z -z=early -z=late -n -n=<count> <order> <size> "},
                items_of("[-z early|late] [-n <count>] <order|size>"));
    CHECK_EQUAL(std::string{"<#handle> <address> -t -t=<tag> all "},
                items_of("<#handle|address> ... | -t <tag> | all"));
    CHECK_EQUAL(std::string{"<word> "}, items_of("[<word> ...]"));
    CHECK_EQUAL(std::string{"-p -b -h <address> --json "},
                items_of("[-p] [-b|-h] <address> [--json]"));
    CHECK_EQUAL(std::string{"soak <operations> <seed> "}, items_of("[soak <operations> [<seed>]]"));
}

TEST(Completion, OffersNoPathsBeyondDamageInTheTree) {
    using test::TreeBuilder;
    test::Blob const in_properties = TreeBuilder{}.begin("").flag("p").token(7).blob();
    test::Blob const in_child =
        TreeBuilder{}.begin("").begin("one").end().begin("two").token(7).blob();
    test::Blob const behind = TreeBuilder{}.begin("").begin("one").end().unended_blob();

    fake.tree = *kernel::DeviceTree::open(in_properties.bytes());
    CHECK_EQUAL(std::string{}, list("dt /"));
    fake.tree = *kernel::DeviceTree::open(in_child.bytes());
    CHECK_EQUAL(std::string{"/one /two "}, list("dt /"));
    fake.tree = *kernel::DeviceTree::open(behind.bytes());
    CHECK_EQUAL(std::string{"/one "}, list("dt /"));
}

TEST(Completion, OffersNoPathThatIsTooLong) {
    test::Blob const blob = test::TreeBuilder{}
                                .begin("")
                                .begin(std::string(300, 'a'))
                                .end()
                                .begin("b")
                                .flag("p")
                                .end()
                                .end()
                                .blob();
    fake.tree = *kernel::DeviceTree::open(blob.bytes());

    CHECK_EQUAL(std::string{"/b "}, list("dt /"));
}
