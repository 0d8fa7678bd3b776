//! The declarations of `ovserve/c_loader.h` that this loader needs, as `bindgen` would write them.

use std::ffi::{c_char, c_void};

pub const ABI_VERSION: u32 = 1;

pub type Status = i32;
pub const OK: Status = 0;
pub const MODEL_TYPE_IR: Status = 1;
pub const MODEL_LOAD_ERROR: Status = 4;
pub const MODEL_BLACKLISTED: Status = 5;
pub const INTERNAL_ERROR: Status = 6;

pub const LOG_INFO: i32 = 2;

pub type Host = u64;
pub type Call = u64;

#[repr(C)]
pub struct HostApi {
    pub struct_size: u64,
    pub abi_version: u32,
    pub reserved: u32,
    pub log: extern "C" fn(Host, i32, *const c_char),
    pub blacklist_changed: extern "C" fn(Host),
    pub remaining_ms: extern "C" fn(Call) -> i64,
    pub cancelled: extern "C" fn(Call) -> i32,
    pub progress: extern "C" fn(Call, f64, *const c_char),
}

#[repr(C)]
pub struct Buffer {
    pub data: *const c_void,
    pub size: u64,
    pub release: Option<extern "C" fn(*mut c_void, *const c_void, u64)>,
    pub context: *mut c_void,
}

#[repr(C)]
pub struct Model {
    pub struct_size: u64,
    pub model: Buffer,
    pub weights: Buffer,
}

#[repr(C)]
pub struct LoadRequest {
    pub struct_size: u64,
    pub model_name: *const c_char,
    pub base_path: *const c_char,
    pub version: i64,
    pub options: *const c_char,
}

pub type About = extern "C" fn(*mut c_void, Call, *const c_char, i64, *mut c_char, u64) -> Status;

#[repr(C)]
pub struct LoaderApi {
    pub struct_size: u64,
    pub abi_version: u32,
    pub reserved: u32,
    pub init:
        extern "C" fn(Host, Call, *const c_char, *mut *mut c_void, *mut c_char, u64) -> Status,
    pub load: extern "C" fn(
        *mut c_void,
        Call,
        *const LoadRequest,
        *mut Model,
        *mut c_char,
        u64,
    ) -> Status,
    pub blacklist_status: Option<About>,
    pub unload: Option<About>,
    pub retire: Option<extern "C" fn(*mut c_void, Call, *const c_char, *mut c_char, u64) -> Status>,
    pub deinit: extern "C" fn(*mut c_void, Call, *mut c_char, u64) -> Status,
}
