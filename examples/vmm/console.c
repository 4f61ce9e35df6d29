// SPDX-License-Identifier: MIT
// The terminal. In raw mode every key goes to the guest; Ctrl-A is the way out: Ctrl-A x quits, Ctrl-A a
// sends a Ctrl-A.

#define _GNU_SOURCE 1
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "vm.h"

#define ESCAPE 0x01  // Ctrl-A

static struct {
  bool raw;
  struct termios before;
  int news;     // an eventfd: there is room, or it is time to quit
  int signals;  // a signalfd
  sigset_t signals_before;
  atomic_bool quit;
  console_input_t input;
  void* device;
} console = {.news = -1, .signals = -1};

void console_write(const void* data, size_t size) {
  const char* next = data;
  while (size > 0) {
    ssize_t count = write(STDOUT_FILENO, next, size);
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return;  // nobody listens any more; the guest does not care
    }
    if (count > 0) {
      next += count;
      size -= (size_t)count;
    }
  }
}

void console_set_input(console_input_t input, void* device) {
  console.input = input;
  console.device = device;
}

static void tell_news(void) {
  uint64_t one = 1;
  if (write(console.news, &one, sizeof(one)) < 0) {
    // It is full, so console_run() will look anyway.
  }
}

void console_room(void) {
  tell_news();
}

void console_quit(void) {
  atomic_store(&console.quit, true);
  tell_news();
}

bool console_start(void) {
  // Signals that end the program come through a file descriptor, in threads made from here on, too.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &ending, &console.signals_before);
  signal(SIGPIPE, SIG_IGN);
  console.news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  console.signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (console.news < 0 || console.signals < 0) {
    complain("the terminal: %s", strerror(errno));
    return false;
  }
  return true;
}

static void set_raw(void) {
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &console.before) != 0) {
    return;
  }
  struct termios raw = console.before;
  cfmakeraw(&raw);
  raw.c_oflag = console.before.c_oflag;  // line ends of our own messages
  console.raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void set_cooked(void) {
  if (console.raw) {
    tcsetattr(STDIN_FILENO, TCSADRAIN, &console.before);
    console.raw = false;
  }
}

void console_stop(void) {
  set_cooked();
  if (console.news >= 0) {
    close(console.news);
  }
  if (console.signals >= 0) {
    close(console.signals);
  }
  pthread_sigmask(SIG_SETMASK, &console.signals_before, NULL);
}

// What was typed and not yet taken.
struct typed {
  uint8_t bytes[256];
  size_t count;
  bool escaped;  // the last key was Ctrl-A
  bool ended;    // there will be no more
};

// True if the user wants to leave.
static bool add_key(struct typed* typed, uint8_t key) {
  if (!typed->escaped && key == ESCAPE) {
    typed->escaped = true;
    return false;
  }
  if (typed->escaped) {
    typed->escaped = false;
    if (key == 'x' || key == 'X') {
      return true;
    }
    key = key == 'a' || key == ESCAPE ? ESCAPE : key;
  }
  typed->bytes[typed->count++] = key;
  return false;
}

static bool read_keys(struct typed* typed) {
  uint8_t keys[sizeof(typed->bytes)];
  ssize_t count = read(STDIN_FILENO, keys, sizeof(keys) - typed->count);
  typed->ended = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
  for (ssize_t i = 0; i < count; i++) {
    if (add_key(typed, keys[i])) {
      return true;
    }
  }
  return false;
}

static void hand_on(struct typed* typed) {
  if (typed->count > 0 && console.input != NULL) {
    size_t taken = console.input(console.device, typed->bytes, typed->count);
    typed->count -= taken;
    memmove(typed->bytes, typed->bytes + taken, typed->count);
  }
}

bool console_run(void) {
  struct typed typed = {.count = 0};
  bool leave = false;
  set_raw();
  while (!leave && !atomic_load(&console.quit)) {
    bool full = typed.count == sizeof(typed.bytes);
    struct pollfd files[] = {
        {.fd = console.news, .events = POLLIN},
        {.fd = console.signals, .events = POLLIN},
        {.fd = typed.ended || full ? -1 : STDIN_FILENO, .events = POLLIN},
    };
    if (poll(files, 3, -1) < 0 && errno != EINTR) {
      break;
    }
    uint64_t news;
    if (files[0].revents != 0 && read(console.news, &news, sizeof(news)) < 0) {
      // Somebody's news came twice; the loop looks at everything each time.
    }
    leave = files[1].revents != 0;
    if (files[2].revents != 0 && read_keys(&typed)) {
      leave = true;
    }
    hand_on(&typed);
  }
  set_cooked();
  atomic_store(&console.quit, false);
  return leave;
}
