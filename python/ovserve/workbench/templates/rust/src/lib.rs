//! A custom loader: it hands models to the server from memory that it lends.

mod interface;

use interface::*;
use std::collections::HashMap;
use std::ffi::{c_char, c_void, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{fs, ptr, slice};

const MODEL_FILE: &str = "model.xml";
const WEIGHTS_FILE: &str = "model.bin";
const DISABLED: &str = "disabled";

static SERVER: AtomicPtr<HostApi> = AtomicPtr::new(ptr::null_mut());

fn server() -> &'static HostApi {
    // Set before any other function is called; the table lives as long as the process.
    unsafe { &*SERVER.load(Ordering::Acquire) }
}

/// What this loader keeps between calls, of which the server makes one at a time, all from one thread.
struct Loader {
    host: Host,
    folders: HashMap<(String, i64), PathBuf>,
}

/// What load_model comes to.
enum Loaded {
    Model(Vec<u8>, Vec<u8>),
    Blacklisted,
}

impl Loader {
    fn log(&self, text: &str) {
        if let Ok(text) = CString::new(text) {
            (server().log)(self.host, LOG_INFO, text.as_ptr());
        }
    }

    /// `_options` is custom_loader_options of the configuration as JSON. Of what takes long:
    /// `(server().progress)(call, ...)` and `(server().cancelled)(call)`.
    fn load(
        &mut self,
        _call: Call,
        name: &str,
        base_path: &str,
        version: i64,
        _options: &str,
    ) -> Result<Loaded, String> {
        let folder = Path::new(base_path).join(version.to_string());
        self.folders
            .insert((name.to_string(), version), folder.clone());
        if folder.join(DISABLED).exists() {
            return Ok(Loaded::Blacklisted);
        }
        Ok(Loaded::Model(
            read(&folder.join(MODEL_FILE))?,
            read(&folder.join(WEIGHTS_FILE))?,
        ))
    }

    /// Asked in every poll cycle, also about versions that were unloaded. Ask licence servers in a thread of your own,
    /// answer from memory, and tell of a change at once by `(server().blacklist_changed)(self.host)`.
    fn is_blacklisted(&self, name: &str, version: i64) -> bool {
        self.folders
            .get(&(name.to_string(), version))
            .is_some_and(|folder| folder.join(DISABLED).exists())
    }

    fn retire(&mut self, name: &str) {
        self.folders.retain(|(known, _), _| known != name);
    }
}

/// Decrypt here, for instance: nothing has to be plain on disk.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A text of the server's.
///
/// # Safety
/// `text` ends with a zero byte and lives as long as the call.
unsafe fn text<'a>(text: *const c_char) -> Result<&'a str, String> {
    CStr::from_ptr(text)
        .to_str()
        .map_err(|_| "a text is not UTF-8".to_string())
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
    _config_file: *const c_char, // loader_config_file of the configuration: a good place for keys and licences
    loader: *mut *mut c_void,
    message: *mut c_char,
    size: u64,
) -> Status {
    guarded(message, size, INTERNAL_ERROR, || {
        let folders = HashMap::new();
        let this = Box::new(Loader { host, folders });
        this.log("@NAME@ is there");
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
        let (this, request) = unsafe { (&mut *loader.cast::<Loader>(), &*request) };
        let (name, base_path, options) = unsafe {
            (
                text(request.model_name)?,
                text(request.base_path)?,
                text(request.options)?,
            )
        };
        match this.load(call, name, base_path, request.version, options)? {
            Loaded::Blacklisted => Ok(MODEL_BLACKLISTED),
            Loaded::Model(xml, weights) => {
                unsafe {
                    (*model).model = lend(xml);
                    (*model).weights = lend(weights);
                }
                Ok(MODEL_TYPE_IR)
            }
        }
    })
}

extern "C" fn blacklist_status(
    loader: *mut c_void,
    _call: Call,
    name: *const c_char,
    version: i64,
    message: *mut c_char,
    size: u64,
) -> Status {
    guarded(message, size, INTERNAL_ERROR, || {
        let this = unsafe { &*loader.cast::<Loader>() };
        let blacklisted = this.is_blacklisted(unsafe { text(name)? }, version);
        Ok(if blacklisted { MODEL_BLACKLISTED } else { OK })
    })
}

extern "C" fn retire(
    loader: *mut c_void,
    _call: Call,
    name: *const c_char,
    message: *mut c_char,
    size: u64,
) -> Status {
    guarded(message, size, INTERNAL_ERROR, || {
        let this = unsafe { &mut *loader.cast::<Loader>() };
        this.retire(unsafe { text(name)? });
        Ok(OK)
    })
}

/// Stop your threads here.
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
        blacklist_status: Some(blacklist_status),
        unload: None,
        retire: Some(retire),
        deinit,
    };
    if (*host).struct_size < std::mem::size_of::<HostApi>() as u64 {
        explain("this server is older than the loader", message, size);
        return ptr::null();
    }
    SERVER.store(host.cast_mut(), Ordering::Release);
    &FUNCTIONS
}
