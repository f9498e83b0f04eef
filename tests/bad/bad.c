/*
 * bad.c - plugins that do wrong, one sin each: compiled once for every SIN_* with -DSIN=SIN_… and
 * -DID="…". Apart from its sin each is a fair static embedder of DIM floats: a word's vector is
 * made of its first letters.
 */
#include <embedder.h>
#include <embedder_util.h>

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    /* while loading */
    SIN_EXIT_IN_CREATE,
    SIN_HANG_IN_CREATE,
    SIN_FAIL_IN_CREATE,
    SIN_NO_MODEL,
    SIN_NO_DIMENSION,
    SIN_SAME_STAGES,
    SIN_UNDECLARED_OPTION,
    SIN_LEAK,
    /* while embedding */
    SIN_SEGFAULT,
    SIN_SHRUNK_FILE, /* its mapped file becomes shorter */
    SIN_ABORT,
    SIN_EXIT,
    SIN_HANG,
    SIN_FAIL,
    SIN_EAT_MEMORY,
    SIN_NAN,
    SIN_INFINITY,
    SIN_PAST_ROWS,
    SIN_PAST_END,
    SIN_PAST_STATUS,
    SIN_UNWRITTEN,
    SIN_NO_STATUS,
    SIN_UNKNOWN_NOT_ZERO,
    /* kept rules, broken promises: for `harness check` */
    SIN_READS_SENTENCE,  /* says static, is not */
    SIN_SAYS_CONTEXTUAL, /* says contextual, is not */
    SIN_TABLE_MOVES,     /* says contextual, and so is its look-up table */
    SIN_NEVER_MOVES,     /* says contextual, and no stage is */
    SIN_UNSTABLE,        /* equal batches, other bytes */
    SIN_WRITES_RET,      /* writes ret_model on failure */
    SIN_ANY_EXTENSION,   /* answers every id */
    SIN_IGNORES_STRIDE,
    SIN_SHARES_SCRATCH, /* says concurrent, is not */
    SIN_WRITES_PAST_INFO,
    SIN_SCORES_ABOVE_ONE, /* log-probabilities above 0 */
    SIN_SEES_TOO_MUCH,    /* attention weights that add up to 2 */
    SIN_ALL_ZERO,         /* status OK, a row of zeros */
    SIN_LEAKS_MALLOC,     /* memory that the host does not count */
    SIN_LEAKS_IN_EMBED,
    SIN_READS_BEYOND,     /* one byte behind the text */
    SIN_COUNTS_LETTERS,   /* takes offsets for those of characters */
    SIN_LONG_CONTEXT,     /* static, but for long sentences */
    SIN_RACES,            /* says concurrent; nothing helps the threads to meet */
    SIN_NEWER_HEADER,     /* no sin: a later edition of the contract */
    SIN_HUGE_DIMENSION,   /* which a run refuses */
    SIN_NO_REASON,        /* embed() fails and does not say why */
    SIN_NO_WHOLE_TEXT,    /* knows words alone */
    SIN_SPELLS_NOTHING,   /* no sin: pieces without a spelling */
    SIN_MISPLACES_PIECES, /* pieces beside their words */
    SIN_SAYS_TWO_LINES,   /* of itself, where one is wanted */
    SIN_KNOWS_NEIGHBOURS  /* a sentence's own vector depends on the others of its batch */
};

#define DIM (SIN == SIN_RACES ? 300 : 8)
#define IS_CONTEXTUAL                                                                              \
    (SIN == SIN_SAYS_CONTEXTUAL || SIN == SIN_TABLE_MOVES || SIN == SIN_NEVER_MOVES ||             \
     SIN == SIN_SAME_STAGES)
#define N_STAGES                                                                                   \
    (SIN == SIN_SAME_STAGES || SIN == SIN_TABLE_MOVES || SIN == SIN_NEVER_MOVES ? 2 : 1)

struct emb_model {
    const struct emb_host *host;
    void *never_freed;
};

static const struct emb_option options[] = {
    {"broken", "0", "make create() fail", EMB_OPT_FLAG, 0, 0, 1},
    {"model", "", "a file that is not read", EMB_OPT_PATH, 0, 1, 0},
};

