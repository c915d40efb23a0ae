//! The door between SQLite and a `Disk`: a VFS of the name `zhucun-sim`, in which `/N/zhucun.db` is a file of the disk
//! mounted as N. The only unsafe code of the simulator. It converts and decides nothing; time stands still in it and its
//! dice are a constant, so that no run depends on the machine.
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use rusqlite::ffi;

use super::disk::{Disk, Fault, Level, REGION_WORDS, RegionLock};

const NAME: &CStr = c"zhucun-sim";
/// What a unix file system answers: sectors of 4 KiB, and bytes beside those written stay as they are.
const SECTOR_BYTES: c_int = 4096;
const TRAITS: c_int = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE;
const PATH_BYTES_MAX: c_int = 256;
/// Noon of 2000-01-01 as SQLite counts: milliseconds of the Julian day.
const NOON_MS: i64 = 211_813_488_000_000;

static MOUNTED: Mutex<(u64, BTreeMap<u64, Arc<Disk>>)> = Mutex::new((0, BTreeMap::new()));
static REGISTERED: Once = Once::new();

fn mounted() -> MutexGuard<'static, (u64, BTreeMap<u64, Arc<Disk>>)> {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A disk that SQLite can reach, until this is dropped. Files that are open then stay open.
pub struct Mount {
    number: u64,
    pub disk: Arc<Disk>,
}

impl Mount {
    pub fn new(disk: Disk) -> Self {
        REGISTERED.call_once(register);
        let disk = Arc::new(disk);
        let mut mounted = mounted();
        mounted.0 += 1;
        let number = mounted.0;
        mounted.1.insert(number, disk.clone());
        Mount { number, disk }
    }

    /// The path under which a store opens its database.
    pub fn path(&self) -> PathBuf {
        format!("file:/{}/zhucun.db?vfs=zhucun-sim", self.number).into()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        mounted().1.remove(&self.number);
    }
}

/// The disk that a path speaks of, and the file's name on it.
fn find(path: &str) -> Option<(Arc<Disk>, &str)> {
    let (number, name) = path.strip_prefix('/')?.split_once('/')?;
    let disk = mounted().1.get(&number.parse().ok()?)?.clone();
    Some((disk, name))
}

struct Handle {
    disk: Arc<Disk>,
    handle: u64,
    name: String,
    delete_on_close: bool,
}

/// A file as SQLite holds it: its own head, then ours.
#[repr(C)]
struct OpenFile {
    head: ffi::sqlite3_file,
    handle: *mut Handle,
}

fn code(fault: Fault, error: c_int) -> c_int {
    match fault {
        Fault::Full => ffi::SQLITE_FULL,
        Fault::Busy => ffi::SQLITE_BUSY,
        Fault::Error => error,
    }
}

fn said(done: Result<(), Fault>, error: c_int) -> c_int {
    done.map_or_else(|fault| code(fault, error), |()| ffi::SQLITE_OK)
}

