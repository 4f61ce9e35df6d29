// SPDX-License-Identifier: MIT
// What programs ask services and start-up code for.
#include <lib/maybe-standalone-test/maybe-standalone.h>
#include <lib/standalone-test/standalone.h>
#include <lib/syslog/cpp/macros.h>
#include <libzx.h>
#include <pretty/hexdump.h>
#include <src/lib/fxl/strings/string_printf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/status.h>
#include <zircon/syscalls/resource.h>

#include <atomic>

namespace standalone {

zx::unowned_resource GetRootResource() { return zx::unowned_resource(get_root_resource()); }

zx::result<zx::resource> GetSystemResourceWithBase(zx::unowned_resource& system_resource,
                                                   uint64_t base) {
  zx::resource made;
  const zx_status_t status = zx::resource::create(*system_resource, ZX_RSRC_KIND_SYSTEM, base, 1,
                                                  nullptr, 0, &made);
  if (status != ZX_OK) {
    return zx::error(status);
  }
  return zx::ok(std::move(made));
}

void LogWrite(std::string_view text) {
  zx_debug_write(text.data(), text.size());
}

zx::unowned_vmo GetVmo(const std::string&) { return zx::unowned_vmo(); }

}  // namespace standalone

namespace maybe_standalone {

zx::unowned_resource GetRootResource() { return standalone::GetRootResource(); }

}  // namespace maybe_standalone

namespace syslog {

namespace {

std::atomic<int> least{INFO};

const char* Name(LogSeverity severity) {
  switch (severity) {
    case TRACE:
      return "TRACE";
    case DEBUG:
      return "DEBUG";
    case INFO:
      return "INFO";
    case WARNING:
      return "WARNING";
    case ERROR:
      return "ERROR";
    case FATAL:
      return "FATAL";
  }
  return "?";
}

}  // namespace

void SetMinLogSeverity(LogSeverity severity) { least = severity; }

bool ShouldLog(LogSeverity severity) { return severity >= least || severity == FATAL; }

LogMessage::LogMessage(LogSeverity severity, const char* file, int line, const char* condition,
                       zx_status_t status, bool with_status)
    : severity_(severity), status_(status), with_status_(with_status) {
  const char* slash = strrchr(file, '/');
  stream_ << "[" << Name(severity) << ":" << (slash != nullptr ? slash + 1 : file) << "(" << line
          << ")] ";
  if (condition != nullptr) {
    stream_ << "Check failed: " << condition << ". ";
  }
}

LogMessage::~LogMessage() {
  if (with_status_) {
    stream_ << ": " << zx_status_get_string(status_) << " (" << status_ << ")";
  }
  stream_ << "\n";
  const std::string text = stream_.str();
  fwrite(text.data(), 1, text.size(), stderr);
  if (severity_ == FATAL) {
    abort();
  }
}

}  // namespace syslog

namespace fxl {

void StringVAppendf(std::string* to, const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length > 0) {
    const size_t begin = to->size();
    to->resize(begin + static_cast<size_t>(length));
    vsnprintf(to->data() + begin, static_cast<size_t>(length) + 1, format, args);
  }
}

void StringAppendf(std::string* to, const char* format, ...) {
  va_list args;
  va_start(args, format);
  StringVAppendf(to, format, args);
  va_end(args);
}

std::string StringVPrintf(const char* format, va_list args) {
  std::string text;
  StringVAppendf(&text, format, args);
  return text;
}

std::string StringPrintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::string text = StringVPrintf(format, args);
  va_end(args);
  return text;
}

}  // namespace fxl

namespace {

// One line of a dump: an address, 16 bytes in groups, and what of them can be printed.
void DumpLine(const uint8_t* bytes, size_t count, uint64_t address, size_t group) {
  printf("0x%08llx: ", static_cast<unsigned long long>(address));
  for (size_t i = 0; i < 16; i += group) {
    if (i >= count) {
      printf("%*s", static_cast<int>(group * 2 + 1), "");
      continue;
    }
    for (size_t at = group; at > 0; at--) {  // little endian
      const size_t index = i + at - 1;
      printf("%02x", index < count ? bytes[index] : 0);
    }
    printf(" ");
  }
  printf("|");
  for (size_t i = 0; i < count; i++) {
    printf("%c", bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
  }
  printf("\n");
}

void Dump(const void* ptr, size_t len, uint64_t address, size_t group) {
  const auto* bytes = static_cast<const uint8_t*>(ptr);
  for (size_t at = 0; at < len; at += 16) {
    DumpLine(bytes + at, len - at < 16 ? len - at : 16, address + at, group);
  }
}

}  // namespace

void hexdump_ex(const void* ptr, size_t len, uint64_t disp_addr) { Dump(ptr, len, disp_addr, 4); }
void hexdump8_ex(const void* ptr, size_t len, uint64_t disp_addr) { Dump(ptr, len, disp_addr, 1); }
