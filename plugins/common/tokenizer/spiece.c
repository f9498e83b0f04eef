/*
 * spiece.model, tokenizer.model: SentencePiece's own file, a protobuf message. What is read of it,
 * by field number:
 *
 *   1  a piece: 1 text, 2 score (float), 3 type (1 normal, 2 unknown, 3 control, 4 user defined,
 *      5 unused, 6 byte)
 *   2  training: 3 kind of model (1 unigram, 2 byte pair, 3 word, 4 character), 24 white space is a
 *      suffix
 *   3  normaliser: 2 compiled character map, 3 add a dummy prefix, 4 remove extra white space,
 *      5 escape white space (all three true where absent)
 *
 * A field is a varint key (number << 3 | wire type) and a varint (0), 8 bytes (1), a varint length
 * and that many bytes (2), or 4 bytes (5).
 */
#include "base/open.h"
#include "base/try.h"
#include "embedder_util.h"
#include "tokenizer/spm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct message {
    const struct emb_host *host;
    const char *name;
    const unsigned char *bytes;
    uint64_t n, at;
    uint64_t start; /* of the message in the file, for errors */
};

struct field {
    uint64_t number;
    unsigned wire;
    uint64_t value;             /* wire 0, 1, 5 */
    const unsigned char *bytes; /* wire 2, [n] */
    uint64_t n;
};

static emb_status bad_field(const struct message *message, const char *why)
{
    return emb_failf(message->host, EMB_E_FORMAT,
                     "%s: byte %llu: found %s, expected a field of a "
                     "SentencePiece model",
                     message->name, (unsigned long long)(message->start + message->at), why);
}

