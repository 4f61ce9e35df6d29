// SPDX-License-Identifier: MIT
#include <limits.h>

extern const int page_size_in_assembly;

int main(void) { return page_size_in_assembly == PAGE_SIZE && PATH_MAX > 0 ? 0 : 1; }
