/* Suite contextuality: which occurrences it takes from a text. */
#include "../data/scratch.h"

#include "base/error.h"
#include "base/mem.h"
#include "suites/contextuality/contextuality.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <math.h>

static struct contextuality_text *read_text(const char *dataset, uint64_t limit)
{
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1, .limit = limit};
    struct contextuality_text *texts;
    uint32_t n_texts;
    cr_assert_eq(contextuality_read(&request, 2, &texts, &n_texts), 0, "%s", error_message());
    cr_assert_eq(n_texts, 1);
    return texts;
}

static void drop_text(struct contextuality_text *text)
{
    contextuality_text_finish(text);
    free(text);
}

Test(text, plain)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_text(&scratch, "novel.txt",
                                    "It was the best of times, it was 1859.\r\n\n* * *\n"
                                    "  The worst\xc3\xa9 of It\n\xc3\x89t\xc3\xa9\n");
    struct contextuality_text *text = read_text(path, 0);
    cr_expect_str_eq(text->name, "novel");
    cr_expect_eq(text->n_sentences, 3);
    cr_expect_eq(text->n_occurrences, 8 + 4 + 1); /* no word in "1859" and "* * *" */
    cr_expect_eq(text->sentences[1].n_bytes, strlen("The worst\xc3\xa9 of It"));
    cr_expect_eq(map_find_text(&text->words, "It"), MAP_NONE);
    cr_expect_neq(map_find_text(&text->words, "\xc3\xa9t\xc3\xa9"), MAP_NONE);
    uint32_t of_it = 0;
    for (uint32_t g = 0; g < text->n_groups; g++) {
        of_it += strcmp(map_key(&text->words, text->groups[g].number), "it") == 0
                     ? text->groups[g].n
                     : 0;
    }
    cr_expect_eq(of_it, 3);
    drop_text(text);
    text = read_text(path, 1);
    cr_expect_eq(text->n_sentences, 1);
    drop_text(text);
    char *second = mem_format("%s:every:2", path);
    text = read_text(second, 0);
    cr_expect_str_eq(text->name, "novel:every:2");
    cr_expect_eq(text->n_occurrences, 8 + 1);
    drop_text(text);
    free(second);
    scratch_close(&scratch);
}

/* A sentence that comes once for each of its instances is one sentence with both. */
Test(text, repeated_sentences)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_text(&scratch, "own.tsv",
                                    "1\tbank\tNOUN\t0\tbank on it\tx%1\n"
                                    "2\tbe\tVERB\t0\tis it\tz%1\n"
                                    "3\tbank\tVERB\t0\tbank on it\ty%1\n");
    struct contextuality_text *text = read_text(path, 0);
    cr_expect_eq(text->n_sentences, 3); /* not neighbours */
    drop_text(text);
    scratch_text(&scratch, "two.data.xml",
                 "<corpus><sentence><instance id='a' lemma='Bank' pos='NOUN'>bank</instance>"
                 "<wf>is</wf></sentence><sentence><wf>bank</wf>"
                 "<instance id='b' lemma='be' pos='VERB'>is</instance></sentence>"
                 "<sentence><wf>bank</wf><wf>is</wf><wf>?</wf></sentence></corpus>");
    scratch_text(&scratch, "two.gold.key.txt", "a x\nb y\n");
    text = read_text(scratch_path(&scratch, "two.data.xml"), 0);
    cr_expect_eq(text->n_sentences, 2);
    cr_expect_eq(text->n_occurrences, 4);
    cr_expect_str_eq(map_key(&text->lemmas, text->occurrences[0].lemma), "bank.NOUN");
    cr_expect_str_eq(map_key(&text->lemmas, text->occurrences[1].lemma), "be.VERB");
    cr_expect_eq(text->occurrences[2].lemma, CONTEXTUALITY_NONE);
    drop_text(text);
    scratch_close(&scratch);
}

/* Without --dataset: SemCor where it was fetched, else all usage examples; by their bare name every
 * tenth, as in suite wsd. */
