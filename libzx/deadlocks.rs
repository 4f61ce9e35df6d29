// SPDX-License-Identifier: MIT
//! Ends the process when threads wait for each other's locks, and tells where:
//! for the test build with the feature `deadlock_detection`
//! (`ci/deadlocks.sh`), in which `parking_lot` keeps who has and who wants
//! which lock.
#![allow(unsafe_code)]

#[cfg(not(test))]
mod watch {
    use std::time::Duration;

    use parking_lot::deadlock;

    use crate::sys::thread;

    /// How long a deadlock goes unnoticed at most.
    const INTERVAL: Duration = Duration::from_millis(100);

    /// The loader calls it.
    #[used]
    // SAFETY: the section holds pointers to functions that the loader calls with
    // the program's arguments, which a C function may leave alone.
    #[unsafe(link_section = ".init_array")]
    static START: extern "C" fn() = start;

    extern "C" fn start() {
        // Without a thread nothing is watched, which the script would not notice:
        // it looks for this line.
        match thread::start(c"libzx-deadlocks", watch) {
            Ok(()) => eprintln!("libzx watches for deadlocks"),
            Err(errno) => eprintln!("libzx does not watch for deadlocks: {errno}"),
        }
    }

    fn watch() {
        loop {
            std::thread::sleep(INTERVAL);
            let found = deadlock::check_deadlock();
            if found.is_empty() {
                continue;
            }
            for (number, threads) in found.iter().enumerate() {
                eprintln!("deadlock {number}");
                for thread in threads {
                    eprintln!("thread {:?}\n{:?}", thread.thread_id(), thread.backtrace());
                }
            }
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};
    use std::time::Duration;

    use parking_lot::{Mutex, deadlock};

    #[test]
    fn two_threads_that_want_each_others_lock_are_found() {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let both = Arc::new(Barrier::new(2));
        for turned in [false, true] {
            let (locks, both) = (Arc::clone(&locks), Arc::clone(&both));
            // They never end; the test does.
            std::thread::spawn(move || {
                let (first, second) = if turned {
                    (&locks.1, &locks.0)
                } else {
                    (&locks.0, &locks.1)
                };
                let _first = first.lock();
                both.wait();
                let _second = second.lock();
            });
        }
        let found = (0..1_000).any(|_| {
            std::thread::yield_now();
            std::thread::sleep(Duration::from_millis(1));
            !deadlock::check_deadlock().is_empty()
        });
        assert!(found);
    }
}
