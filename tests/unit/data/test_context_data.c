/* Readers of pairs of words in context: WiC and what is like it, SCWS, Usim, CoSimLex, RAW-C. */
#include "scratch.h"

#include "base/error.h"
#include "data/context_pairs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* CoSimLex as the task's kit has it: the ratings of people apart, and not in the kit. */
Test(context_ratings, cosimlex_kit)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_folder(&scratch, "data");
    scratch_folder(&scratch, "gold");
    scratch_text(&scratch, "data/data_en.tsv",
                 "word1\tword2\tcontext1\tcontext2\tword1_context1\tword2_context1\t"
                 "word1_context2\tword2_context2\n"
                 "oak\telm\tAn <strong>oak</strong>, an <strong>elm</strong>.\tNo "
                 "<strong>elms</strong>, two <strong>oaks</strong>.\toak\telm\toaks\telms\n");
    cr_expect_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), ERR_REQUEST);
    cr_expect(strstr(error_message(), "has no ratings of people: expected columns sim1 and sim2, "
                                      "or gold_en.tsv beside it"),
              "%s", error_message());
    scratch_text(&scratch, "gold/gold_en.tsv", "sim_context1\tsim_context2\tchange\n2.5\t4\t1.5\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), 0, "%s",
                 error_message());
    cr_expect_str_eq(set.name, "cosimlex_en");
    cr_assert_eq(set.n_pairs, 2);
    cr_expect_eq(set.pairs[0].rating, 2.5);
    cr_expect_eq(set.pairs[1].rating, 4);
    context_set_finish(&set);
    scratch_text(&scratch, "gold/gold_en.tsv", "sim_context1\tsim_context2\n2.5\t4\n1\t2\n");
    cr_expect_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), ERR_REQUEST);
    scratch_close(&scratch);
}

/* An index column in front, quotes within a quoted field (RAW-C's own files are such tables). */
Test(context_ratings, raw_c_quotes)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_text(&scratch, "own.csv",
                 "Unnamed: 0,word,sentence1,sentence2,same,mean_relatedness\n"
                 "7,bat,\"\"\"A bat,\"\" he said.\",It was a bat.,True,3.5\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "own.csv"), &set), 0, "%s",
                 error_message());
    const struct context_occurrence *first = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(first->text, "\"A bat,\" he said.");
    cr_expect_eq(first->target.begin, 3);
    cr_expect_eq(set.pairs[0].rating, 3.5);
    context_set_finish(&set);
    scratch_close(&scratch);
}

Test(wic, reads_its_relatives)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    /* MCL-WiC: offsets are texts and count code points */
    scratch_text(
        &scratch, "dev.en-en.data",
        "[{\"id\":\"d.0\",\"lemma\":\"play\",\"pos\":\"NOUN\",\"sentence1\":\"\xC3\x89t\xC3\xA9 "
        "play.\",\"sentence2\":\"A play\",\"start1\":\"4\",\"end1\":\"8\",\"start2\":2,"
        "\"end2\":6}]");
    scratch_text(&scratch, "dev.en-en.gold", "[{\"id\":\"d.0\",\"tag\":\"T\"}]");
    cr_assert_eq(wic_read(scratch_path(&scratch, "dev.en-en.data"), &sets), 0, "%s",
                 error_message());
    cr_expect_eq(sets.sets[0].n_pairs, 1);
    cr_expect_eq(sets.sets[0].pairs[0].same, 1);
    cr_expect_eq(sets.sets[0].pairs[0].split, CONTEXT_DEV);
    const struct context_occurrence *first =
        &sets.sets[0].occurrences[sets.sets[0].pairs[0].occurrences[0]];
    cr_expect_eq(strncmp(first->text + first->target.begin, "play", 4), 0);
    cr_expect_eq(first->target.end - first->target.begin, 4);
    context_sets_finish(&sets);
    /* WiC-TSV: the second text is a definition, the whole of it the target */
    scratch_folder(&scratch, "tsv");
    scratch_text(&scratch, "tsv/train_examples.txt", "bank\t1\tThe bank closed\n");
    scratch_text(&scratch, "tsv/train_definitions.txt", "sloping land\n");
    scratch_text(&scratch, "tsv/train_labels.txt", "F\n");
    cr_assert_eq(wic_read(scratch_path(&scratch, "tsv"), &sets), 0, "%s", error_message());
    cr_expect_eq(sets.sets[0].n_pairs, 1);
    cr_expect_eq(sets.sets[0].pairs[0].same, 0);
    cr_expect_eq(sets.sets[0].occurrences[sets.sets[0].pairs[0].occurrences[1]].target.end, 12);
    context_sets_finish(&sets);
    /* XL-WiC style */
    scratch_text(&scratch, "xx_test.txt", "Bank\tN\t4\t8\t0\t4\tDie Bank.\tBank!\t1\n");
    cr_assert_eq(wic_read(scratch_path(&scratch, "xx_test.txt"), &sets), 0, "%s", error_message());
    cr_expect_eq(sets.sets[0].pairs[0].split, CONTEXT_TEST);
    context_sets_finish(&sets);
    /* WiC, with a gold file that ends early */
    scratch_text(&scratch, "dev.data.txt", "go\tV\t0-1\tgo on\tI go\ngo\tV\t0-0\tgo\tgo\r\n");
    scratch_text(&scratch, "dev.gold.txt", "T\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "dev.data.txt"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "dev.gold.txt:2: ends before"), "%s", error_message());
    scratch_close(&scratch);
}

