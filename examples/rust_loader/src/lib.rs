//! A custom loader in Rust, without crates. It reads a version's one .xml and its .bin and hands both over as they
//! are: the server works in the memory of the two vectors, and gives each back once.

mod interface;

use interface::*;
use std::ffi::{c_char, c_void, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{fs, ptr, slice};

static SERVER: AtomicPtr<HostApi> = AtomicPtr::new(ptr::null_mut());

fn server() -> &'static HostApi {
    // Set before any other function is called; the table lives as long as the process.
    unsafe { &*SERVER.load(Ordering::Acquire) }
}

/// What this loader keeps between calls.
struct Loader {
    host: Host,
}

impl Loader {
    fn log(&self, text: &str) {
        if let Ok(text) = CString::new(text) {
            (server().log)(self.host, LOG_INFO, text.as_ptr());
        }
    }

    fn load(&self, call: Call, folder: &Path) -> Result<(Vec<u8>, Vec<u8>), String> {
        let xml = the_only_xml(folder)?;
        let model = read(&xml)?;
        (server().progress)(call, 0.5, ptr::null());
        if (server().cancelled)(call) != 0 {
            return Err("nobody wants it any more".to_string());
        }
        let weights = read(&xml.with_extension("bin"))?;
        self.log(&format!(
            "read {} bytes from {}",
            model.len() + weights.len(),
            folder.display()
        ));
        Ok((model, weights))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn the_only_xml(folder: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(format!(
            "{}: expected exactly one .xml file",
            folder.display()
        )),
    }
}

/// Lends a vector to the server, which gives it back through `release`.
fn lend(bytes: Vec<u8>) -> Buffer {
    let bytes = Box::new(bytes);
    Buffer {
        data: bytes.as_ptr().cast(),
        size: bytes.len() as u64,
        release: Some(release),
        context: Box::into_raw(bytes).cast(),
    }
}

extern "C" fn release(context: *mut c_void, _data: *const c_void, _size: u64) {
    drop(unsafe { Box::from_raw(context.cast::<Vec<u8>>()) });
}

/// Puts the reason of a failure where the server looks for it.
fn explain(reason: &str, message: *mut c_char, size: u64) {
    if size == 0 {
        return;
    }
    let room = unsafe { slice::from_raw_parts_mut(message.cast::<u8>(), size as usize) };
    let length = reason.len().min(room.len() - 1);
    room[..length].copy_from_slice(&reason.as_bytes()[..length]);
    room[length] = 0;
}

/// Runs a function behind which no panic gets.
fn guarded(
    message: *mut c_char,
    size: u64,
    failure: Status,
    function: impl FnOnce() -> Result<Status, String>,
) -> Status {
    let result = catch_unwind(AssertUnwindSafe(function));
    match result.unwrap_or_else(|_| Err("the loader panicked".to_string())) {
        Ok(status) => status,
        Err(reason) => {
            explain(&reason, message, size);
            failure
        }
    }
}

extern "C" fn init(
    host: Host,
    _call: Call,
    _config_file: *const c_char,
    loader: *mut *mut c_void,
    message: *mut c_char,
    size: u64,
) -> Status {
    guarded(message, size, INTERNAL_ERROR, || {
        let this = Box::new(Loader { host });
        this.log("a loader in Rust");
        unsafe { *loader = Box::into_raw(this).cast() };
        Ok(OK)
    })
}

extern "C" fn load(
    loader: *mut c_void,
    call: Call,
    request: *const LoadRequest,
    model: *mut Model,
    message: *mut c_char,
    size: u64,
) -> Status {
    guarded(message, size, MODEL_LOAD_ERROR, || {
        let (this, request) = unsafe { (&*loader.cast::<Loader>(), &*request) };
        let base_path = unsafe { CStr::from_ptr(request.base_path) };
        let base_path = base_path
            .to_str()
            .map_err(|_| "base_path is not UTF-8".to_string())?;
        let folder = Path::new(base_path).join(request.version.to_string());
        let (xml, weights) = this.load(call, &folder)?;
        unsafe {
            (*model).model = lend(xml);
            (*model).weights = lend(weights);
        }
        Ok(MODEL_TYPE_IR)
    })
}

extern "C" fn deinit(loader: *mut c_void, _call: Call, message: *mut c_char, size: u64) -> Status {
    guarded(message, size, INTERNAL_ERROR, || {
        drop(unsafe { Box::from_raw(loader.cast::<Loader>()) });
        Ok(OK)
    })
}

/// # Safety
/// Called by the server, with a table that lives as long as the process.
#[no_mangle]
pub unsafe extern "C" fn ovserve_loader_v1(
    host: *const HostApi,
    message: *mut c_char,
    size: u64,
) -> *const LoaderApi {
    static FUNCTIONS: LoaderApi = LoaderApi {
        struct_size: std::mem::size_of::<LoaderApi>() as u64,
        abi_version: ABI_VERSION,
        reserved: 0,
        init,
        load,
        blacklist_status: None,
        unload: None,
        retire: None,
        deinit,
    };
    if (*host).struct_size < std::mem::size_of::<HostApi>() as u64 {
        explain("this server is older than the loader", message, size);
        return ptr::null();
    }
    SERVER.store(host.cast_mut(), Ordering::Release);
    &FUNCTIONS
}
