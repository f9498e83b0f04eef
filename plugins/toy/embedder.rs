//! embedder.rs - embedder.h in Rust: its structs, a border that no panic crosses, and views that make
//! the rest of a plugin safe. Nothing beyond core and std. The contract itself is in embedder.h.
#![allow(non_camel_case_types, dead_code)]

use std::any::Any;
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;

pub const EMB_ABI_MINOR: u32 = 1;

pub type emb_status = i32;
pub const EMB_OK: emb_status = 0;
pub const EMB_E_NOMEM: emb_status = -1;
pub const EMB_E_INVAL: emb_status = -2;
pub const EMB_E_IO: emb_status = -3;
pub const EMB_E_FORMAT: emb_status = -4;
pub const EMB_E_OPTION: emb_status = -5;
pub const EMB_E_UNSUPPORTED: emb_status = -6;
pub const EMB_E_CANCELLED: emb_status = -7;
pub const EMB_E_INTERNAL: emb_status = -8;

pub const EMB_CAP_STATIC: u32 = 1;
pub const EMB_CAP_CONTEXTUAL: u32 = 2;
pub const EMB_CAP_CAUSAL: u32 = 4;
pub const EMB_CAP_CONCURRENT: u32 = 8;

pub const EMB_OPT_TEXT: i32 = 0;
pub const EMB_OPT_PATH: i32 = 1;
pub const EMB_OPT_INT: i32 = 2;
pub const EMB_OPT_REAL: i32 = 3;
pub const EMB_OPT_FLAG: i32 = 4;
pub const EMB_OPT_SEED: i32 = 5;
pub const EMB_OPT_CHANGE: i32 = 6;

pub const EMB_WORD_OK: u8 = 0;
pub const EMB_WORD_UNKNOWN: u8 = 1;
pub const EMB_WORD_CUT: u8 = 2;
pub const EMB_WORD_BACKOFF: u8 = 3;

/// Option values, the host's own.
pub enum emb_options {}

#[repr(C)]
pub struct emb_host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub ctx: *mut c_void,
    pub log: unsafe extern "C" fn(*const emb_host, i32, *const c_char),
    pub fail: unsafe extern "C" fn(*const emb_host, emb_status, *const c_char) -> emb_status,
    pub alloc: unsafe extern "C" fn(*const emb_host, usize) -> *mut c_void,
    pub free: unsafe extern "C" fn(*const emb_host, *mut c_void),
    pub progress: unsafe extern "C" fn(*const emb_host, u64, u64) -> emb_status,
    pub parallel_for: unsafe extern "C" fn(
        *const emb_host,
        u32,
        unsafe extern "C" fn(*mut c_void, u32, u32),
        *mut c_void,
    ),
    pub n_workers: u32,
    pub reserved: u32,
    pub opt_text: unsafe extern "C" fn(*const emb_options, *const c_char) -> *const c_char,
    pub opt_int: unsafe extern "C" fn(*const emb_options, *const c_char) -> i64,
    pub opt_real: unsafe extern "C" fn(*const emb_options, *const c_char) -> f64,
    pub extension: unsafe extern "C" fn(*const emb_host, *const c_char) -> *const c_void,
}

#[repr(C)]
pub struct emb_option {
    pub name: *const c_char,
    pub fallback: *const c_char,
    pub help: *const c_char,
    pub kind: i32,
    pub reserved: i32,
    pub min: f64,
    pub max: f64,
}

#[repr(C)]
pub struct emb_model_desc {
    pub struct_size: u32,
    pub caps: u32,
    pub id: *const c_char,
    pub name: *const c_char,
    pub version: *const c_char,
    pub citation: *const c_char,
    pub options: *const emb_option,
    pub n_options: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct emb_span {
    pub begin: u32,
    pub end: u32,
}

#[repr(C)]
pub struct emb_sentence {
    text: *const u8,
    words: *const emb_span,
    targets: *const emb_span,
    n_bytes: u32,
    n_words: u32,
    n_targets: u32,
    reserved: u32,
}

#[repr(C)]
pub struct emb_batch {
    pub struct_size: u32,
    n_sentences: u32,
    sentences: *const emb_sentence,
    stages: *const u32,
    n_stages: u32,
    pub pooling: i32,
    vectors: *mut f32,
    word_status: *mut u8,
    row_stride: u64,
    stage_stride: u64,
}

#[repr(C)]
pub struct emb_model_info {
    pub struct_size: u32,
    pub dim: u32,
    pub n_stages: u32,
    pub max_tokens: u32,
    pub n_words: u64,
}

#[repr(C)]
pub struct emb_stage {
    pub struct_size: u32,
    pub block: i32,
    pub name: *const c_char,
    pub is_block_output: u32,
    pub reserved: u32,
}

/// `M` is yours: what the header calls struct emb_model.
#[repr(C)]
pub struct emb_model_ops<M: 'static> {
    pub struct_size: u32,
    pub reserved: u32,
    pub create: unsafe extern "C" fn(
        *const emb_host,
        *const emb_model_desc,
        *const emb_options,
        *mut *mut M,
    ) -> emb_status,
    pub destroy: unsafe extern "C" fn(*mut M),
    pub info: unsafe extern "C" fn(*const M, *mut emb_model_info) -> emb_status,
    pub stage: unsafe extern "C" fn(*const M, u32, *mut emb_stage) -> emb_status,
    pub embed: unsafe extern "C" fn(*mut M, *const emb_batch) -> emb_status,
    pub extension: unsafe extern "C" fn(*mut M, *const c_char) -> *const c_void,
}

