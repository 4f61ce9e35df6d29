// SPDX-License-Identifier: MIT
// The guest of guest_changes_later.c.

#include "guest_changes.S"
