// SPDX-License-Identifier: MIT
// fxl::CommandLine.
#ifndef SRC_LIB_FXL_COMMAND_LINE_H_
#define SRC_LIB_FXL_COMMAND_LINE_H_

#include <src/lib/fxl/test/test_settings.h>



#endif  // SRC_LIB_FXL_COMMAND_LINE_H_
