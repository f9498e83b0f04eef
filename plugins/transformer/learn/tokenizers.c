/* The tokenizer of a model: learned from the text, given, or that of the model it starts from. */
#include "learn/from.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"

#include <string.h>
#include <unistd.h>

static void write_bpe(void *arg, struct output *file)
{
    bpe_write(arg, file);
}

static void write_wordpieces(void *arg, struct output *file)
{
    wordpieces_write(arg, file);
}

static emb_status count_bpe(void *arg, const char *line, uint32_t n_bytes)
{
    return bpe_count(arg, line, n_bytes);
}

static emb_status count_wordpieces(void *arg, const char *line, uint32_t n_bytes)
{
    return wordpieces_count(arg, line, n_bytes);
}

static uint32_t wanted_pieces(const struct train_job *job)
{
    uint32_t wanted = (uint32_t)setting_int(job, "vocabulary");
    return wanted ? wanted : 8192;
}

static emb_status learn_bpe(struct training *of)
{
    struct train_job *job = of->job;
    uint32_t wanted = wanted_pieces(job);
    emb_status status = bpe_init(&of->bpe, job);
    status = status != EMB_OK ? status : learn_text_each(&of->text, count_bpe, &of->bpe);
    job_phase(job, 3, "merges", "pieces", 0, wanted - BPE_FIRST_MERGE);
    status = status != EMB_OK ? status : bpe_learn(&of->bpe, wanted);
    return status != EMB_OK
               ? status
               : learn_folder_write(&of->folder, "tokenizer.json", write_bpe, &of->bpe);
}

static emb_status learn_wordpieces(struct training *of)
{
    struct train_job *job = of->job;
    uint32_t wanted = wanted_pieces(job);
    emb_status status = wordpieces_init(&of->wordpieces, job, setting_int(job, "lowercase") != 0);
    status =
        status != EMB_OK ? status : learn_text_each(&of->text, count_wordpieces, &of->wordpieces);
    job_phase(job, 3, "merges", "pieces", 0, wanted);
    status = status != EMB_OK ? status : wordpieces_learn(&of->wordpieces, wanted);
    return status != EMB_OK ? status
                            : learn_folder_write(&of->folder, "tokenizer.json", write_wordpieces,
                                                 &of->wordpieces);
}

static emb_status find_piece(const struct training *of, const char *spelling, uint32_t *ret_id)
{
    return tokenizer_find(of->tokenizer, spelling, ret_id)
               ? EMB_OK
               : emb_failf(of->job->host, EMB_E_OPTION, "%s: the tokenizer has no piece %s",
                           of->job->model, spelling);
}

/* The pieces that stand around texts. */
static emb_status find_ends(struct training *of)
{
    if (of->arch != LEARN_BERT) {
        uint32_t named = learn_from_end(of); /* bos_token_id, which stands before a text */
        of->end = named;
        return named != UINT32_MAX ? EMB_OK : find_piece(of, END_OF_TEXT, &of->end);
    }
    TRY(find_piece(of, "[CLS]", &of->begin));
    TRY(find_piece(of, "[SEP]", &of->end));
    return find_piece(of, "[MASK]", &of->mask);
}

/* Options of the tokenizer to learn, where there is none to learn. */
static emb_status check_given(const struct training *of)
{
    const struct train_job *job = of->job;
    const char *whose = of->from ? "the model of from=" : "the file of tokenizer=";
    uint32_t theirs = of->from ? of->from->arch.n_vocab : tokenizer_n_pieces(of->tokenizer);
    uint32_t asked = (uint32_t)setting_int(job, "vocabulary");
    if (asked && asked != theirs) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option vocabulary: found %u, but %s has %u pieces", job->model, asked,
                         whose, theirs);
    }
    return setting_int(job, "lowercase")
               ? EMB_OK
               : emb_failf(job->host, EMB_E_OPTION,
                           "%s: option lowercase: found 0, but %s has its own tokenizer",
                           job->model, whose);
}

emb_status learn_get_tokenizer(struct training *of)
{
    struct train_job *job = of->job;
    const char *given = setting_text(job, "tokenizer");
    char theirs[LEARN_PATH];
    emb_status status = EMB_OK;
    if (of->from) {
        status = learn_from_file(of, "tokenizer.json", theirs);
        given = theirs;
    }
    if (status == EMB_OK && *given) {
        status = learn_folder_copy(&of->folder, "tokenizer.json", given);
    } else if (status == EMB_OK && wanted_pieces(job) < BPE_FIRST_MERGE) {
        status = emb_failf(job->host, EMB_E_OPTION,
                           "%s: option vocabulary: found %u, expected 0 or at least %d", job->model,
                           wanted_pieces(job), BPE_FIRST_MERGE);
    } else if (status == EMB_OK) {
        status = of->arch == LEARN_BERT ? learn_wordpieces(of) : learn_bpe(of);
    }
    if (status == EMB_OK) {
        status = tokenizer_load(job->host, learn_folder_file(&of->folder, "tokenizer.json"),
                                &of->tokenizer);
    }
    status = status == EMB_OK && *given ? check_given(of) : status;
    return status != EMB_OK ? status : find_ends(of);
}
