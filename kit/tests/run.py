#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the tests of the porting kit with every C++ compiler there is and runs them.

A line for each test, PASS, FAIL or SKIP; the last line counts them.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INCLUDES = ["-isystem", f"{ROOT}/kit/include", "-I", f"{ROOT}/include"]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}


def report(outcome, name, why=""):
    counts[outcome] += 1
    print(f"{outcome} kit/{name}{': ' + why if why else ''}", flush=True)


def run(command, **more):
    env = dict(os.environ, LD_LIBRARY_PATH=options.library, **more.pop("environ", {}))
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, errors="replace", **more)


def check(name, good, why):
    report("PASS" if good else "FAIL", name, "" if good else why.strip()[-1500:])


def compilers():
    found = [c for c in ("g++", "clang++") if shutil.which(c)]
    if "clang++" not in found:
        report("SKIP", "clang++", "it is not installed")
    return found


def c_compiler(cxx):
    return {"g++": "gcc", "clang++": "clang"}[cxx]


def link(libraries):
    return ["-L", options.kit, "-L", options.library, *libraries, "-lpthread", "-ldl"]


def build(cxx, program, sources, libraries, standard="c++17", more=()):
    """Compiles and links; the error, if it fails."""
    objects = []
    for source in sources:
        path = os.path.join(HERE, source)
        made = f"{program}-{os.path.basename(source)}.o"
        cpp = source.endswith(".cc")
        command = [cxx if cpp else c_compiler(cxx), *(["-std=" + standard] if cpp else [])]
        result = run(command + ["-O1", "-g", *WARNINGS, *more, *INCLUDES, "-c", "-o", made, path])
        if result.returncode:
            return result.stderr
        objects.append(made)
    result = run([cxx, "-o", program, *objects, *link(libraries)])
    return result.stderr if result.returncode else None


def headers(cxx):
    """Each header alone, in each standard."""
    below = f"{ROOT}/kit/include"
    every = sorted(os.path.relpath(os.path.join(folder, f), below)
                   for folder, _, files in os.walk(below) for f in files)
    old = re.compile(r"lib/zx/(?!result|status)|lib/sync/\w+\.h|lib/async/\w+\.h|pretty|lib/fzl/memory|limits|threads|unistd|sys/mman")
    for standard in ("c++14", "c++17", "c++20"):
        bad = []
        for header in every:
            if standard == "c++14" and not old.match(header):
                continue
            text = f"#include <{header}>\n"
            more = ["-fno-exceptions", "-fno-rtti"]
            result = run([cxx, f"-std={standard}", *WARNINGS, *more, "-I", below, "-I", f"{ROOT}/include",
                          "-fsyntax-only", "-x", "c++", "-"], input=text)
            if result.returncode:
                bad.append(f"{header}: {result.stderr[:300]}")
        check(f"headers_{cxx}_{standard}", not bad, "\n".join(bad))


def refused(cxx):
    start = "".join(f"#include <lib/zx/{name}.h>\n" for name in
                    ("channel", "event", "guest", "port", "timer", "vmo", "resource", "time"))
    start += "#include <utility>\n"
    result = run([cxx, "-std=c++17", *INCLUDES, "-fsyntax-only", "-x", "c++", "-"],
                 input=start + "void f() { zx::event event; event.signal(0, 0); }")
    check(f"refused_{cxx}_control", result.returncode == 0, result.stderr)
    for line in open(f"{HERE}/refused/all.txt"):
        if line.startswith("#") or not line.strip():
            continue
        name, body = line.split(": ", 1)
        result = run([cxx, "-std=c++17", *INCLUDES, "-fsyntax-only", "-x", "c++", "-"],
                     input=f"{start}void f() {{ {body} }}\n")
        check(f"refused_{cxx}_{name}", result.returncode != 0, "it compiles")


def own_tests(cxx, folder):
    """Programs made of the kit's own zxtest."""
    for source, standards in (("handles", ("c++17", "c++20")), ("times", ("c++17", "c++20")),
                              ("pieces", ("c++17", "c++20")), ("async", ("c++17",))):
        for standard in standards:
            name = f"{source}_{cxx}_{standard}"
            program = f"{folder}/{name}"
            error = build(cxx, program, [f"{source}.cc"],
                          ["-lzxtest", "-lzxkit", "-lfbl", "-lzx", "-lzircon"], standard)
            if error:
                report("FAIL", name, error[-1500:])
                continue
            result = run([program])
            lines = result.stdout.splitlines()
            for line in lines:
                match = re.match(r"\[ *(OK|FAILED|SKIPPED) *\] (\S+) \(\d+ ms\)", line)
                if match:
                    outcome = {"OK": "PASS", "FAILED": "FAIL", "SKIPPED": "SKIP"}[match[1]]
                    report(outcome, f"{name}/{match[2]}")
            if result.returncode:
                report("FAIL", f"{name}/exit", (result.stdout + result.stderr)[-2500:])


