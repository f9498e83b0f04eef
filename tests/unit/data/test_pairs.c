/* Word pairs in every layout they come in, and what is no such data set. */
#include "temporary.h"

#include "base/error.h"
#include "base/file.h"
#include "data/pairs.h"

#include <math.h>

/* Reads the bytes as a file of that name; 0 or the error. */
static int read_as(const char *name, const char *bytes, size_t n, struct pair_set *set)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, name);
    temporary_write(path, bytes, n);
    int error = pairs_read(path, set);
    free(path);
    temporary_remove(folder);
    return error;
}

struct layout_case {
    const char *what, *bytes;
    uint32_t n;
    const char *first, *second; /* of the last pair */
    double rating;
    const char *attribute, *value; /* of the last pair, NULL = none */
};

static const struct layout_case layouts[] = {
    {"tabs, no last line end", "car\tautomobile\t3.92\nnoon\tstring\t0.08", 2, "noon", "string",
     0.08, NULL, NULL},
    {"CRLF", "tiger\tcat\t7.35\r\nking\tcabbage\t0.23\r\n", 2, "king", "cabbage", 0.23, NULL, NULL},
    {"header and commas", "Word 1,Word 2,Human (mean)\nlove,sex,6.77\n", 1, "love", "sex", 6.77,
     NULL, NULL},
    {"quoted commas", "a,b,c\n\"New York, NY\",\"Rome\",4\n", 1, "New York, NY", "Rome", 4, NULL,
     NULL},
    {"semicolons", "cord;smile;0.02\nrooster;voyage;0.04\n", 2, "rooster", "voyage", 0.04, NULL,
     NULL},
    {"spaces and suffixes", "sun-n sunlight-n 50.0\nrun-v walk-v 31\n", 2, "run", "walk", 31, "pos",
     "VERB"},
    {"mixed suffixes", "sun-n sunny-j 50.0\n", 1, "sun", "sunny", 50, "pos", "NOUN-ADJ"},
    {"hyphens that are no suffixes", "sun-n sunlight 50.0\nx-ray photo 3\n", 2, "x-ray", "photo", 3,
     NULL, NULL},
    {"SimLex-999",
     "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)"
     "\n"
     "old\tnew\tA\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41\n",
     1, "old", "new", 1.58, "pos", "ADJ"},
    {"SimVerb", "take\tremove\tV\t6.81\tSYNONYMS\nwalk\ttrail\tV\t4.81\tCOHYPONYMS\n", 2, "walk",
     "trail", 4.81, "relation", "COHYPONYMS"},
    {"terms of several words", "olympic games\tsports event\t3.2\n", 1, "olympic games",
     "sports event", 3.2, NULL, NULL},
    {"byte order mark and comments", "\xEF\xBB\xBF# made by hand\nsun\tmoon\t5\n\n", 1, "sun",
     "moon", 5, NULL, NULL},
    {"raters behind the mean (RW)", "a\tb\t5.5\t5\t6\nc\td\t1.5\t1\t2\n", 2, "c", "d", 1.5, NULL,
     NULL},
    {"an index without a name, as data frames are saved",
     ",word1,word2,similarity\n0,oak,elm,7.5\n1,oak,tar,0.5\n", 2, "oak", "tar", 0.5, NULL, NULL},
    {"a filtered index, which does not count",
     ",word1,word2,similarity\n4,oak,elm,7\n9,oak,tar,1\n", 2, "oak", "tar", 1, NULL, NULL},
    {"an index called Unnamed: 0", "Unnamed: 0,word1,word2,score\n3,oak,elm,7\n5,oak,tar,1\n", 2,
     "oak", "tar", 1, NULL, NULL},
    {"an index called id, behind", "word1\tword2\tscore\tid\noak\telm\t7\t3\noak\ttar\t1\t8\n", 2,
     "oak", "tar", 1, NULL, NULL},
    {"numbers of the lines, no header", "1\toak\telm\t7.5\n2\toak\ttar\t0.5\n", 2, "oak", "tar",
     0.5, NULL, NULL},
    {"the score first (RL-122)", "3.25  oak -- elm\n0.5  oak -- tar\n", 2, "oak", "tar", 0.5, NULL,
     NULL},
    {"the score first, by tabs", "5\ta\tb\n3\ta\tc\n1\td\te\n", 3, "d", "e", 1, NULL, NULL},
    {"the mean among raters by its name (WS-353's set1)",
     "Word 1,Word 2,Human (mean),1,2\noak,elm,6,9,3\noak,tar,1,0,2\n", 2, "oak", "tar", 1, NULL,
     NULL},
    {"ids that are text", "pair_id,word1,word2,score\np1,oak,elm,6\np2,oak,tar,1\n", 2, "oak",
     "tar", 1, "pair_id", "p2"},
    {"names of term and mean (UMNSRS)",
     "Mean,Stdev,Term1,Term2,CUI1,CUI2\n1500,40,flu,cold,C1,C2\n300,12,flu,arm,C1,C3\n", 2, "flu",
     "arm", 300, "cui1", "C1"},
    {"a topic in front (TR9856)",
     "topic,term1,term2,score\ntrees,oak,elm,0.5\ntrees,oak,tar,0.25\n", 2, "oak", "tar", 0.25,
     "topic", "trees"},
    {"header in other words", "Wort 1;Wort 2;Bewertung\nEiche;Ulme;5,5\nEiche;Teer;0,25\n", 2,
     "Eiche", "Teer", 0.25, NULL, NULL},
    {"quoted words by tabs", "\"oak\"\t\"elm\"\t\"7\"\n\"oak\"\t\"tar\"\t\"1.5\"\n", 2, "oak",
     "tar", 1.5, NULL, NULL},
    {"quoted words by semicolons", "\"oak\";\"elm; wych\";7\n\"oak\";\"tar\";1\n", 2, "oak", "tar",
     1, NULL, NULL},
    {"ratings that count", "a\tb\t1\na\tc\t2\nc\td\t3\n", 3, "c", "d", 3, NULL, NULL},
    {"a word that is a number", "1984\tbook\t3\noak\telm\t7\noak\telm\t7\n", 3, "oak", "elm", 7,
     NULL, NULL},
};

