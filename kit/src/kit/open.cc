// SPDX-License-Identifier: MIT
// In an object of its own: only programs linked with -Wl,--wrap=open have what it calls.
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...);

// Guest tests up to 2020 open the sysinfo driver; -Wl,--wrap=open brings them here.
int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list args;
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
  }
  return __real_open(strcmp(path, "/dev/misc/sysinfo") == 0 ? "/dev/null" : path, flags, mode);
}