def expect(name, result, code, wanted=(), unwanted=()):
    text = result.stdout + result.stderr
    missing = [w for w in wanted if w not in text]
    present = [u for u in unwanted if u in text]
    good = result.returncode == code and not missing and not present
    check(name, good, f"exit {result.returncode}, wanted {code}; missing {missing}; present {present}\n{text}")


def zxtest(cxx, folder):
    def child(name, sources, libraries=("-lzxtest", "-lzxkit", "-lfbl", "-lzx")):
        program = f"{folder}/{name}-{cxx}"
        error = build(cxx, program, [f"child/{s}" for s in sources], list(libraries))
        if error:
            report("FAIL", f"{name}_{cxx}", error[-1500:])
            return None
        return lambda *words, **environ: run([program, *words], environ=environ)

    name = f"zxtest_{cxx}"
    macros = child("zxtest_macros", ["zxtest_macros.cc"])
    if macros:
        expect(f"{name}/passing_macros", macros("-f", "Pass.*"), 0, ["[       OK ] Pass.All", "[  PASSED  ] 1 test\n"])
        result = macros()
        expect(f"{name}/failing_macros", result, 255, [
            "Expected 1 == 2. a message with 100%", "    Expected: 1\n", "    Actual  : 2\n",
            "evaluated 1 times", "    Actual  : 5\n", "Expected: \"a\"\n    Which is: a", "61 62 63", "61 62 64",
            "ZX_ERR_BAD_STATE (-20)", "Failed. reached", "after the helper", "after the non-fatal helper",
            "fatal mark stayed", "thread", ": inner\n", ": outer\n", "[  SKIPPED ] Skip.Skipped", "for reason 5",
            "[  SKIPPED ] 1 test, listed below", "[  FAILED  ] 10 tests, listed below:", "10 FAILED TESTS",
        ], ["not reached", "Renamed"])
        inner, outer = result.stdout.find(": inner\n"), result.stdout.find(": outer\n")
        check(f"{name}/traces_innermost_first", 0 < inner < outer, result.stdout)
        expect(f"{name}/skip_is_no_failure", macros("--gtest_filter=Skip.*"), 0, ["[  SKIPPED ]"])
        expect(f"{name}/disabled_run_when_asked", macros("-a", "--gtest_filter", "Names.*"), 255,
               ["[  FAILED  ] Names.DISABLED_Renamed"])
        expect(f"{name}/list", macros("--gtest_list_tests", "-f", "Pass.*:Skip.*-Skip.S*"), 0, ["Pass\n  .All\n"],
               ["Skip", "RUN"])
        for form in (["-fPass.*"], ["-f", "Pa?s.A*"], ["--gtest_filter=Pass.All"], ["--gtest_filter", "-Fail.*:Skip.*"]):
            expect(f"{name}/filter_{'_'.join(form)}", macros(*form), 0, ["Running 1 test from 1 test case."])
        expect(f"{name}/repeat", macros("-f", "Pass.*", "-i", "3"), 0, ["(iteration 3)"], ["(iteration 4)"])
        for bad in ("0", "-2"):
            expect(f"{name}/repeat_{bad}", macros("-i", bad), 1, ["Usage"])
        expect(f"{name}/break_on_failure", macros("-b"), 255, ["[  FAILED  ] 1 test, listed below"])
        expect(f"{name}/help", macros("--help"), 0, ["Usage"])
        expect(f"{name}/unknown_option", macros("--no_such_option", "-f", "Pass.*"), 0, ["unrecognized option"])
        shuffled = [[line for line in macros("-s", "-r", "7", "-f", "Fail.*").stdout.splitlines()
                     if line.startswith("[ RUN")] for _ in range(2)]
        check(f"{name}/same_seed_same_order", shuffled[0] == shuffled[1] and len(shuffled[0]) == 10, str(shuffled))
        expect(f"{name}/seed_is_told", macros("-r", "7", "-f", "Pass.*"), 0, ["--gtest_random_seed = 7"])
    stream = child("zxtest_stream", ["zxtest_stream.cc"])
    if stream:
        expect(f"{name}/streamed_messages", stream(), 255,
               ["[       OK ] Stream.Passes", "value 42", "the end", "[  SKIPPED ] Stream.Skips", "no reason",
                "1 FAILED TEST\n"], ["not seen", "not reached"])
    order = child("zxtest_order", ["zxtest_order.cc"])
    if order:
        said = lambda result: [line[4:] for line in result.stdout.splitlines() if line.startswith("say ")]
        only = ("-f", "Old.*:New.*:Alias.*")
        plain = order(*only)
        check(f"{name}/order", said(plain) == [
            "first-up", "second-up", "old-case-up", "set-up", "body", "tear-down", "set-up", "second", "tear-down",
            "old-case-down", "new-suite-up", "new-body", "new-suite-down", "new-suite-up", "alias-body",
            "new-suite-down", "second-down", "first-down", "result 0"], str(said(plain)))
        one = ("-f", "Old.Body")
        for where, left in (
                ("set-up", ["set-up", "tear-down"]), ("body", ["set-up", "body", "tear-down"]),
                ("tear-down", ["set-up", "body", "tear-down"]), ("old-case-up", [])):
            failed = order(*one, FAIL_IN=where)
            wanted = ["first-up", "second-up", "old-case-up", *left, "old-case-down", "second-down", "first-down",
                      "result -1"]
            check(f"{name}/failure_in_{where}", said(failed) == wanted and failed.returncode == 255, str(said(failed)))
        expect(f"{name}/two_runs", order("-f", "New.*", TWICE="1"), 0, ["say result 0"])
        numbers = order("-f", "*Numbers*:*Pairs*")
        wanted = [f"number {n}" for n in (3, 5, 0, 3, 6, 8, 9)] + ["pair 0 x", "pair 0 y", "pair 1 x", "pair 1 y"]
        got = [line for line in said(numbers) if line.startswith(("number", "pair"))]
        check(f"{name}/parameters", got == wanted, str(got))
        listed = order("-l", "-f", "*Numbers*")
        expect(f"{name}/parameter_names", listed, 0,
               ["Some/Numbers\n  .Is/0\n  .Is/1\n", "Listed/Numbers\n  .Is/N8at0\n  .Is/N9at1\n"])
    duplicate = child("zxtest_duplicate", ["zxtest_duplicate.cc"])
    if duplicate:
        expect(f"{name}/duplicate_names_stop", duplicate(), -6, ["test Same.Name exists"])
    outside = child("zxtest_outside", ["zxtest_outside.cc"])
    if outside:
        expect(f"{name}/assertion_outside_stops", outside(), -6, ["outside of a running test"])
    c = child("zxtest_c", ["zxtest_c.c", "zxtest_stream.cc"])
    if c:
        expect(f"{name}/c_passes", c("-f", "CPass.*"), 0, ["[       OK ] CPass.All"])
        expect(f"{name}/c_fails", c("-f", "C*"), 255, ["c message 7", "ZX_ERR_BAD_STATE (-20)", "c reached", "c reason",
                                                       "2 FAILED TESTS"], ["not reached"])
        expect(f"{name}/c_and_cpp_in_one_program", c("-l"), 0, ["CPass", "Stream"])
    both = child("both", ["both.c", "zxtest_c.c"], ("-lunittest", "-lzxtest", "-lzxkit", "-lfbl", "-lzx"))
    if both:
        expect(f"{name}/both_harnesses", both("-f", "CPass.*"), 0, ["of_unittest", "CPass.All"])