static const struct emb_model_desc desc = {
    .struct_size = sizeof desc,
    .caps = (IS_CONTEXTUAL ? EMB_CAP_CONTEXTUAL : EMB_CAP_STATIC) |
            (SIN == SIN_SHARES_SCRATCH || SIN == SIN_RACES ? EMB_CAP_CONCURRENT : 0),
    .id = ID,
    .name = "Bad",
    .version = "1.0.0",
    .citation = "none: a test of the harness",
    .options = options,
    .n_options = 2,
};

/* What another process does by cutting a model file that is in use. */
static void read_shrunk_file(void)
{
    int fd = memfd_create("model", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, 8192) == 0) {
        const volatile char *map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
        if (map != MAP_FAILED && ftruncate(fd, 100) == 0) {
            (void)map[5000];
        }
    }
}

static void wait_for_ever(void)
{
    for (;;) {
        sleep(1000);
    }
}

static emb_status create(const struct emb_host *host, const struct emb_model_desc *self,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    (void)self;
    if (SIN == SIN_EXIT_IN_CREATE) {
        exit(7);
    }
    if (SIN == SIN_HANG_IN_CREATE) {
        wait_for_ever();
    }
    if (SIN == SIN_FAIL_IN_CREATE) {
        return emb_failf(host, EMB_E_FORMAT,
                         "model.bin: byte 12: found \"GARB\", expected \"GOOD\"");
    }
    if (SIN == SIN_NO_MODEL) {
        return EMB_OK;
    }
    if (host->opt_int(values, SIN == SIN_UNDECLARED_OPTION ? "brocken" : "broken")) {
        return emb_failf(host, EMB_E_OPTION, "broken as asked");
    }
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (SIN == SIN_WRITES_RET) {
        *ret_model = model;
    }
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "no memory");
    }
    model->host = host;
    model->never_freed = SIN == SIN_LEAK           ? host->alloc(host, 4321)
                         : SIN == SIN_LEAKS_MALLOC ? malloc(100)
                                                   : NULL;
    *ret_model = model;
    return EMB_OK;
}

static void destroy(struct emb_model *model)
{
    if (model) {
        model->host->free(model->host, model);
    }
}

static emb_status info(const struct emb_model *model, struct emb_model_info *ret_info)
{
    (void)model;
    if (!EMB_HAS(ret_info, struct emb_model_info, n_words)) {
        return EMB_E_INVAL;
    }
    if (SIN == SIN_WRITES_PAST_INFO) { /* as if its header were newer than the host's */
        memset((char *)ret_info + sizeof *ret_info, 1, 4);
    }
    ret_info->dim = SIN == SIN_NO_DIMENSION ? 0 : SIN == SIN_HUGE_DIMENSION ? 5000000 : DIM;
    ret_info->n_stages = N_STAGES;
    ret_info->max_tokens = 0;
    ret_info->n_words = 0;
    return EMB_OK;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *ret_stage)
{
    (void)model;
    if (i >= N_STAGES || !EMB_HAS(ret_stage, struct emb_stage, is_block_output)) {
        return EMB_E_INVAL;
    }
    bool is_table = i == 0 || SIN == SIN_SAME_STAGES;
    ret_stage->block = is_table ? 0 : 1;
    ret_stage->name = is_table ? "table" : "1";
    ret_stage->is_block_output = !is_table;
    return EMB_OK;
}

static void eat_memory(void)
{
    for (size_t eaten = 0; eaten < (size_t)8 << 30; eaten += 16 << 20) {
        char *block = malloc(16 << 20);
        if (block) {
            memset(block, 1, 16 << 20);
        }
        usleep(2000);
    }
}

/* What befalls a whole batch. */
static emb_status misbehave(struct emb_model *model, const struct emb_batch *batch)
{
    switch (SIN) {
    case SIN_SEGFAULT:
        raise(SIGSEGV);
        break;
    case SIN_SHRUNK_FILE:
        read_shrunk_file();
        break;
    case SIN_ABORT:
        abort();
    case SIN_EXIT:
        exit(0);
    case SIN_HANG:
        wait_for_ever();
        break;
    case SIN_FAIL:
        return emb_failf(model->host, EMB_E_INTERNAL, "sentence 0 is not to my taste");
    case SIN_EAT_MEMORY:
        eat_memory();
        break;
    case SIN_PAST_END:
        batch->vectors[emb_batch_rows(batch) * batch->row_stride - 1] = 1.0f;
        break;
    case SIN_NO_REASON:
        return EMB_E_INTERNAL;
    case SIN_LEAKS_IN_EMBED:
        model->never_freed = malloc(40);
        break;
    case SIN_PAST_STATUS:
        batch->word_status[emb_batch_rows(batch)] = EMB_WORD_OK;
        break;
    default:
        break;
    }
    return EMB_OK;
}

