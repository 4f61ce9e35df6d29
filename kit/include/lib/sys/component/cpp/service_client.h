// SPDX-License-Identifier: MIT
// The place that component::Connect had in 2022.
#ifndef LIB_SYS_COMPONENT_CPP_SERVICE_CLIENT_H_
#define LIB_SYS_COMPONENT_CPP_SERVICE_CLIENT_H_

#include <lib/component/incoming/cpp/protocol.h>



#endif  // LIB_SYS_COMPONENT_CPP_SERVICE_CLIENT_H_