Test(pairs, layouts)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const struct layout_case *c = &layouts[i];
        struct pair_set set;
        cr_assert_eq(read_as("set.txt", c->bytes, strlen(c->bytes), &set), 0, "%s: %s", c->what,
                     error_message());
        cr_assert_eq(set.n, c->n, "%s: %u pairs", c->what, set.n);
        const struct pair *last = &set.pairs[set.n - 1];
        cr_expect_str_eq(last->first, c->first, "%s", c->what);
        cr_expect_str_eq(last->second, c->second, "%s", c->what);
        cr_expect_eq(last->rating, c->rating, "%s", c->what);
        if (c->attribute) {
            uint32_t a = 0;
            while (a < set.n_attributes && strcmp(set.attributes[a], c->attribute) != 0) {
                a++;
            }
            cr_assert_lt(a, set.n_attributes, "%s", c->what);
            cr_expect_str_eq(last->values[a], c->value, "%s", c->what);
        } else {
            cr_expect_eq(set.n_attributes, 0u, "%s: %s", c->what, set.attributes[0]);
        }
        pairs_finish(&set);
    }
}

Test(pairs, simlex_concreteness)
{
    const char *text = layouts[8].bytes /* SimLex-999 */;
    struct pair_set set;
    cr_assert_eq(read_as("SimLex-999.txt", text, strlen(text), &set), 0);
    cr_assert_eq(set.n_attributes, 2u);
    cr_expect_str_eq(set.attributes[1], "concreteness");
    cr_expect_str_eq(set.pairs[0].values[1], "2");
    cr_expect_str_eq(set.pairs[0].id, "2"); /* its line */
    cr_expect_str_eq(set.name, "SimLex-999");
    pairs_finish(&set);
}

Test(pairs, latin1)
{
    struct pair_set set;
    cr_assert_eq(read_as("set.txt", "caf\xe9\tbar\t5\n", 11, &set), 0, "%s", error_message());
    cr_expect_str_eq(set.pairs[0].first, "caf\xc3\xa9");
    pairs_finish(&set);
}

/* SemEval-2017 task 2: the ratings in a file of their own. */
Test(pairs, ratings_beside)
{
    const char *folder = temporary_folder();
    char *data = file_join(folder, "en.test.data.txt"),
         *gold = file_join(folder, "en.test.gold.txt");
    temporary_write(data, "Si-o-seh pol\tArc de Triomphe\nMarseille\tNice\n", 44);
    temporary_write(gold, "1.5\n2.25\n", 9);
    struct pair_set set;
    cr_assert_eq(pairs_read(data, &set), 0, "%s", error_message());
    cr_expect_eq(set.n, 2u);
    cr_expect_eq(set.pairs[1].rating, 2.25);
    pairs_finish(&set);
    temporary_write(gold, "1.5\n", 4);
    cr_expect_neq(pairs_read(data, &set), 0);
    cr_expect_not_null(strstr(error_message(), "found 1 ratings, expected 2"), "%s",
                       error_message());
    free(data);
    free(gold);
    temporary_remove(folder);
}