static bool read_varint(struct message *message, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && message->at < message->n; shift += 7) {
        unsigned char byte = message->bytes[message->at++];
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool read_fixed(struct message *message, unsigned n_bytes, uint64_t *ret_value)
{
    if (message->n - message->at < n_bytes) {
        return false;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < n_bytes; i++) {
        value |= (uint64_t)message->bytes[message->at++] << (8 * i);
    }
    *ret_value = value;
    return true;
}

/* The next field; *ret_more false at the end. */
static emb_status next_field(struct message *message, struct field *ret_field, bool *ret_more)
{
    *ret_more = message->at < message->n;
    if (!*ret_more) {
        return EMB_OK;
    }
    uint64_t key;
    if (!read_varint(message, &key) || key >> 3 == 0) {
        return bad_field(message, "no key");
    }
    struct field field = {.number = key >> 3, .wire = key & 7};
    bool good = false;
    switch (field.wire) {
    case 0:
        good = read_varint(message, &field.value);
        break;
    case 1:
        good = read_fixed(message, 8, &field.value);
        break;
    case 2:
        good = read_varint(message, &field.n) && field.n <= message->n - message->at;
        if (good) {
            field.bytes = message->bytes + message->at;
            message->at += field.n;
        }
        break;
    case 5:
        good = read_fixed(message, 4, &field.value);
        break;
    default:
        return bad_field(message, "an unknown wire type");
    }
    *ret_field = field;
    return good ? EMB_OK : bad_field(message, "the end of the file");
}

static struct message inner(const struct message *outer, const struct field *field)
{
    return (struct message){outer->host, outer->name, field->bytes,
                            field->n,    0,           outer->start + outer->at - field->n};
}

static emb_status read_piece(struct spm *spm, struct message message)
{
    struct field field = {0};
    bool more;
    const char *text = "";
    uint64_t n_bytes = 0;
    uint64_t type = SPM_NORMAL;
    float score = 0;
    emb_status status;
    while ((status = next_field(&message, &field, &more)) == EMB_OK && more) {
        if (field.number == 1 && field.wire == 2) {
            text = (const char *)field.bytes;
            n_bytes = field.n;
        } else if (field.number == 2 && field.wire == 5) {
            uint32_t bits = (uint32_t)field.value;
            memcpy(&score, &bits, sizeof score);
        } else if (field.number == 3 && field.wire == 0) {
            type = field.value;
        }
    }
    return status ? status : spm_add(spm, message.name, text, n_bytes, (double)score, type);
}

static emb_status read_training(struct spm *spm, struct message message)
{
    struct field field = {0};
    bool more;
    uint64_t kind = 1;
    emb_status status;
    while ((status = next_field(&message, &field, &more)) == EMB_OK && more) {
        if (field.number == 3 && field.wire == 0) {
            kind = field.value;
        } else if (field.number == 24 && field.wire == 0 && field.value) {
            return emb_failf(message.host, EMB_E_FORMAT,
                             "%s: white space as a suffix is not known here", message.name);
        }
    }
    if (status == EMB_OK && kind != 1 && kind != 2) {
        status = emb_failf(message.host, EMB_E_FORMAT,
                           "%s: model of kind %llu, expected 1 (unigram) or 2 (byte pair)",
                           message.name, (unsigned long long)kind);
    }
    spm->is_unigram = kind == 1;
    return status;
}

static emb_status read_normalization(struct spm *spm, struct message message)
{
    struct field field = {0};
    bool more;
    emb_status status;
    while ((status = next_field(&message, &field, &more)) == EMB_OK && more) {
        if (field.number == 2 && field.wire == 2) {
            spm->charsmap = field.bytes;
            spm->n_charsmap = field.n;
        } else if (field.number == 3 && field.wire == 0) {
            spm->add_dummy_prefix = field.value != 0;
        } else if (field.number == 4 && field.wire == 0) {
            spm->remove_extra_whitespaces = field.value != 0;
        } else if (field.number == 5 && field.wire == 0) {
            spm->escape_whitespaces = field.value != 0;
        }
    }
    return status;
}

static emb_status count_pieces(struct message message, uint32_t *ret_n)
{
    struct field field = {0};
    bool more;
    uint32_t n = 0;
    emb_status status;
    while ((status = next_field(&message, &field, &more)) == EMB_OK && more) {
        n += field.number == 1 && field.wire == 2 && n < UINT32_MAX;
    }
    *ret_n = n;
    return status;
}

/* Pieces that a class puts before and after those of the file, and how many of the file's first it
 * leaves out for them (fairseq's numbering). */
struct renumbering {
    struct {
        const char *text;
        double score;
        enum spm_type type;
    } before[5];
    const char *after;
    uint32_t n_before, n_left_out;
};

static const struct renumbering xlm_roberta = {
    .before = {{"<s>", 0, SPM_CONTROL},
               {"<pad>", 0, SPM_CONTROL},
               {"</s>", 0, SPM_CONTROL},
               {"<unk>", 0, SPM_UNKNOWN}},
    .after = "<mask>",
    .n_before = 4,
    .n_left_out = 3,
};
/* The file's own <s> and </s> follow as numbers 5 and 6. */
static const struct renumbering camembert = {
    .before = {{"<s>NOTUSED", 0, SPM_CONTROL},
               {"<pad>", 0, SPM_CONTROL},
               {"</s>NOTUSED", 0, SPM_CONTROL},
               {"<unk>", 0, SPM_UNKNOWN},
               {"<unk>NOTUSED", -100, SPM_CONTROL}},
    .after = "<mask>",
    .n_before = 5,
    .n_left_out = 1,
};

static const struct renumbering *renumbering_of(const struct spm_rules *rules)
{
    static const struct renumbering none = {.n_before = 0};
    return rules && rules->kind == CLASS_XLM_ROBERTA ? &xlm_roberta
           : rules && rules->kind == CLASS_CAMEMBERT ? &camembert
                                                     : &none;
}

static emb_status add_literal(struct spm *spm, const char *text, double score, enum spm_type type)
{
    return spm_add(spm, spm->tokenizer->name, text, strlen(text), score, type);
}

static emb_status read_fields(struct spm *spm, struct message message, uint32_t n_left_out)
{
    struct field field = {0};
    bool more;
    uint32_t n_pieces = 0;
    emb_status status = EMB_OK;
    while (status == EMB_OK && (status = next_field(&message, &field, &more)) == EMB_OK && more) {
        if (field.wire != 2) {
            continue;
        }
        if (field.number == 1 && n_pieces++ >= n_left_out) {
            status = read_piece(spm, inner(&message, &field));
        } else if (field.number == 2) {
            status = read_training(spm, inner(&message, &field));
        } else if (field.number == 3) {
            status = read_normalization(spm, inner(&message, &field));
        }
    }
    return status;
}

static emb_status read_message(struct tokenizer *tokenizer, const struct spm_rules *rules,
                               struct message message)
{
    const struct renumbering *renumbering = renumbering_of(rules);
    struct spm spm;
    uint32_t n = 0;
    TRY(count_pieces(message, &n));
    if (n < renumbering->n_left_out) {
        return emb_failf(message.host, EMB_E_FORMAT, "%s: found %u pieces, expected more than %u",
                         message.name, n, renumbering->n_left_out);
    }
    TRY(spm_init(&spm, tokenizer, n ? n + renumbering->n_before + 1 : 0));
    spm.rules = rules;
    spm.is_unigram = true;
    for (uint32_t i = 0; i < renumbering->n_before; i++) {
        TRY(add_literal(&spm, renumbering->before[i].text, renumbering->before[i].score,
                        renumbering->before[i].type));
    }
    TRY(read_fields(&spm, message, renumbering->n_left_out));
    if (renumbering->after) {
        TRY(add_literal(&spm, renumbering->after, 0, SPM_CONTROL));
    }
    return spm_finish(&spm);
}

static emb_status map_file(const struct emb_host *host, const char *path, const void **ret_bytes,
                           uint64_t *ret_n)
{
    struct stat about;
    int fd;
    emb_status status = open_regular(host, path, &fd);
    if (status) {
        return status;
    }
    if (fstat(fd, &about) != 0) {
        status = emb_failf(host, EMB_E_IO, "%s: %s", path, strerror(errno));
        close(fd);
        return status;
    }
    void *bytes = about.st_size > 0
                      ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
                      : MAP_FAILED;
    close(fd);
    if (bytes == MAP_FAILED) {
        return emb_failf(host, EMB_E_IO, "%s: empty, or cannot be mapped", path);
    }
    *ret_bytes = bytes;
    *ret_n = (uint64_t)about.st_size;
    return EMB_OK;
}

/* The model that a class's rules read, or SentencePiece's own. */
static emb_status read_model_file(struct tokenizer *tokenizer, const struct spm_rules *rules,
                                  const char *path)
{
    const void *bytes = NULL;
    uint64_t n = 0;
    emb_status status = map_file(tokenizer->host, path, &bytes, &n);
    if (status) {
        return status;
    }
    status =
        read_message(tokenizer, rules, (struct message){tokenizer->host, path, bytes, n, 0, 0});
    munmap((void *)(uintptr_t)bytes, n);
    return status;
}

emb_status build_sentencepiece(struct tokenizer *tokenizer, const struct settings *settings,
                               const struct tokenizer_class *class, const char *path)
{
    struct spm_rules rules = {.kind = class->kind, .add_prefix_space = class->kind != CLASS_GEMMA};
    bool legacy = true;
    rules.lowercase = true;
    TRY(settings_bool(settings, "add_prefix_space", &rules.add_prefix_space));
    TRY(settings_bool(settings, "legacy", &legacy));
    TRY(settings_bool(settings, "do_lower_case", &rules.lowercase));
    TRY(settings_bool(settings, "keep_accents", &rules.keep_accents));
    rules.first_alone = class->kind == CLASS_LLAMA && !legacy;
    return read_model_file(tokenizer, &rules, path);
}

emb_status read_sentencepiece_bytes(const struct emb_host *host, const char *name,
                                    const void *bytes, uint64_t n_bytes,
                                    struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = NULL;
    emb_status status = tokenizer_create(host, name, &tokenizer);
    if (status == EMB_OK) {
        status = read_message(tokenizer, NULL, (struct message){host, name, bytes, n_bytes, 0, 0});
    }
    status = status ? status : tokenizer_finish(tokenizer);
    if (status) {
        tokenizer_destroy(tokenizer);
        return status;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}

emb_status read_sentencepiece(const struct emb_host *host, const char *path,
                              struct tokenizer **ret_tokenizer)
{
    const void *bytes = NULL;
    uint64_t n = 0;
    TRY(map_file(host, path, &bytes, &n));
    emb_status status = read_sentencepiece_bytes(host, path, bytes, n, ret_tokenizer);
    munmap((void *)(uintptr_t)bytes, n);
    return status;
}
