/* Learning a byte-level byte-pair encoding, and writing it. */
#include "learn/bpe.h"

#include "base/regex.h"
#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/pre_tokenizer.h"

#include <string.h>

/* Numbers of bytes: in the order of their characters, which puts printable ones first. */
static void number_bytes(struct bpe *bpe)
{
    for (uint32_t byte = 0; byte < BPE_BYTES; byte++) {
        uint32_t before = 0;
        for (uint32_t other = 0; other < BPE_BYTES; other++) {
            before += byte_level_char((unsigned char)other) < byte_level_char((unsigned char)byte);
        }
        bpe->numbers[byte] = 1 + before;
        bpe->bytes[1 + before] = (unsigned char)byte;
    }
}

emb_status bpe_init(struct bpe *bpe, struct train_job *job)
{
    *bpe = (struct bpe){.job = job};
    number_bytes(bpe);
    emb_status status = word_counts_init(&bpe->words, job);
    if (status == EMB_OK) {
        status = regex_compile(job->host, "GPT-2's pattern", byte_level_pattern,
                               strlen(byte_level_pattern), &bpe->pattern);
    }
    if (status == EMB_OK && !(bpe->match = regex_match_create())) {
        status = emb_failf(job->host, EMB_E_NOMEM, "%s: out of memory for a pattern", job->model);
    }
    return status;
}

void bpe_finish(struct bpe *bpe)
{
    if (bpe->job) {
        word_counts_finish(&bpe->words);
        regex_free(bpe->pattern);
        regex_match_free(bpe->match);
        bpe->job->host->free(bpe->job->host, bpe->merges.pairs);
    }
    *bpe = (struct bpe){0};
}

emb_status bpe_count(struct bpe *bpe, const char *line, uint32_t n_bytes)
{
    uint32_t from = 0, begin, end, number;
    while (from < n_bytes) {
        int32_t found = regex_find(bpe->pattern, bpe->match, line, n_bytes, from, &begin, &end);
        if (found != REGEX_FOUND || end == begin) {
            return found < 0 ? (emb_status)found : EMB_OK;
        }
        TRY(word_counts_add(&bpe->words, line + begin, end - begin, &number));
        from = end;
    }
    return EMB_OK;
}

static uint32_t bytes_of(void *arg, const char *word, uint32_t n_bytes, uint32_t *ret_pieces)
{
    const struct bpe *bpe = arg;
    for (uint32_t i = 0; i < n_bytes; i++) {
        ret_pieces[i] = bpe->numbers[(unsigned char)word[i]];
    }
    return n_bytes;
}

emb_status bpe_learn(struct bpe *bpe, uint32_t n_pieces)
{
    bpe->merges = (struct merges){.job = bpe->job,
                                  .words = &bpe->words,
                                  .first_number = BPE_FIRST_MERGE,
                                  .first_pieces = bytes_of,
                                  .arg = bpe};
    return merges_learn(&bpe->merges, n_pieces - BPE_FIRST_MERGE);
}

/* A piece's spelling: its bytes as GPT-2's characters, none of which JSON escapes but two. */
static void write_spelling(const struct bpe *bpe, struct output *file, uint32_t number)
{
    if (number >= BPE_FIRST_MERGE) {
        write_spelling(bpe, file, bpe->merges.pairs[number - BPE_FIRST_MERGE][0]);
        write_spelling(bpe, file, bpe->merges.pairs[number - BPE_FIRST_MERGE][1]);
        return;
    }
    uint32_t c = byte_level_char(bpe->bytes[number]);
    if (c == '"' || c == '\\') {
        output_text(file, "\\");
    }
    if (c < 0x80) {
        output_text(file, "%c", (int)c);
    } else {
        output_text(file, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    }
}

static void write_vocabulary(const struct bpe *bpe, struct output *file)
{
    output_text(file, "  \"model\": {\"type\": \"BPE\", \"dropout\": null, \"unk_token\": null,\n"
                      "    \"continuing_subword_prefix\": null, \"end_of_word_suffix\": null,\n"
                      "    \"fuse_unk\": false, \"byte_fallback\": false,\n"
                      "    \"vocab\": {\n      \"<|endoftext|>\": 0");
    for (uint32_t i = 1; i < bpe_n_pieces(bpe); i++) {
        output_text(file, ",\n      \"");
        write_spelling(bpe, file, i);
        output_text(file, "\": %u", i);
    }
    output_text(file, "},\n    \"merges\": [");
    for (uint32_t i = 0; i < bpe->merges.n; i++) {
        output_text(file, "%s\n      \"", i ? "," : "");
        write_spelling(bpe, file, bpe->merges.pairs[i][0]);
        output_text(file, " ");
        write_spelling(bpe, file, bpe->merges.pairs[i][1]);
        output_text(file, "\"");
    }
    output_text(file, "]}\n");
}

void bpe_write(const struct bpe *bpe, struct output *file)
{
    output_text(file,
                "{\n  \"version\": \"1.0\", \"truncation\": null, \"padding\": null,\n"
                "  \"added_tokens\": [{\"id\": 0, \"content\": \"<|endoftext|>\", \"single_word\": "
                "false,\n    \"lstrip\": false, \"rstrip\": false, \"normalized\": false, "
                "\"special\": true}],\n  \"normalizer\": null,\n");
    output_text(file, "  \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, "
                      "\"trim_offsets\": true, \"use_regex\": true},\n"
                      "  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, "
                      "\"trim_offsets\": true, \"use_regex\": true},\n");
    output_text(file, "  \"post_processor\": {\"type\": \"TemplateProcessing\",\n"
                      "    \"single\": [{\"SpecialToken\": {\"id\": \"<|endoftext|>\", "
                      "\"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}],\n");
    output_text(file,
                "    \"pair\": [{\"SpecialToken\": {\"id\": \"<|endoftext|>\", \"type_id\": 0}}, "
                "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}},\n"
                "      {\"SpecialToken\": {\"id\": \"<|endoftext|>\", \"type_id\": 1}}, "
                "{\"Sequence\": {\"id\": \"B\", \"type_id\": 1}}],\n");
    output_text(file, "    \"special_tokens\": {\"<|endoftext|>\": {\"id\": \"<|endoftext|>\", "
                      "\"ids\": [0], \"tokens\": [\"<|endoftext|>\"]}}},\n");
    write_vocabulary(bpe, file);
    output_text(file, "}\n");
}
