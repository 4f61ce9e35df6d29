// SPDX-License-Identifier: MIT
// The system's <unistd.h>. Its function sync() has another name in C++, where `sync` is a namespace of Fuchsia's.
#pragma GCC system_header
#ifdef __cplusplus
#define sync libzx_kit_unistd_sync
#endif
#include_next <unistd.h>
#ifdef __cplusplus
#undef sync
#endif
