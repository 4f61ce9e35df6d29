// SPDX-License-Identifier: MIT
// Programs of their own for tests: the test program runs anew and does one thing. Include after
// "ztest.h", in one file.

#ifndef LIBZX_CTESTS_CHILD_H_
#define LIBZX_CTESTS_CHILD_H_

#include <sys/wait.h>

// What a child can do: the program defines the table. The string is what the test says to it.
typedef void (*child_function_t)(const char* text);
extern const child_function_t child_functions[];

// Runs the function with this number in a child. Returns what the child exits with, or -1 when a
// signal ends it.
static int child_run(int number, const char* text) {
  char word[16];
  snprintf(word, sizeof(word), "%d", number);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    setenv("ZTEST_CHILD", word, 1);
    setenv("ZTEST_CHILD_TEXT", text ? text : "", 1);
    execl("/proc/self/exe", "child", (char*)NULL);
    _exit(96);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) abort();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Where a child goes instead of main. It exits with 0 if all its checks hold.
__attribute__((constructor)) static void child_main(void) {
  const char* word = getenv("ZTEST_CHILD");
  if (!word) return;
  unsetenv("ZTEST_CHILD");
  ztest_name = "child";
  child_functions[atoi(word)](getenv("ZTEST_CHILD_TEXT"));
  fflush(stdout);
  _exit(ztest_failures ? 1 : 0);
}

#endif  // LIBZX_CTESTS_CHILD_H_
