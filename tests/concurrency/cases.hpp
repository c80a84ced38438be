// SPDX-License-Identifier: MIT
#pragma once

namespace concurrency {

// What main() can run, each in a file of its name. True if all was as expected.
bool litmus();      ///< The explorer itself: what a few loads and stores may see.
bool accesses();    ///< The explorer itself: what is a finding.
bool reduction();   ///< The explorer itself: what it leaves out.
bool interrupts();  ///< The explorer itself: what may come between two steps of a core.
bool locks();
bool buddies();
bool caches();
bool exhaustion();
bool handlers();
bool ring();

}  // namespace concurrency
