// SPDX-License-Identifier: MIT
#include "dies.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <zircon/syscalls.h>

#include <mutex>

namespace kit {

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
constexpr size_t kCount = sizeof(kSignals) / sizeof(kSignals[0]);

std::mutex lock;
struct sigaction old_actions[kCount];
thread_local sigjmp_buf* escape;

// Where the shared library lies: faults of its copies are its own, and it goes on after them.
struct Range {
  uintptr_t start;
  uintptr_t end;
};
Range library;

int FindLibrary(dl_phdr_info* info, size_t, void*) {
  const auto inside = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "_zx_handle_close"));
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0 && inside >= start &&
        inside < start + part.p_memsz && info->dlpi_name[0] != '\0') {
      library = {start, start + part.p_memsz};
      return 1;
    }
  }
  return 0;
}

uintptr_t Pc(const void* context) {
  const auto* user = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return static_cast<uintptr_t>(user->uc_mcontext.gregs[REG_RIP]);
#else
  return static_cast<uintptr_t>(user->uc_mcontext.pc);
#endif
}

void PassOn(int number, siginfo_t* info, void* context) {
  for (size_t i = 0; i < kCount; i++) {
    if (kSignals[i] != number) {
      continue;
    }
    const struct sigaction& old = old_actions[i];
    if ((old.sa_flags & SA_SIGINFO) != 0) {
      old.sa_sigaction(number, info, context);
    } else if (old.sa_handler == SIG_DFL) {
      signal(number, SIG_DFL);
      raise(number);
    } else if (old.sa_handler != SIG_IGN) {
      old.sa_handler(number);
    }
  }
}

void OnSignal(int number, siginfo_t* info, void* context) {
  const uintptr_t pc = Pc(context);
  const bool of_library = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0 &&
                          pc >= library.start && pc < library.end;
  if (escape == nullptr || of_library) {
    PassOn(number, info, context);
    return;
  }
  siglongjmp(*escape, 1);
}

struct Run {
  const std::function<void()>* body;
  bool died;
};

void* Body(void* argument) {
  auto* run = static_cast<Run*>(argument);
  sigjmp_buf home;
  if (sigsetjmp(home, 1) == 0) {
    escape = &home;
    (*run->body)();
    run->died = false;
  } else {
    run->died = true;
  }
  escape = nullptr;
  return nullptr;
}

}  // namespace

bool Dies(const std::function<void()>& body) {
  std::lock_guard<std::mutex> guard(lock);
  // The library must have put its own handler in place first: it is what is put back.
  zx_handle_close(ZX_HANDLE_INVALID);
  if (library.end == 0) {
    dl_iterate_phdr(FindLibrary, nullptr);
  }
  struct sigaction action = {};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kCount; i++) {
    sigaction(kSignals[i], &action, &old_actions[i]);
  }
  Run run = {&body, false};
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, Body, &run);
  if (error == 0) {
    pthread_join(thread, nullptr);
  }
  for (size_t i = 0; i < kCount; i++) {
    sigaction(kSignals[i], &old_actions[i], nullptr);
  }
  if (error != 0) {
    fprintf(stderr, "no thread for a death test\n");
    abort();
  }
  return run.died;
}

}  // namespace kit
