// SPDX-License-Identifier: MIT
// fbl::unique_fd, the owner of a file descriptor.
#ifndef FBL_UNIQUE_FD_H_
#define FBL_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace fbl {

class unique_fd {
 public:
  static constexpr int InvalidValue() { return -1; }

  constexpr unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(const unique_fd&) = delete;
  unique_fd& operator=(const unique_fd&) = delete;
  unique_fd(unique_fd&& other) : fd_(other.release()) {}
  unique_fd& operator=(unique_fd&& other) {
    reset(other.release());
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const { return fd_; }
  bool is_valid() const { return fd_ >= 0; }
  explicit operator bool() const { return is_valid(); }
  explicit operator int() const { return fd_; }

  int release() {
    const int fd = fd_;
    fd_ = InvalidValue();
    return fd;
  }

  void reset(int fd = InvalidValue()) {
    if (is_valid() && fd_ != fd) {
      close(fd_);
    }
    fd_ = fd;
  }

  int* reset_and_get_address() {
    reset();
    return &fd_;
  }

  unique_fd duplicate() const { return unique_fd(dup(fd_)); }
  void swap(unique_fd& other) { std::swap(fd_, other.fd_); }

  bool operator==(const unique_fd& other) const { return fd_ == other.fd_; }
  bool operator!=(const unique_fd& other) const { return fd_ != other.fd_; }
  bool operator==(int fd) const { return fd_ == fd; }
  bool operator!=(int fd) const { return fd_ != fd; }

 private:
  int fd_ = -1;
};

}  // namespace fbl

#endif  // FBL_UNIQUE_FD_H_
