/*
 * fuzz_requests.c - what a run is asked for, from files. The first byte chooses: c an experiment
 * file (--config), h the head of a journal (--resume), k a key file (rescore), t a file of texts
 * (embed, neighbours), its words in brackets marked.
 */
#include "../folder.h"
#include "commands/args.h"
#include "commands/vectors/lookup_texts.h"
#include "commands/run/resume.h"
#include "report/tree.h"
#include "suites/shared/rescore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

static void read_config(const char *text, size_t n)
{
    struct args *args;
    if (args_parse(commands[0], 0, NULL, &args) == 0) {
        if (args_read_config_text(args, text, n, "fuzz.json") == 0) {
            struct str out = {0};
            args_write_config(args, 2, &out);
            str_finish(&out);
        }
        args_destroy(args);
    }
}

static void read_head(const char *text, size_t n)
{
    struct args *args, *then;
    struct result_tree tree = {0};
    char *head = strndup(text, n);
    if (args_parse(commands[0], 0, NULL, &args) == 0) {
        if (resume_args(args, head, &then, &tree) == 0) {
            args_destroy(then);
        }
        args_destroy(args);
    }
    resume_check(head, head);
    result_tree_finish(&tree);
    free(head);
}

static void take_row(void *ctx, const struct figure *row)
{
    (void)ctx;
    touched += strlen(row->dataset);
}

static void read_keys(const char *text, size_t n)
{
    static const char xml[] =
        "<corpus><text id='t'><sentence id='t.s'><instance id='t.s.a' lemma='a' pos='NOUN'>a"
        "</instance><instance id='t.s.b' lemma='b' "
        "pos='NOUN'>b</instance></sentence></text></corpus>";
    static const char gold[] = "t.s.a a%1:00:00::\nt.s.b b%1:00:00:: b%1:00:01::\n";
    const char *set = fuzz_put_text("x.data.xml", xml);
    struct suite_request request = {
        .datasets = &set, .n_datasets = 1, .resamples = 2, .wordnet = fuzz_folder(), .seed = 1};
    struct result_sink sink = {NULL, take_row, NULL};
    fuzz_put_text("x.gold.key.txt", gold);
    fuzz_put_text("data.noun", "00000012 03 n 02 a 0 b 0 000 | one\n"
                               "00000050 03 n 01 b 1 000 | other\n");
    for (int i = 0; i < 3; i++) {
        fuzz_put_text(((const char *[]){"data.verb", "data.adj", "data.adv"})[i], "");
    }
    fuzz_put_text("index.sense", "a%1:00:00:: 00000012 1 2\nb%1:00:00:: 00000012 1 1\n"
                                 "b%1:00:01:: 00000050 2 0\n");
    rescore_answers(&request, fuzz_put("answers.key", text, n), "fuzz", &(struct rescore_how){0},
                    &sink);
}

static int take_text(void *ctx, const struct lookup_text *text)
{
    (void)ctx;
    for (uint32_t i = 0; i < text->n_targets; i++) {
        if (text->targets[i].begin > text->targets[i].end || text->targets[i].end > text->n_bytes) {
            abort();
        }
    }
    touched += text->n_targets;
    return 0;
}

static void read_texts(const char *text, size_t n)
{
    const char *path = fuzz_put("texts.txt", text, n);
    for (int marked = 0; marked < 2; marked++) {
        struct lookup_texts texts = {.given = &path, .n_given = 1, .marked = marked};
        if (lookup_texts_check(&texts) == 0) {
            lookup_texts_each(&texts, take_text, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_MOST_BYTES) {
        return 0;
    }
    const char *text = (const char *)data + 1;
    if (data[0] == 'k') {
        read_keys(text, size - 1);
    } else if (data[0] == 'h') {
        read_head(text, size - 1);
    } else if (data[0] == 't') {
        read_texts(text, size - 1);
    } else {
        read_config(text, size - 1);
    }
    return 0;
}
