// SPDX-License-Identifier: MIT
//! Signals that programs set (objects.md, section 10).

use super::Object;
use super::base::Signals;
use crate::status::{Result, Status};

/// Changes the signals of an object; checks 3 to 5 of `zx_object_signal`.
pub fn own(object: &Object, clear: Signals, set: Signals) -> Result {
    if !object.is_signalable() {
        return Err(Status::NOT_SUPPORTED);
    }
    check_mask(object, clear, set)?;
    let only_signals = object.has_only_signals();
    let lock = || object.observers();
    if object.base().update(only_signals, (clear, set), lock) {
        Ok(())
    } else {
        Err(Status::NOT_SUPPORTED)
    }
}

/// Changes the signals of an object's peer; checks 3 to 6 of
/// `zx_object_signal_peer`.
pub fn peer(object: &Object, clear: Signals, set: Signals) -> Result {
    if !object.is_peered() {
        return Err(Status::NOT_SUPPORTED);
    }
    check_mask(object, clear, set)?;
    object.signal_peer(clear, set)
}

fn check_mask(object: &Object, clear: Signals, set: Signals) -> Result {
    if (clear | set) & !object.settable() == 0 {
        Ok(())
    } else {
        Err(Status::INVALID_ARGS)
    }
}
