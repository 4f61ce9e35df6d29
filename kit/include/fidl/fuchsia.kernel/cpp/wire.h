// SPDX-License-Identifier: MIT
// The resources that guest tests of 2021 and later ask the kernel's services for.
#ifndef FIDL_FUCHSIA_KERNEL_CPP_WIRE_H_
#define FIDL_FUCHSIA_KERNEL_CPP_WIRE_H_

#include <lib/zx/resource.h>
#include <lib/zx/result.h>
#include <libzx.h>

namespace fuchsia_kernel {

struct HypervisorResource {
  static zx_status_t Get(zx_handle_t* out) { return libzx_get_hypervisor_resource(out); }
};

// Every resource lets memory be executed here.
struct VmexResource {
  static zx_status_t Get(zx_handle_t* out) { return libzx_get_hypervisor_resource(out); }
};

}  // namespace fuchsia_kernel

namespace fidl {

// A connection to a service: nothing, for the library answers itself.
template <typename Protocol>
class ClientEnd {};

template <typename Protocol>
class WireResult {
 public:
  struct Response {
    zx::resource resource;
  };

  WireResult() : status_(Protocol::Get(response_.resource.reset_and_get_address())) {}

  bool ok() const { return status_ == ZX_OK; }
  zx_status_t status() const { return status_; }
  const char* status_string() const { return zx_status_get_string(status_); }
  Response& value() { return response_; }
  Response* operator->() { return &response_; }

 private:
  Response response_;
  zx_status_t status_;
};

template <typename Protocol>
class WireCaller {
 public:
  WireResult<Protocol> Get() const { return WireResult<Protocol>(); }
  const WireCaller* operator->() const { return this; }
};

template <typename Protocol>
WireCaller<Protocol> WireCall(const ClientEnd<Protocol>&) {
  return WireCaller<Protocol>();
}

}  // namespace fidl

#endif  // FIDL_FUCHSIA_KERNEL_CPP_WIRE_H_
