//! toy.rs - the plugin to copy, in Rust. Every word has a vector made from a hash of its letters: a
//! static embedder without a file, the same on every machine, useful for nothing but learning the
//! contract. What the host calls are the `extern "C"` functions at the end; each goes through
//! `border`, so that no panic gets out.

mod embedder;
use embedder::*;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::ptr::null;

/// Yours to define.
pub struct Model {
    host: &'static emb_host,
    dim: usize,
    seed: u64,
}

impl Model {
    /// A number in [-1, 1) for each dimension: FNV-1a over the bytes, then splitmix64.
    fn vector_of(&self, word: &[u8]) -> Vec<f32> {
        let hash = word.iter().fold(0xcbf29ce484222325u64 ^ self.seed, |h, &byte| {
            (h ^ byte as u64).wrapping_mul(0x100000001b3)
        });
        let number = |d: usize| {
            let mut h = hash.wrapping_add((d as u64 + 1).wrapping_mul(0x9e3779b97f4a7c15));
            h = (h ^ h >> 30).wrapping_mul(0xbf58476d1ce4e5b9);
            h = (h ^ h >> 27).wrapping_mul(0x94d049bb133111eb);
            ((h >> 40) as f64 / (1u64 << 23) as f64 - 1.0) as f32
        };
        (0..self.dim).map(number).collect()
    }

    /// Rows follow the targets of sentence 0, then 1, ...
    fn embed(&self, batch: &emb_batch) -> Result<(), Failure> {
        let mut row = 0;
        for sentence in batch.sentences() {
            for &target in sentence.targets() {
                let vector = self.vector_of(sentence.part(target));
                for stage in 0..batch.stages().len() {
                    batch.write(row, stage, &vector);
                }
                batch.set_status(row, EMB_WORD_OK);
                row += 1;
            }
        }
        Ok(())
    }
}

/// The host parses these, checks the ranges and prints the help: `toy,dim=50,seed=7`.
static OPTIONS: [emb_option; 2] = [
    emb_option {
        name: text("dim\0"),
        fallback: text("64\0"),
        help: text("floats in a vector\0"),
        kind: EMB_OPT_INT,
        reserved: 0,
        min: 1.0,
        max: 4096.0,
    },
    emb_option {
        name: text("seed\0"),
        fallback: text("1\0"),
        help: text("other seeds give other vectors\0"),
        kind: EMB_OPT_SEED,
        reserved: 0,
        min: 0.0,
        max: 9007199254740992.0,
    },
];

static DESC: emb_model_desc = emb_model_desc {
    struct_size: size_of::<emb_model_desc>() as u32,
    caps: EMB_CAP_STATIC | EMB_CAP_CONCURRENT, // claims that `harness check` puts to the test
    id: text("toy\0"),
    name: text("Toy\0"),
    version: text("1.0.0\0"),
    citation: text("none: vectors from a hash function, as an example for plugin authors\0"),
    options: &OPTIONS as *const emb_option,
    n_options: OPTIONS.len() as u32,
    reserved: 0,
};

/// Load the model. ret_model is written on success alone.
unsafe extern "C" fn create(
    host: *const emb_host,
    _of: *const emb_model_desc,
    values: *const emb_options,
    ret_model: *mut *mut Model,
) -> emb_status {
    let host: &'static emb_host = &*host; // it outlives the model
    host.border(|| {
        let dim = host.int(values, "dim\0") as usize;
        let seed = host.int(values, "seed\0") as u64;
        *ret_model = host.new_model(Model { host, dim, seed })?;
        Ok(())
    })
}

unsafe extern "C" fn destroy(model: *mut Model) {
    if !model.is_null() {
        let host = (*model).host;
        host.drop_model(model);
    }
}

unsafe extern "C" fn info(model: *const Model, info: *mut emb_model_info) -> emb_status {
    (*info).dim = (*model).dim as u32;
    (*info).n_stages = 1;
    (*info).max_tokens = 0; // any length
    (*info).n_words = 0; // any word
    EMB_OK
}

/// A static embedder has one point at which a vector can be read: its table.
unsafe extern "C" fn stage(_model: *const Model, i: u32, stage: *mut emb_stage) -> emb_status {
    if i != 0 {
        return EMB_E_INVAL;
    }
    (*stage).block = 0;
    (*stage).name = text("table\0");
    (*stage).is_block_output = 0;
    EMB_OK
}

unsafe extern "C" fn embed(model: *mut Model, batch: *const emb_batch) -> emb_status {
    let model = &*model; // EMB_CAP_CONCURRENT: shared, never changed
    model.host.border(|| model.embed(&*batch))
}

/// Abilities beyond embed(), by name: none here. See embedder.h, section 8.
unsafe extern "C" fn extension(_model: *mut Model, _id: *const c_char) -> *const c_void {
    null()
}

static OPS: emb_model_ops<Model> = emb_model_ops {
    struct_size: size_of::<emb_model_ops<Model>>() as u32,
    reserved: 0,
    create,
    destroy,
    info,
    stage,
    embed,
    extension,
};

static MODELS: [emb_plugin_model<Model>; 1] = [emb_plugin_model { desc: &DESC, ops: &OPS }];

/// The one symbol that a plugin exports.
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static emb_plugin_entry_v1: emb_plugin_entry<Model> = emb_plugin_entry {
    struct_size: size_of::<emb_plugin_entry<Model>>() as u32,
    abi_minor: EMB_ABI_MINOR,
    built_by: text("rustc\0"),
    models: &MODELS as *const emb_plugin_model<Model>,
    n_models: 1,
    reserved: 0,
};
