// SPDX-License-Identifier: MIT
#include "shell/json.hpp"

#include "tests/support/fake_console.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Json) {
    test::FakeConsole console;
    shell::Json json{console};
};

TEST(Json, PutsCommasBetweenValuesAndNowhereElse) {
    json.open_object();
    json.key("free").number(12);
    json.key("none").open_array().close_array();
    json.key("blocks").open_array().number(1).number(2).open_object().close_object();
    json.number(3).close_array();
    json.key("last").boolean(true);
    json.close_object().end_line();

    CHECK_EQUAL(std::string{R"({"free":12,"none":[],"blocks":[1,2,{},3],"last":true})"} + "\n",
                console.take_output());
}

TEST(Json, WritesEveryKindOfValue) {
    json.open_array();
    json.number(18446744073709551615U).negative(1).millionths(5).millionths(2170005);
    json.text("a").boolean(false).null().close_array();

    CHECK_EQUAL(std::string{R"([18446744073709551615,-1,0.000005,2.170005,"a",false,null])"},
                console.take_output());
}

TEST(Json, WritesAKeyAndItsValueInOne) {
    json.open_object().number("a", 1).text("b", "c").boolean("d", false).close_object();

    CHECK_EQUAL(std::string{R"({"a":1,"b":"c","d":false})"}, console.take_output());
}

TEST(Json, EscapesWhatTheStandardAsksFor) {
    json.text("a\"b\\c\n\x01");

    CHECK_EQUAL(std::string{R"("a\"b\\c\u000a\u0001")"}, console.take_output());
}