/* The set of a name, NULL if there is none. */
static const struct context_set *part_of(const struct context_sets *sets, const char *name)
{
    for (uint32_t i = 0; i < sets->n; i++) {
        if (strcmp(sets->sets[i].name, name) == 0) {
            return &sets->sets[i];
        }
    }
    return NULL;
}

static bool target_is(const struct context_set *set, size_t pair, int side, const char *target)
{
    const struct context_occurrence *at = &set->occurrences[set->pairs[pair].occurrences[side]];
    size_t n = at->target.end - at->target.begin;
    return n == strlen(target) && memcmp(at->text + at->target.begin, target, n) == 0;
}

/* Folders within folders, the test gold apart, cross-lingual files with ranges, an id in the gold
 * that begins with a byte order mark: all as published. */
Test(wic, mcl_wic_folders)
{
    static const char pair[] =
        "[{\"id\": \"%s.0\", \"lemma\": \"play\", \"pos\": \"NOUN\", \"sentence1\": \"A play.\", "
        "\"sentence2\": \"The plays end.\", \"start1\": \"2\", \"end1\": \"6\", \"start2\": 4, "
        "\"end2\": 9}]";
    static const char *const names[] = {"training.en-en", "dev.en-en", "dev.fr-fr"};
    static const char *const folders[] = {"MCL/training", "MCL/dev/multilingual",
                                          "MCL/dev/multilingual"};
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    char path[128], text[512];
    for (size_t i = 0; i < 7; i++) {
        scratch_folder(&scratch,
                       (const char *[]){"MCL", "MCL/training", "MCL/dev", "MCL/dev/multilingual",
                                        "MCL/test", "MCL/test/crosslingual", "MCL/gold"}[i]);
    }
    scratch_text(&scratch, "MCL/README.txt", "what it is\n");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.data", folders[i], names[i]);
        snprintf(text, sizeof text, pair, names[i]);
        scratch_text(&scratch, path, text);
        snprintf(path, sizeof path, "%s/%s.gold", folders[i], names[i]);
        snprintf(text, sizeof text, "[{\"id\": \"\xEF\xBB\xBF%s.0\", \"tag\": \"T\"}]", names[i]);
        scratch_text(&scratch, path, text);
    }
    scratch_text(&scratch, "MCL/test/crosslingual/test.en-fr.data",
                 "[{\"id\": \"test.en-fr.0\", \"lemma\": \"play\", \"pos\": \"VERB\", "
                 "\"sentence1\": \"They play.\", \"sentence2\": \"\xC3\x80 jouer ou non jouer.\", "
                 "\"ranges1\": \"5-9\", \"ranges2\": \"2-7,11-14\"}]");
    scratch_text(&scratch, "MCL/gold/test.en-fr.gold",
                 "[{\"id\": \"test.en-fr.0\", \"tag\": \"F\"}]");
    cr_assert_eq(wic_read(scratch_path(&scratch, "MCL"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 3);
    const struct context_set *en = part_of(&sets, "MCL/en-en"), *fr = part_of(&sets, "MCL/fr-fr");
    const struct context_set *cross = part_of(&sets, "MCL/en-fr");
    cr_assert(en && fr && cross);
    cr_assert_eq(en->n_pairs, 2);
    cr_expect_eq(en->pairs[0].split + en->pairs[1].split, CONTEXT_TRAIN + CONTEXT_DEV);
    cr_expect_eq(en->pairs[0].same, 1);
    cr_expect(target_is(en, 0, 1, "plays"));
    cr_expect_eq(fr->pairs[0].split, CONTEXT_DEV);
    cr_expect_eq(cross->pairs[0].split, CONTEXT_TEST);
    cr_expect_eq(cross->pairs[0].same, 0);
    cr_expect(target_is(cross, 0, 0, "play"));
    cr_expect(target_is(cross, 0, 1, "jouer ou non"), "from the first to the last range");
    context_sets_finish(&sets);
    /* a file that would be missed is named */
    scratch_text(&scratch, "MCL/test/test.en-fr.csv", "id,lemma\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "MCL"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "test.en-fr.csv: no file of WiC"), "%s", error_message());
    scratch_close(&scratch);
}

Test(wic, wic_tsv_folders)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    for (size_t i = 0; i < 4; i++) {
        scratch_folder(&scratch,
                       (const char *[]){"en", "en/Training", "en/Development", "en/Test"}[i]);
    }
    scratch_text(&scratch, "en/LICENSE", "terms of the training and test data\n");
    for (size_t i = 0; i < 3; i++) {
        static const char *const begins[] = {"en/Training/train", "en/Development/dev",
                                             "en/Test/test"};
        char path[64];
        snprintf(path, sizeof path, "%s_examples.txt", begins[i]);
        scratch_text(&scratch, path, "bank\t1\tThe bank closed\noak\t0\tOak trees\n");
        snprintf(path, sizeof path, "%s_definitions.txt", begins[i]);
        scratch_text(&scratch, path, "sloping land\na tree\n");
        snprintf(path, sizeof path, "%s_hypernyms.txt", begins[i]);
        scratch_text(&scratch, path, "land\nplant\twood\n");
        snprintf(path, sizeof path, i < 2 ? "%s_labels.txt" : "%s_domains.txt", begins[i]);
        scratch_text(&scratch, path, i < 2 ? "F\nT\n" : "0\n3\n");
    }
    cr_assert_eq(wic_read(scratch_path(&scratch, "en"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 1);
    cr_assert_eq(sets.sets[0].n_pairs, 6);
    for (size_t p = 0; p < 6; p++) {
        const struct context_pair *at = &sets.sets[0].pairs[p];
        cr_expect_eq(at->same, at->split == CONTEXT_TEST ? -1 : (int)(p % 2));
    }
    context_sets_finish(&sets);
    scratch_text(&scratch, "en/Training/train_labels.txt", "F\nyes\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "en"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "train_labels.txt:2: found \"yes\""), "%s", error_message());
    scratch_close(&scratch);
}

Test(wic, superglue)
{
    static const char line[] =
        "{\"word\": \"place\", \"sentence1\": \"A place.\", \"sentence2\": \"We place it.\", "
        "\"idx\": 0, \"label\": false, \"start1\": 2, \"start2\": 3, \"end1\": 7, \"end2\": 8, "
        "\"version\": 1.1}\n";
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    scratch_folder(&scratch, "WiC");
    scratch_text(&scratch, "WiC/train.jsonl", line);
    scratch_text(&scratch, "WiC/val.jsonl", line);
    char text[512];
    snprintf(text, sizeof text, "%.*s\"start1\": 2, \"start2\": 3, \"end1\": 7, \"end2\": 8}\n",
             (int)(strstr(line, "\"label\"") - line), line);
    scratch_text(&scratch, "WiC/test.jsonl", text);
    cr_assert_eq(wic_read(scratch_path(&scratch, "WiC"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.sets[0].n_pairs, 3);
    for (size_t p = 0; p < 3; p++) {
        const struct context_pair *at = &sets.sets[0].pairs[p];
        cr_expect_eq(at->same, at->split == CONTEXT_TEST ? -1 : 0);
        cr_expect_str_eq(at->id, at->split == CONTEXT_TEST    ? "test.0"
                                 : at->split == CONTEXT_TRAIN ? "train.0"
                                                              : "dev.0");
        cr_expect_str_eq(at->lemmas[0], "place");
        cr_expect(target_is(&sets.sets[0], p, 1, "place"));
    }
    context_sets_finish(&sets);
    snprintf(text, sizeof text,
             "%.*s\"label\": \"maybe\", \"start1\": 2, \"start2\": 3, \"end1\": 7, "
             "\"end2\": 8}\n",
             (int)(strstr(line, "\"label\"") - line), line);
    scratch_text(&scratch, "WiC/val.jsonl", text);
    cr_expect_eq(wic_read(scratch_path(&scratch, "WiC"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "val.jsonl:1: label: expected true or false"), "%s",
              error_message());
    scratch_close(&scratch);
}

/* XL-WiC: a folder a language, the test labels apart. */
Test(wic, xl_wic_folders)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    static const char line[] = "Bank\tN\t4\t8\t0\t4\tDie Bank.\tBank!";
    char labelled[64];
    snprintf(labelled, sizeof labelled, "%s\t1\n", line);
    for (size_t i = 0; i < 3; i++) {
        scratch_folder(&scratch, (const char *[]){"xl", "xl/german_de", "xl/danish_da"}[i]);
    }
    scratch_text(&scratch, "xl/german_de/de_train.txt", labelled);
    scratch_text(&scratch, "xl/german_de/de_valid.txt", labelled);
    scratch_text(&scratch, "xl/german_de/de_test_data.txt", line);
    scratch_text(&scratch, "xl/german_de/de_test_gold.txt", "0\n");
    scratch_text(&scratch, "xl/danish_da/da_valid.txt", labelled);
    cr_assert_eq(wic_read(scratch_path(&scratch, "xl"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 2);
    const struct context_set *de = part_of(&sets, "xl/de"), *da = part_of(&sets, "xl/da");
    cr_assert(de && da);
    cr_assert_eq(de->n_pairs, 3);
    for (size_t p = 0; p < 3; p++) {
        cr_expect_eq(de->pairs[p].same, de->pairs[p].split != CONTEXT_TEST);
    }
    cr_expect_eq(da->pairs[0].split, CONTEXT_DEV);
    context_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(wic, a_limit_is_of_each_split)
{
    struct scratch scratch = scratch_open();
    scratch_folder(&scratch, "xl");
    scratch_text(&scratch, "xl/xx_train.txt",
                 "go\tV\t0\t2\t2\t4\tgo on\tI go\t1\ngo\tV\t0\t2\t3\t5\tgo up\tto go\t0\n");
    scratch_text(&scratch, "xl/xx_test.txt",
                 "do\tV\t0\t2\t2\t4\tdo it\tI do\t1\ngo\tV\t0\t2\t2\t4\tgo on\tI go\t1\n");
    struct context_sets sets;
    cr_assert_eq(wic_read(scratch_path(&scratch, "xl"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 1);
    cr_expect_str_eq(sets.sets[0].name, "xl"); /* one language: no parts */
    struct context_set set = sets.sets[0];
    cr_expect_eq(set.n_pairs, 4);
    cr_expect_eq(set.n_occurrences, 6);
    context_set_limit(&set, 0);
    cr_expect_eq(set.n_pairs, 4);
    context_set_limit(&set, 1);
    cr_assert_eq(set.n_pairs, 2);
    cr_expect_eq(set.n_occurrences, 4);
    for (size_t p = 0; p < 2; p++) {
        const char *verb = set.pairs[p].split == CONTEXT_TRAIN ? "go" : "do";
        for (int side = 0; side < 2; side++) {
            const struct context_occurrence *at = &set.occurrences[set.pairs[p].occurrences[side]];
            cr_expect_eq(strncmp(at->text + at->target.begin, verb, 2), 0, "%s", at->text);
        }
    }
    sets.sets[0] = set;
    context_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(context_ratings, reads_four_layouts)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_text(&scratch, "cosimlex_en.csv",
                 "word1\tword2\tcontext1\tcontext2\tsim1\tsim2\n"
                 "bank\triver\tA <strong>river</strong> by a <strong>bank</strong> .\t"
                 "The <strong>banks</strong> and <strong>rivers</strong>\t2.5\t3\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "cosimlex_en.csv"), &set), 0, "%s",
                 error_message());
    cr_assert_eq(set.n_pairs, 2);
    const struct context_occurrence *one = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(one->text, "A river by a bank .");
    cr_expect_eq(one->target.begin, 13, "the first target is word1, wherever it stands");
    cr_expect_str_eq(set.pairs[1].id, "1.2");
    context_set_finish(&set);
    scratch_text(&scratch, "raw-c.csv",
                 "word,sentence1,sentence2,same,mean_relatedness,string,Class\n"
                 "bail,\"He bailed, out.\",They bailed him.,False,0.5,bailed,V\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "raw-c.csv"), &set), 0, "%s",
                 error_message());
    one = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(one->text, "He bailed, out.");
    cr_expect_eq(one->target.begin, 3);
    cr_expect_eq(one->target.end, 9);
    cr_expect_eq(set.pairs[0].same, 0);
    context_set_finish(&set);
    if (shared_path("contextual")) {
        cr_assert_eq(context_ratings_read(shared_path("contextual/scws"), &set), 0, "%s",
                     error_message());
        cr_expect_eq(set.n_pairs, 2003);
        context_set_finish(&set);
        cr_assert_eq(context_ratings_read(shared_path("contextual/usim"), &set), 0, "%s",
                     error_message());
        cr_expect_eq(set.n_pairs, 1133);
        cr_expect(set.n_occurrences < 400, "equal sentences are embedded once");
        context_set_finish(&set);
    }
    scratch_close(&scratch);
}