def unittest(cxx, folder):
    name = f"unittest_{cxx}"
    program = f"{folder}/{name}"
    error = build(cxx, program, ["child/unittest_cases.cc", "child/unittest_helper.c"], ["-lunittest", "-lzxkit", "-lzx"])
    if error:
        report("FAIL", name, error[-1500:])
        return
    child = lambda *words, **environ: run([program, *words], environ=environ)
    expect(f"{name}/good_case", child("--case", "good_case"), 0,
           ["CASE good_case", "[STARTED]", "[PASSED]", "a name", "SUCCESS", "CASES:  1     SUCCESS:  1     FAILED:  0"],
           ["verbose line"])
    expect(f"{name}/verbose", child("--case", "good_case", "v=1"), 0, ["verbose line"])
    expect(f"{name}/bad_case", child("--case", "bad_case"), 255,
           ["one is not two: expected 1 == 2", "the helper's value", "in a destructor", "FAILED: bad_case"],
           ["not reached"])
    expect(f"{name}/one_test", child("--case", "good_case", "--test", "passes", "--unknown"), 0, ["passes"], ["is_medium"])
    expect(f"{name}/list", child("--list"), 0, ["bad_case", "    passes"], ["RUNNING"])
    expect(f"{name}/help", child("--help"), 0, ["Usage"])
    expect(f"{name}/classes", child("--case", "good_case", RUNTESTS_TEST_CLASS="1"), 0, ["is_medium", "[IGNORED]"])
    expect(f"{name}/time_limit", child("--case", "slow_case", RUNTESTS_WATCHDOG_TIMEOUT="1"), 5, ["is_slow"])
    expect(f"{name}/no_time_limit", child("--case", "slow_case", RUNTESTS_WATCHDOG_TIMEOUT="0"), 0)
    expect(f"{name}/cancelled_time_limit", child("--case", "patient_case", RUNTESTS_WATCHDOG_TIMEOUT="1"), 0)
    expect(f"{name}/bad_time_limit", child(RUNTESTS_WATCHDOG_TIMEOUT="x"), 255)
    expect(f"{name}/check_outside", child("outside"), 101, ["FATAL"])