fn level(level: c_int) -> Level {
    match level {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

/// A size or an offset of SQLite's, which is never negative.
fn size(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or_default()
}

/// # Safety
/// `file` is one that `open` filled in and nobody closed.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: `open` put a handle there, which lives until `close`.
    unsafe { &*(*file.cast::<OpenFile>()).handle }
}

/// # Safety
/// `path` is null or ends with a zero byte.
unsafe fn text<'a>(path: *const c_char) -> Option<&'a str> {
    // SAFETY: what the caller promises.
    (!path.is_null()).then(|| unsafe { CStr::from_ptr(path) }.to_str().ok()).flatten()
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes and a name that is null or ends with a zero byte.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let known = text(path).map(find);
        let (disk, name) = match known {
            Some(Some((disk, name))) => (disk, Some(name)),
            // A temporary file belongs to no disk.
            None => (Arc::new(Disk::new(Default::default(), super::chance::Chance::new(0))), None),
            Some(None) => return ffi::SQLITE_CANTOPEN,
        };
        if flags & ffi::SQLITE_OPEN_CREATE == 0 && name.is_some_and(|name| !disk.exists(name)) {
            return ffi::SQLITE_CANTOPEN;
        }
        let (number, name) = match disk.open(name) {
            Ok(opened) => opened,
            Err(_) => return ffi::SQLITE_CANTOPEN,
        };
        let delete_on_close = flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
        (*file.cast::<OpenFile>()).handle =
            Box::into_raw(Box::new(Handle { disk, handle: number, name, delete_on_close }));
        (*file).pMethods = &raw const METHODS;
        if !flags_out.is_null() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, _: c_int) -> c_int {
    // SAFETY: a name of SQLite's ends with a zero byte.
    match unsafe { text(path) }.and_then(find) {
        Some((disk, name)) if disk.exists(name) => said(disk.delete(name), ffi::SQLITE_IOERR_DELETE),
        _ => ffi::SQLITE_IOERR_DELETE_NOENT,
    }
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, path: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: a name of SQLite's ends with a zero byte, and `out` is a place for one number.
    unsafe { *out = text(path).and_then(find).is_some_and(|(disk, name)| disk.exists(name)).into() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, path: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: a name of SQLite's ends with a zero byte; `out` has room for `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(path).to_bytes_with_nul();
        if bytes.len() > size(room) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), out.cast(), bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has room for `count` bytes.
    unsafe { std::ptr::write_bytes(out, 7, size(count)) };
    count
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn now(_: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: `out` is a place for one number.
    unsafe { *out = NOON_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the handle of a box, and SQLite closes a file once.
    unsafe {
        let Handle { disk, handle, name, delete_on_close } = *Box::from_raw((*file.cast::<OpenFile>()).handle);
        (*file).pMethods = std::ptr::null();
        if delete_on_close {
            let _ = disk.delete(&name);
        }
        disk.close(handle, &name);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: `into` has room for `count` bytes, which are zeroed before they are looked at.
    let (of, into) = unsafe {
        std::ptr::write_bytes(into.cast::<u8>(), 0, size(count));
        (handle(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), size(count)))
    };
    match of.disk.read(&of.name, size(at), into) {
        Ok(there) if there == into.len() => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(fault) => code(fault, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: `from` holds `count` bytes.
    let (of, bytes) = unsafe { (handle(file), std::slice::from_raw_parts(from.cast::<u8>(), size(count))) };
    said(of.disk.write(&of.name, size(at), bytes), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, to: i64) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    said(of.disk.cut(&of.name, size(to)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    said(of.disk.sync(&of.name), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: an open file, and a place for one number.
    let of = unsafe { handle(file) };
    match of.disk.size(&of.name) {
        Ok(bytes) => {
            // SAFETY: `out` is a place for one number.
            unsafe { *out = i64::try_from(bytes).unwrap_or(i64::MAX) };
            ffi::SQLITE_OK
        }
        Err(fault) => code(fault, ffi::SQLITE_IOERR_FSTAT),
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    said(of.disk.lock(of.handle, &of.name, level(wanted)), ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, kept: c_int) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    of.disk.unlock(of.handle, &of.name, level(kept));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and a place for one number.
    unsafe {
        let of = handle(file);
        *out = of.disk.is_reserved(&of.name).into();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_BYTES
}

unsafe extern "C" fn traits(_: *mut ffi::sqlite3_file) -> c_int {
    TRAITS
}

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    if size(bytes) > REGION_WORDS * 8 {
        return ffi::SQLITE_IOERR_SHMMAP;
    }
    // SAFETY: an open file, and a place for one pointer; a region outlives every connection that was given it.
    unsafe {
        let of = handle(file);
        match of.disk.region(of.handle, &of.name, size(region), make != 0) {
            Ok(start) => {
                *out = start.map_or(null_mut(), <*mut u8>::cast);
                ffi::SQLITE_OK
            }
            Err(fault) => code(fault, ffi::SQLITE_IOERR_SHMMAP),
        }
    }
}

unsafe extern "C" fn lock_region(file: *mut ffi::sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    let wish = if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        RegionLock::Release
    } else if flags & ffi::SQLITE_SHM_EXCLUSIVE != 0 {
        RegionLock::Alone
    } else {
        RegionLock::Together
    };
    let range = size(first)..size(first + count);
    said(of.disk.lock_region(of.handle, &of.name, range, wish), ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let of = unsafe { handle(file) };
    of.disk.leave_regions(of.handle, &of.name);
    ffi::SQLITE_OK
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(traits),
    xShmMap: Some(map),
    xShmLock: Some(lock_region),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

fn register() {
    let vfs = ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<OpenFile>()).expect("a file is a few words"),
        mxPathname: PATH_BYTES_MAX,
        pNext: null_mut(),
        zName: NAME.as_ptr(),
        pAppData: null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(now),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: SQLite keeps the VFS for as long as the process lives, and so does the box.
    let done = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
    assert_eq!(done, ffi::SQLITE_OK, "SQLite takes a VFS");
}