/* What is refused, and what the message names. */
static const struct {
    const char *bytes, *message;
} refused[] = {
    {"", "empty"},
    {"\n\n", "empty"},
    {"just some prose without numbers\nand more of it\n", "set.txt:1: found \"just some prose"},
    {"a\tb\t1\nc\td\n", "set.txt:2: found \"c\td\", expected two words and a rating"},
    {"a\tb\t1\nc\td\tmany\n", "set.txt:2: field 3: found \"many\", expected a rating"},
    {"a\tb\t1\n\td\t2\n", "set.txt:2"},
    {"a\tb\tnan\na\tb\tnan\n", "set.txt:1: found \"a\tb\tnan\", expected a column of numbers"},
    {"a\tb\tnan\na\tc\t3\nd\te\t1\n", "set.txt:1: field 3: found \"nan\", expected a rating"},
    {"a\tb\t5\na\tc\tnan\nd\te\t1\n", "set.txt:2: field 3: found \"nan\", expected a rating"},
    /* SimVerb-3500-ratings.txt: ten people's ratings or more, and no mean */
    {"take\tremove\t6\t5\t6\t4\nwalk\ttrail\t5\t4\t3\t4\t2\n",
     "several columns hold numbers: 3, 4, 5, 6 and 1 more"},
    {"word1,word2,r1,r2\noak,elm,6,5\noak,tar,1,0\n",
     "several columns hold numbers: 3 \"r1\", 4 \"r2\""},
    {"word1,word2,similarity,relatedness\noak,elm,6,5.5\noak,tar,1,0.5\n",
     "several columns hold numbers: 3 \"similarity\", 4 \"relatedness\""},
    {"oak\telm\t6.5\t9\t8\noak\ttar\t1\t0\t2\n", "several columns hold numbers"},
    {"4\t3.5\t4\n2.5\t2\t2\n", "column 1 holds numbers, expected words"},
    {"oak\t4\telm\noak\t2\ttar\n", "column 2 holds numbers, expected words"},
    {"word1,word2,score\n0,1,5\n0,2,3\n", "column 1 holds numbers, expected words"},
    {"1\toak\telm\n2\toak\ttar\n", "the only column of numbers, 1, numbers the lines"},
    {"id,word1,word2\n7,oak,elm\n9,oak,tar\n", "the only column of numbers, 1 \"id\""},
    {"p001\toak\telm\t7\np002\toak\ttar\t1\n", "column 1 holds a digit on every line, as ids do"},
    {"genre,mot,autre,note\nx,oak,elm,3\nx,oak,tar,2\n", "names word1 and word2"},
    {"{\"word1\": \"oak\", \"word2\": \"elm\", \"score\": 3}\n", "set.txt:1: found \"{\"word1\""},
};

Test(pairs, refuses)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct pair_set set;
        cr_assert_eq(read_as("set.txt", refused[i].bytes, strlen(refused[i].bytes), &set),
                     ERR_REQUEST, "case %zu was read", i);
        cr_expect_not_null(strstr(error_message(), refused[i].message), "case %zu: %s", i,
                           error_message());
    }
    struct pair_set set;
    cr_assert_eq(read_as("set.txt", "a\tb\0\t1\n", 7, &set), ERR_REQUEST);
    cr_expect_not_null(strstr(error_message(), "NUL"));
    cr_assert_neq(pairs_read("/does/not/exist", &set), 0);
}

/* The shared sets: counts of their readme. */
Test(pairs, shared)
{
    static const struct {
        const char *name;
        uint32_t n;
    } sets[] = {{"EN-WS-353-ALL", 353}, {"EN-WS-353-SIM", 203}, {"EN-WS-353-REL", 252},
                {"EN-SIMLEX-999", 999}, {"EN-MEN-TR-3k", 3000}, {"EN-RW-STANFORD", 2034},
                {"EN-RG-65", 65},       {"EN-MC-30", 30},       {"EN-MTurk-287", 287},
                {"EN-VERB-143", 144}};
    const char *shared = getenv("HARNESS_SHARED");
    if (!shared || !file_exists(shared)) {
        cr_skip("no shared data sets (HARNESS_SHARED)");
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/similarity/%s.txt", shared, sets[i].name);
        struct pair_set set;
        cr_assert_eq(pairs_read(path, &set), 0, "%s", error_message());
        cr_expect_eq(set.n, sets[i].n, "%s: %u", sets[i].name, set.n);
        cr_expect_eq(set.n_attributes, 0u);
        cr_expect_str_eq(set.name, sets[i].name);
        pairs_finish(&set);
    }
}