#[repr(C)]
pub struct emb_plugin_model<M: 'static> {
    pub desc: &'static emb_model_desc,
    pub ops: &'static emb_model_ops<M>,
}

#[repr(C)]
pub struct emb_plugin_entry<M: 'static> {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub built_by: *const c_char,
    pub models: *const emb_plugin_model<M>,
    pub n_models: u32,
    pub reserved: u32,
}

// Constant data: nothing behind these pointers ever changes.
unsafe impl Sync for emb_option {}
unsafe impl Sync for emb_model_desc {}
unsafe impl<M> Sync for emb_model_ops<M> {}
unsafe impl<M> Sync for emb_plugin_model<M> {}
unsafe impl<M> Sync for emb_plugin_entry<M> {}

/// Text for the host: a literal that ends in `\0`.
pub const fn text(literal: &'static str) -> *const c_char {
    assert!(literal.as_bytes()[literal.len() - 1] == 0);
    literal.as_ptr() as *const c_char
}

/// Why something did not work: a status and a reason for the report.
pub struct Failure {
    pub code: emb_status,
    pub why: String,
}

impl Failure {
    pub fn new(code: emb_status, why: impl Into<String>) -> Failure {
        Failure { code, why: why.into() }
    }
}

fn reason_of(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| s.to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_else(|| "no message".into()))
}

impl emb_host {
    /// Runs `work` where no panic gets out: every function that the host calls is one of these.
    pub fn border(&self, work: impl FnOnce() -> Result<(), Failure>) -> emb_status {
        let failure = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => return EMB_OK,
            Ok(Err(failure)) => failure,
            Err(panic) => Failure::new(EMB_E_INTERNAL, reason_of(panic)),
        };
        let why = CString::new(failure.why.replace('\0', " ")).unwrap_or_default();
        unsafe { (self.fail)(self, failure.code, why.as_ptr()) }
    }

    /// `value` in memory of the host's, which the report counts. Undone by `drop_model`.
    pub fn new_model<M>(&self, value: M) -> Result<*mut M, Failure> {
        assert!(std::mem::align_of::<M>() <= 64);
        let room = unsafe { (self.alloc)(self, std::mem::size_of::<M>()) } as *mut M;
        if room.is_null() {
            return Err(Failure::new(EMB_E_NOMEM, "no memory for the model"));
        }
        unsafe { room.write(value) };
        Ok(room)
    }

    /// # Safety
    /// `model` comes from `new_model` of this host, and is not used again.
    pub unsafe fn drop_model<M>(&self, model: *mut M) {
        let _ = catch_unwind(AssertUnwindSafe(|| model.drop_in_place()));
        (self.free)(self, model as *mut c_void);
    }

    /// # Safety
    /// `values` is what create() was given; the option is declared, as a whole number.
    pub unsafe fn int(&self, values: *const emb_options, name: &'static str) -> i64 {
        (self.opt_int)(values, text(name))
    }

    /// # Safety
    /// `values` is what create() was given; the option is declared, as a text or path.
    pub unsafe fn text(&self, values: *const emb_options, name: &'static str) -> String {
        CStr::from_ptr((self.opt_text)(values, text(name))).to_string_lossy().into_owned()
    }
}

unsafe fn view<'a, T>(data: *const T, n: u32) -> &'a [T] {
    if n == 0 {
        &[]
    } else {
        slice::from_raw_parts(data, n as usize)
    }
}

impl emb_sentence {
    /// Bytes of any kind: UTF-8, unless the data set is not.
    pub fn text(&self) -> &[u8] {
        unsafe { view(self.text, self.n_bytes) }
    }
    /// The data set's own tokens; none = plain text.
    pub fn words(&self) -> &[emb_span] {
        unsafe { view(self.words, self.n_words) }
    }
    pub fn targets(&self) -> &[emb_span] {
        unsafe { view(self.targets, self.n_targets) }
    }
    pub fn part(&self, span: emb_span) -> &[u8] {
        &self.text()[span.begin as usize..span.end as usize]
    }
}

impl emb_batch {
    pub fn sentences(&self) -> &[emb_sentence] {
        unsafe { view(self.sentences, self.n_sentences) }
    }
    /// Numbers of the wanted stages, ascending.
    pub fn stages(&self) -> &[u32] {
        unsafe { view(self.stages, self.n_stages) }
    }
    /// Targets in all.
    pub fn n_rows(&self) -> usize {
        self.sentences().iter().map(|s| s.targets().len()).sum()
    }
    /// Writes one row of a target: `stage` counts the wanted ones. Panics beyond the last row.
    pub fn write(&self, row: usize, stage: usize, vector: &[f32]) {
        assert!(row < self.n_rows() && stage < self.stages().len());
        assert!(vector.len() as u64 <= self.stage_stride);
        let at = row as u64 * self.row_stride + stage as u64 * self.stage_stride;
        let room = unsafe { slice::from_raw_parts_mut(self.vectors.add(at as usize), vector.len()) };
        room.copy_from_slice(vector);
    }
    /// One of EMB_WORD_*; rows of unknown and cut targets must be zero.
    pub fn set_status(&self, row: usize, status: u8) {
        assert!(row < self.n_rows());
        unsafe { *self.word_status.add(row) = status };
    }
}
