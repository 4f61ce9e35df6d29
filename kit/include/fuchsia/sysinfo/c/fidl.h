// SPDX-License-Identifier: MIT
// What guest tests up to 2020 ask the sysinfo driver for.
#ifndef FUCHSIA_SYSINFO_C_FIDL_H_
#define FUCHSIA_SYSINFO_C_FIDL_H_

#include <libzx.h>
#include <zircon/errors.h>
#include <zircon/types.h>

// Makes a handle of the hypervisor resource.
static inline zx_status_t fuchsia_sysinfo_DeviceGetHypervisorResource(zx_handle_t channel,
                                                                      zx_status_t* out_status,
                                                                      zx_handle_t* out) {
  (void)channel;
  *out_status = libzx_get_hypervisor_resource(out);
  return ZX_OK;
}

#endif  // FUCHSIA_SYSINFO_C_FIDL_H_
