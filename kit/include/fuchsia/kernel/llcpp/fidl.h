// SPDX-License-Identifier: MIT
// The place that the kernel's services had in 2021.
#ifndef FUCHSIA_KERNEL_LLCPP_FIDL_H_
#define FUCHSIA_KERNEL_LLCPP_FIDL_H_

#include <fidl/fuchsia.kernel/cpp/wire.h>



#endif  // FUCHSIA_KERNEL_LLCPP_FIDL_H_