static float letter(const struct emb_sentence *sentence, const struct emb_span *span, uint32_t d)
{
    uint32_t n = span->end - span->begin, begin = span->begin;
    if (SIN == SIN_COUNTS_LETTERS) { /* finds that many characters on, which are more bytes */
        uint32_t left = begin;
        for (begin = 0; left > 0 && begin + n < sentence->n_bytes; begin++) {
            left -= ((unsigned char)sentence->text[begin] & 0xC0) != 0x80;
        }
    }
    unsigned char c = (unsigned char)sentence->text[begin + d % n];
    if (SIN == SIN_READS_BEYOND) { /* as if a NUL stood there */
        c = (unsigned char)(c ^ (sentence->text[sentence->n_bytes] & 1));
    }
    float value = (float)c / 64.0f + (float)d;
    if (SIN == SIN_READS_SENTENCE || SIN == SIN_TABLE_MOVES) {
        value += (float)sentence->n_bytes;
    }
    if (SIN == SIN_LONG_CONTEXT && sentence->n_bytes > 1000) {
        value += 1;
    }
    if (SIN == SIN_UNSTABLE) {
        static uint32_t state;
        value += (float)(state++ % 97);
    }
    return value;
}

static void write_row(const struct emb_batch *batch, uint64_t row,
                      const struct emb_sentence *sentence, const struct emb_span *span)
{
    static float space[DIM];
    float *volatile shared = space; /* so that the compiler reads it again */
    float *scratch = shared;
    float *out = emb_row(batch, row, 0);
    if (SIN == SIN_IGNORES_STRIDE) {
        out = batch->vectors + row * DIM;
    }
    for (uint32_t d = 0; d < DIM; d++) {
        scratch[d] = letter(sentence, span, d);
        if (SIN == SIN_SHARES_SCRATCH) {
            sched_yield();
        }
        out[d] = SIN == SIN_SHARES_SCRATCH ? shared[d] : letter(sentence, span, d);
    }
    if (SIN == SIN_RACES) {
        memcpy(out, shared, sizeof space);
    }
    for (uint32_t s = 1; s < batch->n_stages; s++) {
        memcpy(emb_row(batch, row, s), out, DIM * sizeof *out);
    }
    bool is_text = sentence->n_words == 0 && span->end - span->begin == sentence->n_bytes;
    batch->word_status[row] = EMB_WORD_OK;
    if (SIN == SIN_ALL_ZERO || (SIN == SIN_NO_WHOLE_TEXT && is_text)) {
        memset(out, 0, DIM * sizeof *out);
        batch->word_status[row] = SIN == SIN_ALL_ZERO ? EMB_WORD_OK : EMB_WORD_UNKNOWN;
    }
    if (SIN == SIN_NAN && row == 1) {
        out[3] = __builtin_nanf("");
    } else if (SIN == SIN_INFINITY && row == 1) {
        out[3] = __builtin_inff();
    } else if (SIN == SIN_PAST_ROWS) {
        out[DIM] = 1.0f;
    } else if (SIN == SIN_NO_STATUS) {
        batch->word_status[row] = 77;
    } else if (SIN == SIN_UNKNOWN_NOT_ZERO) {
        batch->word_status[row] = EMB_WORD_UNKNOWN;
    }
}

static emb_status embed(struct emb_model *model, const struct emb_batch *batch)
{
    emb_status status = misbehave(model, batch);
    if (status) {
        return status;
    }
    uint64_t row = 0;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        for (uint32_t t = 0; t < sentence->n_targets; t++, row++) {
            if (SIN == SIN_UNWRITTEN && row == 1) {
                batch->word_status[row] = EMB_WORD_OK;
                continue;
            }
            write_row(batch, row, sentence, &sentence->targets[t]);
        }
    }
    return EMB_OK;
}

