/*
 * toy.cpp - the plugin to copy, in C++17. Every word has a vector made from a hash of its letters: a
 * static embedder without a file, the same on every machine, useful for nothing but learning the
 * contract. No exception crosses the border: guarded() turns each into a status and a reason.
 */
#include <embedder.h>
#include <embedder_util.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

/* Yours to define. Made in memory of the host's, so that a report can say how much it takes. */
struct emb_model {
    const emb_host *host;
    std::uint32_t dim;
    std::uint64_t seed;

    std::vector<float> vector_of(const char *word, std::uint32_t n_bytes) const;
};

namespace {

/* The host parses these, checks the ranges and prints the help: `toy,dim=50,seed=7`. */
const emb_option options[] = {
    {"dim", "64", "floats in a vector", EMB_OPT_INT, 0, 1, 4096},
    {"seed", "1", "other seeds give other vectors", EMB_OPT_SEED, 0, 0, 0x1p53},
};

/* In the order of the header: C++17 has no designated initialisers. */
const emb_model_desc desc = {
    sizeof(emb_model_desc),
    EMB_CAP_STATIC | EMB_CAP_CONCURRENT, /* caps: claims that `harness check` puts to the test */
    "toy",
    "Toy",
    "1.0.0",
    "none: vectors from a hash function, as an example for plugin authors",
    options,
    sizeof options / sizeof *options,
    0,
};

template <typename Work> emb_status guarded(const emb_host *host, Work work) noexcept
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return host->fail(host, EMB_E_NOMEM, "out of memory");
    } catch (const std::exception &error) {
        return host->fail(host, EMB_E_INTERNAL, error.what());
    } catch (...) {
        return host->fail(host, EMB_E_INTERNAL, "an exception of no known type");
    }
}

/* Load the model. ret_model is written on success alone. */
emb_status create(const emb_host *host, const emb_model_desc *, const emb_options *values,
                  emb_model **ret_model)
{
    return guarded(host, [&] {
        void *room = host->alloc(host, sizeof(emb_model));
        if (!room) {
            throw std::bad_alloc();
        }
        *ret_model = new (room) emb_model{host, std::uint32_t(host->opt_int(values, "dim")),
                                          std::uint64_t(host->opt_int(values, "seed"))};
        return EMB_OK;
    });
}

void destroy(emb_model *model)
{
    if (model) {
        const emb_host *host = model->host;
        model->~emb_model();
        host->free(host, model);
    }
}

/* The members of edition 1.0 are always there; test for later ones with EMB_HAS. */
emb_status info(const emb_model *model, emb_model_info *info)
{
    info->dim = model->dim;
    info->n_stages = 1;
    info->max_tokens = 0; /* any length */
    info->n_words = 0;    /* any word */
    return EMB_OK;
}

/* A static embedder has one point at which a vector can be read: its table. */
emb_status stage(const emb_model *, std::uint32_t i, emb_stage *stage)
{
    if (i != 0) {
        return EMB_E_INVAL;
    }
    stage->block = 0;
    stage->name = "table";
    stage->is_block_output = 0;
    return EMB_OK;
}

/* Rows follow the targets of sentence 0, then 1, ... Write batch->stages' rows, nothing beside
 * them, and a status for each target. */
emb_status embed(emb_model *model, const emb_batch *batch)
{
    return guarded(model->host, [&] {
        std::uint64_t row = 0;
        for (std::uint32_t i = 0; i < batch->n_sentences; i++) {
            const emb_sentence &sentence = batch->sentences[i];
            for (std::uint32_t t = 0; t < sentence.n_targets; t++, row++) {
                const emb_span span = sentence.targets[t]; /* bytes; text is not NUL-terminated */
                const auto vector =
                    model->vector_of(sentence.text + span.begin, span.end - span.begin);
                for (std::uint32_t s = 0; s < batch->n_stages; s++) {
                    std::memcpy(emb_row(batch, row, s), vector.data(), model->dim * sizeof(float));
                }
                batch->word_status[row] = EMB_WORD_OK;
            }
        }
        return EMB_OK;
    });
}

/* Abilities beyond embed(), by name: none here. See embedder.h, section 8. */
const void *extension(emb_model *, const char *)
{
    return nullptr;
}

const emb_model_ops ops = {sizeof(emb_model_ops), 0,     create, destroy, info, stage,
                           embed,                 extension};

const emb_plugin_model models[] = {{&desc, &ops}};

} // namespace

/* A number in [-1, 1) for each dimension: FNV-1a over the bytes, then splitmix64. */
std::vector<float> emb_model::vector_of(const char *word, std::uint32_t n_bytes) const
{
    std::vector<float> vector(dim);
    std::uint64_t bytes = 0xcbf29ce484222325u ^ seed;
    for (std::uint32_t i = 0; i < n_bytes; i++) {
        bytes = (bytes ^ static_cast<unsigned char>(word[i])) * 0x100000001b3u;
    }
    for (std::uint32_t d = 0; d < dim; d++) {
        std::uint64_t h = bytes + (d + 1) * 0x9e3779b97f4a7c15u;
        h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
        h = (h ^ h >> 27) * 0x94d049bb133111ebu;
        vector[d] = float(double(h >> 40) / (1 << 23) - 1.0);
    }
    return vector;
}

/* The one symbol that a plugin exports. */
const emb_plugin_entry emb_plugin_entry_v1 = {
    sizeof(emb_plugin_entry), EMB_ABI_MINOR, "c++ " __VERSION__, models, 1, 0,
};
