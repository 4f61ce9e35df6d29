// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/threads.h>

#include <new>

namespace {

struct Start {
  thrd_start_t entry;
  void* argument;
  char name[ZX_MAX_NAME_LEN];
};

int Run(void* argument) {
  const Start start = *static_cast<Start*>(argument);
  delete static_cast<Start*>(argument);
  zx_object_set_property(zx_thread_self(), ZX_PROP_NAME, start.name, strlen(start.name));
  return start.entry(start.argument);
}

}  // namespace

int thrd_create_with_name(thrd_t* thread, thrd_start_t entry, void* argument, const char* name) {
  auto* start = new (std::nothrow) Start{entry, argument, {}};
  if (start == nullptr) {
    return thrd_nomem;
  }
  const char* given = name != nullptr ? name : "thread";
  strncpy(start->name, given, sizeof(start->name) - 1);
  const int result = thrd_create(thread, Run, start);
  if (result != thrd_success) {
    delete start;
  }
  return result;
}
