//! Memory as it is held: an allocator that counts, and ends the program where a target holds more than it may. The engine's
//! own limit sees only the whole process, and that only now and then.
use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static HELD: AtomicUsize = AtomicUsize::new(0);
static HELD_MAX: AtomicUsize = AtomicUsize::new(usize::MAX);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
pub struct Counted;

impl Counted {
    fn add(bytes: usize) {
        let held = HELD.fetch_add(bytes, Relaxed) + bytes;
        PEAK.fetch_max(held, Relaxed);
        if held > HELD_MAX.load(Relaxed) {
            // To say where, more is needed.
            HELD_MAX.store(usize::MAX, Relaxed);
            eprintln!("more memory is held than the target states: {held} bytes\n{}", Backtrace::force_capture());
            std::process::abort();
        }
    }
}

// SAFETY: every call goes to the system's allocator as it is; only the sizes are counted.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it moves, both are there.
        Self::add(size);
        let moved = unsafe { System.realloc(pointer, layout, size) };
        HELD.fetch_sub(layout.size(), Relaxed);
        moved
    }
}

/// Runs something that may hold so many bytes at once, beside what is held already.
pub fn held_to<T>(bytes_max: usize, run: impl FnOnce() -> T) -> T {
    let before = HELD_MAX.load(Relaxed);
    let held = HELD.load(Relaxed);
    HELD_MAX.store(before.min(held.saturating_add(bytes_max)), Relaxed);
    PEAK.store(held, Relaxed);
    let done = run();
    HELD_MAX.store(before, Relaxed);
    done
}

/// What is said of a panic needs memory of its own: the limit ends with it.
pub fn lift_on_panic() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        HELD_MAX.store(usize::MAX, Relaxed);
        others(panic);
    }));
}

/// The most that was held at once since something began to be held to its limit.
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}
