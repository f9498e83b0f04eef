/* Training text: read, counted, cut into pieces, some of it held out. */
#include "learn/text.h"

#include "base/unicode.h"
#include "embedder_util.h"
#include "train/rng.h"

#include <math.h>
#include <string.h>

enum { SHARE_OF_MEMORY = 8, MOST_LINE = 1 << 24 };

static void hash_more(uint64_t *hash, const char *text, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        *hash = (*hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
}

static emb_status append_valid(struct learn_text *text, const char *block, uint64_t n)
{
    emb_status status = EMB_OK;
    while (n > 0 && status == EMB_OK) {
        size_t good = utf8_valid_prefix(block, n);
        status = spool_append(&text->bytes, block, good);
        block += good;
        n -= good;
        if (n > 0 && status == EMB_OK) {
            uint32_t c;
            bool valid;
            unsigned bytes = utf8_read(block, n, &c, &valid);
            status = spool_append(&text->bytes, "\xEF\xBF\xBD", 3);
            text->n_repaired++;
            block += bytes;
            n -= bytes;
        }
    }
    return status;
}

static emb_status read_blocks(struct learn_text *text)
{
    const struct emb_corpus *source = text->job->request->corpus;
    char last = '\n';
    for (;;) {
        const char *block;
        uint64_t n;
        emb_status status = source->next(source->ctx, &block, &n);
        if (status == EMB_OK && n == 0) {
            return last == '\n' ? EMB_OK : spool_append(&text->bytes, "\n", 1);
        }
        if (status == EMB_OK) {
            last = block[n - 1];
            text->n_bytes += n;
            hash_more(&text->hash, block, n);
            status = append_valid(text, block, n);
        }
        if (status == EMB_OK) {
            status = job_step(text->job, text->n_bytes, NAN);
        }
        if (status != EMB_OK) {
            return status;
        }
    }
}

/* A line of the text that is not white space alone, without the white space at its ends. */
struct line {
    const char *text;
    uint32_t n;
    bool held;
};

/* A line without the white space at its ends, as the suites read text. */
static struct line trim(const char *text, uint64_t n)
{
    const char *blank = " \t\r\f\v";
    while (n > 0 && text[0] && strchr(blank, text[0])) {
        text++;
        n--;
    }
    while (n > 0 && text[n - 1] && strchr(blank, text[n - 1])) {
        n--;
    }
    return (struct line){.text = text, .n = (uint32_t)n};
}

/* The next line from *at on; false at the end. A line is cut at MOST_LINE bytes, at a code point.
 */
static bool next_line(const struct learn_text *text, uint64_t *at, uint64_t *number,
                      struct line *ret_line)
{
    while (*at < text->bytes.n_bytes) {
        const char *begin = text->text + *at;
        uint64_t left = text->bytes.n_bytes - *at;
        const char *end = memchr(begin, '\n', left);
        uint64_t n = end ? (uint64_t)(end - begin) : left;
        bool is_cut = n > MOST_LINE;
        for (n = is_cut ? MOST_LINE : n; is_cut && ((unsigned char)begin[n] & 0xC0) == 0x80; n--) {
        }
        *at += n + !is_cut;
        uint64_t own = (*number)++;
        struct line line = trim(begin, n);
        if (line.n > 0) {
            struct rng rng = rng_stream(text->job->request->seed, 'h', own);
            line.held = (double)rng_unit(&rng) < text->share;
            *ret_line = line;
            return true;
        }
    }
    return false;
}

emb_status learn_text_read(struct learn_text *text, struct train_job *job, double share)
{
    *text = (struct learn_text){.job = job, .share = share, .hash = UINT64_C(14695981039346656037)};
    struct spool *const spools[] = {&text->bytes, &text->pieces, &text->held};
    for (size_t i = 0; i < sizeof spools / sizeof *spools; i++) {
        spool_init(spools[i], job, i ? "pieces" : "text", job->memory_bytes / SHARE_OF_MEMORY);
    }
    job_phase(job, 1, "reading", "bytes", 0, job->request->corpus->n_bytes);
    emb_status status = read_blocks(text);
    void *bytes = NULL;
    if (status == EMB_OK) {
        status = spool_map(&text->bytes, &bytes);
        text->text = bytes;
    }
    struct line line;
    for (uint64_t at = 0, number = 0; status == EMB_OK && next_line(text, &at, &number, &line);) {
        text->n_lines++;
        text->n_held_lines += line.held;
    }
    if (status == EMB_OK && text->n_lines == text->n_held_lines) {
        status =
            emb_failf(job->host, EMB_E_FORMAT,
                      "corpus: %llu lines that are not blank, of which %llu are held out; "
                      "nothing to train on",
                      (unsigned long long)text->n_lines, (unsigned long long)text->n_held_lines);
    }
    return status;
}

emb_status learn_text_each(const struct learn_text *text,
                           emb_status (*take)(void *arg, const char *line, uint32_t n_bytes),
                           void *arg)
{
    struct line line;
    emb_status status = EMB_OK;
    job_phase(text->job, 2, "words", "bytes", 0, text->bytes.n_bytes);
    for (uint64_t at = 0, number = 0; status == EMB_OK && next_line(text, &at, &number, &line);) {
        if (!line.held) {
            status = take(arg, line.text, line.n);
        }
        if (status == EMB_OK) {
            status = job_step(text->job, at, NAN);
        }
    }
    return status;
}

static emb_status append_pieces(struct spool *spool, const struct token_list *list, uint32_t end)
{
    emb_status status = spool_append(spool, &end, sizeof end);
    for (uint32_t i = 0; i < list->n && status == EMB_OK; i++) {
        status = spool_append(spool, &list->items[i].id, sizeof list->items[i].id);
    }
    return status;
}

emb_status learn_text_cut(struct learn_text *text, const struct tokenizer *tokenizer, uint32_t end)
{
    struct line line;
    struct token_list list = {0};
    emb_status status = EMB_OK;
    void *ids = NULL, *held = NULL;
    job_phase(text->job, 4, "pieces", "bytes", 0, text->bytes.n_bytes);
    for (uint64_t at = 0, number = 0; status == EMB_OK && next_line(text, &at, &number, &line);) {
        status = tokenizer_encode(tokenizer, line.text, line.n, 0, &list);
        if (status == EMB_OK) {
            status = append_pieces(line.held ? &text->held : &text->pieces, &list, end);
        }
        if (status == EMB_OK) {
            status = job_step(text->job, at, NAN);
        }
    }
    token_list_finish(&list);
    status = status != EMB_OK ? status : spool_map(&text->pieces, &ids);
    status = status != EMB_OK ? status : spool_map(&text->held, &held);
    text->ids = ids;
    text->held_ids = held;
    text->n_ids = text->pieces.n_bytes / sizeof *text->ids;
    text->n_held_ids = text->held.n_bytes / sizeof *text->ids;
    return status;
}

void learn_text_write_held(const struct learn_text *text, struct output *file)
{
    struct line line;
    for (uint64_t at = 0, number = 0; next_line(text, &at, &number, &line);) {
        if (line.held) {
            output_bytes(file, line.text, line.n);
            output_bytes(file, "\n", 1);
        }
    }
}

void learn_text_finish(struct learn_text *text)
{
    spool_finish(&text->bytes);
    spool_finish(&text->pieces);
    spool_finish(&text->held);
    *text = (struct learn_text){0};
}