def wrappers(cxx, folder):
    program = f"{folder}/page_size-{cxx}"
    error = build(cxx, program, ["child/page_size.c", "child/page_size.S"], [])
    check(f"page_size_{cxx}", error is None and run([program]).returncode == 0, str(error))
    source = f"{folder}/event.c"
    with open(source, "w") as out:
        out.write("#include <zircon/syscalls.h>\nint main(void) { zx_handle_t h; return zx_event_create(0, &h); }\n")
    for names in (["-lzx"], ["-lzircon"], ["-lzx", "-lzircon"], ["-lzircon", "-lzx"]):
        result = run([c_compiler(cxx), "-I", f"{ROOT}/include", source, "-o", program, *link(names)])
        good = result.returncode == 0 and run([program]).returncode == 0
        check(f"link_{cxx}{''.join(names)}", good, result.stderr)


def examples(cxx, folder):
    """The programs of kit/examples, with the link lines of docs/porting.md."""
    zircon = ["-lfbl", "-lzxkit", "-lzx", "-lzircon"]
    every = (
        ("guest_2018", ["-lunittest", "-Wl,--wrap=open", *zircon], ["-Wno-sign-compare"]),
        ("guest_2020", ["-lzxtest", "-Wl,--wrap=open", *zircon], []),
        ("guest_2021", ["-lgtest", *zircon], []),
        ("guest_2022", ["-lgtest", *zircon], ["-DLIBZX_LATER_ABI"]),
        ("doorbell", zircon, []),
        ("core_timers", ["-lzxtest", *zircon], []),
    )
    for name, libraries, more in every:
        label = f"example_{cxx}_{name}"
        source = {"guest_2022": "guest_2021"}.get(name, name)
        if "-lgtest" in libraries and not os.path.exists("/usr/include/gtest/gtest.h"):
            report("SKIP", label, "gtest is not installed (Debian: libgtest-dev)")
            continue
        program = f"{folder}/{label}"
        sources = [f"../examples/{source}.cc"] + ([] if name == "core_timers" else ["../examples/guest.S"])
        error = build(cxx, program, sources, libraries, more=more)
        if error:
            report("FAIL", label, error[-1500:])
            continue
        result = run([program])
        text = result.stdout + result.stderr
        if "not supported on this machine" in text and result.returncode in (0, 77):
            report("SKIP", label, "no usable KVM")
        else:
            check(label, result.returncode == 0, text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for cxx in compilers():
            headers(cxx)
            refused(cxx)
            own_tests(cxx, folder)
            zxtest(cxx, folder)
            unittest(cxx, folder)
            wrappers(cxx, folder)
            examples(cxx, folder)
    print(f"{counts['PASS']} passed, {counts['FAIL']} failed, {counts['SKIP']} skipped")
    return 1 if counts["FAIL"] else 0


parser = argparse.ArgumentParser()
parser.add_argument("--library", required=True, help="the folder with libzx.so")
parser.add_argument("--kit", required=True, help="the folder with the kit's archives")
options = parser.parse_args()
sys.exit(main())
