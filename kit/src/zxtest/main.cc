// SPDX-License-Identifier: MIT
// A main for programs without one; in an object of its own, so that a program's takes its place.
#include <zxtest/base/runner.h>

__attribute__((weak)) int main(int argc, char** argv) { return zxtest::RunAllTests(argc, argv); }
