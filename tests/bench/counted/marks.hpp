// SPDX-License-Identifier: MIT
#pragma once

// Numbers of hints that no architecture gives a meaning to. Macros, for the assembler reads them
// too: probe.cpp and calls.S.
#define MARK_ALLOCATE 96
#define MARK_FREE 97
#define MARK_BEGIN 98
#define MARK_END 99
#define MARK_REPORT 100