Test(text, usual_sets)
{
    struct scratch scratch = scratch_open();
    struct suite_request request = {0};
    struct contextuality_text *texts;
    uint32_t n_texts;
    struct str xml = {0}, keys = {0};
    str_add(&xml, "<corpus>");
    for (int s = 0; s < 25; s++) {
        str_format(&xml,
                   "<sentence><instance id='i%d' lemma='a' pos='NOUN'>a%d</instance></sentence>", s,
                   s);
        str_format(&keys, "i%d x\n", s);
    }
    str_add(&xml, "</corpus>");
    setenv("HARNESS_CACHE", scratch.folder, 1);
    cr_expect_eq(contextuality_read(&request, 5, &texts, &n_texts), ERR_REQUEST);
    scratch_folder(&scratch, "datasets");
    scratch_folder(&scratch, "datasets/wordnet-examples");
    scratch_text(&scratch, "datasets/wordnet-examples/wordnet-examples.data.xml", xml.data);
    scratch_text(&scratch, "datasets/wordnet-examples/wordnet-examples.gold.key.txt", keys.data);
    cr_assert_eq(contextuality_read(&request, 5, &texts, &n_texts), 0, "%s", error_message());
    cr_expect_str_eq(texts->name, "wordnet-examples:all");
    cr_expect_eq(texts->n_sentences, 25);
    drop_text(texts);
    texts = read_text("wordnet-examples", 0);
    cr_expect_eq(texts->n_sentences, 3);
    drop_text(texts);
    texts = read_text("wordnet-examples", 2);
    cr_expect_eq(texts->n_sentences, 2);
    drop_text(texts);
    scratch_folder(&scratch, "datasets/semcor");
    scratch_text(&scratch, "datasets/semcor/semcor.data.xml", xml.data);
    scratch_text(&scratch, "datasets/semcor/semcor.gold.key.txt", keys.data);
    cr_assert_eq(contextuality_read(&request, 5, &texts, &n_texts), 0, "%s", error_message());
    cr_expect_str_eq(texts->name, "semcor");
    drop_text(texts);
    str_finish(&xml);
    str_finish(&keys);
    scratch_close(&scratch);
}

static int refusal(const char *dataset, const struct suite_request *like)
{
    struct suite_request request = *like;
    struct suite_state *state;
    request.datasets = &dataset;
    request.n_datasets = 1;
    return suite_open(suite_find("contextuality"), &request, &state);
}

Test(text, refusals)
{
    struct scratch scratch = scratch_open();
    struct suite_request request = {0};
    char *bad = mem_text(scratch_text(&scratch, "bad.txt", "fine\nnot \xff fine\n"));
    char *good = mem_text(scratch_text(&scratch, "good.txt", "fine\n"));
    char *none = mem_text(scratch_text(&scratch, "none.txt", "1 2 3\n"));
    char *variant = mem_format("%s:half", good);
    cr_expect_eq(refusal(bad, &request), ERR_REQUEST);
    cr_expect(strstr(error_message(), "bad.txt:2: byte 5") != NULL, "%s", error_message());
    cr_expect_eq(refusal(none, &request), ERR_REQUEST);
    cr_expect(strstr(error_message(), "holds no word") != NULL, "%s", error_message());
    cr_expect_eq(refusal(variant, &request), ERR_REQUEST);
    cr_expect(strstr(error_message(), "\"half\"") != NULL, "%s", error_message());
    const char *method = "guess", *options[] = {"least=1"};
    request.methods = &method;
    request.n_methods = 1;
    cr_expect_eq(refusal(good, &request), ERR_REQUEST);
    cr_expect(strstr(error_message(), "\"guess\"") != NULL, "%s", error_message());
    request = (struct suite_request){.options = options, .n_options = 1};
    cr_expect_eq(refusal(good, &request), ERR_REQUEST);
    cr_expect(strstr(error_message(), "least") != NULL, "%s", error_message());
    free(bad);
    free(good);
    free(none);
    free(variant);
    scratch_close(&scratch);
}