/* A piece a word. */
static emb_status cut(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    (void)model;
    for (uint32_t i = 0; i < sentence->n_words && i < capacity; i++) {
        uint32_t of = SIN == SIN_MISPLACES_PIECES ? 0 : i;
        pieces[i] = (struct emb_piece){sentence->words[of].begin, sentence->words[of].end, 0, i};
    }
    *ret_n = sentence->n_words;
    return EMB_OK;
}

static const char *spelling(struct emb_model *model, uint32_t id)
{
    (void)model;
    (void)id;
    return SIN == SIN_SPELLS_NOTHING ? NULL : "word";
}

static const char *whole_text(struct emb_model *model)
{
    (void)model;
    return "mean";
}

static uint32_t own_dim(struct emb_model *model)
{
    (void)model;
    return 2;
}

static emb_status own_vectors(struct emb_model *model, const struct emb_sentence *sentences,
                              uint32_t n_sentences, float *ret_vectors)
{
    (void)model;
    for (uint32_t i = 0; i < n_sentences; i++) {
        ret_vectors[2 * i] = (float)sentences[i].n_bytes;
        ret_vectors[2 * i + 1] = 100.0f * (float)n_sentences;
    }
    return EMB_OK;
}

static const char *no_refusal(struct emb_model *model)
{
    (void)model;
    return NULL;
}

static emb_status score(struct emb_model *model, const struct emb_sentence *sentence,
                        uint32_t capacity, float *ret_log_probs)
{
    (void)model;
    if (capacity < sentence->n_words) {
        return EMB_E_INVAL;
    }
    for (uint32_t i = 0; i < sentence->n_words; i++) {
        ret_log_probs[i] = 0.5f;
    }
    return EMB_OK;
}

static uint32_t n_blocks(struct emb_model *model)
{
    (void)model;
    return 1;
}

static uint32_t n_heads(struct emb_model *model, uint32_t block)
{
    (void)model;
    return block == 1;
}

static emb_status attention(struct emb_model *model, const struct emb_sentence *sentence,
                            uint32_t block, uint32_t piece, float *ret_weights)
{
    (void)model;
    (void)block;
    if (piece >= sentence->n_words) {
        return EMB_E_INVAL;
    }
    for (uint32_t i = 0; i < sentence->n_words; i++) {
        ret_weights[i] = 2.0f / (float)sentence->n_words;
    }
    return EMB_OK;
}

static const char *two_lines(struct emb_model *model)
{
    (void)model;
    return "bad\nworse";
}

static const void *extension(struct emb_model *model, const char *id)
{
    static const struct emb_ext_about about = {two_lines, two_lines, two_lines};
    static const struct emb_ext_tokens tokens = {cut, spelling};
    static const struct emb_ext_score scores = {score};
    static const struct emb_ext_attention weights = {n_blocks, n_heads, attention};
    bool about_pieces = SIN == SIN_SCORES_ABOVE_ONE || SIN == SIN_SEES_TOO_MUCH ||
                        SIN == SIN_SPELLS_NOTHING || SIN == SIN_MISPLACES_PIECES;
    if (about_pieces && strcmp(id, EMB_EXT_TOKENS) == 0) {
        return model ? &tokens : NULL;
    }
    if (SIN == SIN_SCORES_ABOVE_ONE && strcmp(id, EMB_EXT_SCORE) == 0) {
        return model ? &scores : NULL;
    }
    if (SIN == SIN_SEES_TOO_MUCH && strcmp(id, EMB_EXT_ATTENTION) == 0) {
        return model ? &weights : NULL;
    }
    if (SIN == SIN_SAYS_TWO_LINES && strcmp(id, EMB_EXT_ABOUT) == 0) {
        return model ? &about : NULL;
    }
    static const struct emb_ext_sentence sentences = {whole_text, whole_text, own_dim, own_vectors,
                                                      no_refusal};
    if (SIN == SIN_KNOWS_NEIGHBOURS && strcmp(id, EMB_EXT_SENTENCE) == 0) {
        return model ? &sentences : NULL;
    }
    return SIN == SIN_ANY_EXTENSION ? (const void *)model : NULL;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {{&desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = SIN == SIN_NEWER_HEADER ? EMB_ABI_MINOR + 7 : EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = 1,
};
