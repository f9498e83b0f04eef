/* Analogies, synonym questions and pairs of sentences in their layouts. */
#include "temporary.h"

#include "base/error.h"
#include "base/file.h"
#include "data/analogy.h"
#include "data/sts.h"
#include "data/synonyms.h"

#include <sys/stat.h>

static char *write_as(const char *folder, const char *name, const char *text)
{
    char *path = file_join(folder, name);
    temporary_write(path, text, strlen(text));
    return path;
}

static const char *word(const struct analogy_set *set, uint32_t i)
{
    return map_key(&set->words, i);
}

Test(analogy, google)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "questions.txt",
                          ": capitals\nAthens Greece Oslo Norway\n: gram1-adverbs\r\n"
                          "calm calmly slow slowly\r\ncalm calmly apparent apparently");
    struct analogy_set set;
    cr_assert_eq(analogy_read(path, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 3u);
    cr_assert_eq(set.n_sections, 2u);
    cr_expect_str_eq(set.sections[0].group, "semantic");
    cr_expect_str_eq(set.sections[1].group, "syntactic");
    cr_expect_str_eq(set.sections[1].name, "gram1-adverbs");
    cr_expect_str_eq(word(&set, set.questions[2].c), "apparent");
    cr_expect_str_eq(word(&set, set.answers[set.questions[2].first_answer]), "apparently");
    char *id = analogy_id(&set, 2);
    cr_expect_str_eq(id, "gram1-adverbs:2");
    free(id);
    free(path);
    analogy_finish(&set);
    temporary_remove(folder);
}

Test(analogy, bats)
{
    const char *folder = temporary_folder();
    char *inner = file_join(folder, "1_Inflectional_morphology");
    cr_assert_eq(mkdir(inner, 0700), 0);
    free(
        write_as(inner, "I01 [noun - plural_reg].txt", "cat\tcats\ndog\tdogs\nfox\tfoxes/foxen\n"));
    free(write_as(folder, "README.txt", "nothing to read here\n"));
    struct analogy_set set;
    cr_assert_eq(analogy_read(folder, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 6u);
    cr_expect_str_eq(set.sections[0].group, "1_Inflectional_morphology");
    cr_expect_str_eq(set.sections[0].name, "I01 [noun - plural_reg]");
    const struct analogy_question *second = &set.questions[1]; /* cat : cats = fox : ? */
    cr_expect_str_eq(word(&set, second->a), "cat");
    cr_expect_str_eq(word(&set, second->b), "cats");
    cr_expect_str_eq(word(&set, second->c), "fox");
    cr_expect_eq(second->n_answers, 2u);
    cr_expect_str_eq(word(&set, set.answers[second->first_answer + 1]), "foxen");
    analogy_finish(&set);
    free(inner);
    temporary_remove(folder);
}

static const struct {
    const char *what, *text;
    uint32_t n, n_sections;
    const char *a, *answer, *section; /* of the last question */
} tables[] = {
    {"commas", "Athens,Greece,Baghdad,Iraq\nRome,Italy,New York,\"States, United\"\n", 2, 1, "Rome",
     "States, United", "all"},
    {"commas and blanks", "Athens, Greece, Baghdad, Iraq\n", 1, 1, "Athens", "Iraq", "all"},
    {"commas below a section", ": capital\nAthens, Greece, Baghdad, Iraq\n", 1, 1, "Athens", "Iraq",
     "capital"},
    {"header, index and category",
     ",word1,word2,word3,word4,category\n0,Athens,Greece,Baghdad,Iraq,capital\n"
     "1,good,better,big,bigger,gram4\n",
     2, 2, "good", "bigger", "gram4"},
    {"category first", "Section;A;B;C;D\ncapital;Athens;Greece;Baghdad;Iraq\n", 1, 1, "Athens",
     "Iraq", "capital"},
    {"numbered lines", "1\tAthens\tGreece\tBaghdad\tIraq\n2\tRome\tItaly\tOslo\tNorway\n", 2, 1,
     "Rome", "Norway", "all"},
};

Test(analogy, tables)
{
    const char *folder = temporary_folder();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char *path = write_as(folder, "table.csv", tables[i].text);
        struct analogy_set set;
        cr_assert_eq(analogy_read(path, &set), 0, "%s: %s", tables[i].what, error_message());
        cr_assert_eq(set.n, tables[i].n, "%s", tables[i].what);
        cr_expect_eq(set.n_sections, tables[i].n_sections, "%s", tables[i].what);
        const struct analogy_question *last = &set.questions[set.n - 1];
        cr_expect_str_eq(map_key(&set.words, last->a), tables[i].a, "%s", tables[i].what);
        cr_expect_str_eq(map_key(&set.words, set.answers[last->first_answer]), tables[i].answer);
        cr_expect_str_eq(set.sections[last->section].name, tables[i].section);
        analogy_finish(&set);
        free(path);
    }
    temporary_remove(folder);
}

Test(analogy, refuses_tables)
{
    static const char *const texts[][2] = {
        {"5,Athens,Greece,Baghdad,Iraq\n3,Rome,Italy,Oslo,Norway\n", "names word1 to word4"},
        {"Athens,Greece,Baghdad,Iraq,capital\n", "names word1 to word4"},
        {"word1,word2,word3,word4\n1,2,3,4\n", "column 1 holds numbers, expected words"},
        {"word1,word2,word3,word4\nAthens,Greece,Baghdad,\n", "table.csv:2: found \"Athens,"},
    };
    const char *folder = temporary_folder();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *path = write_as(folder, "table.csv", texts[i][0]);
        struct analogy_set set;
        cr_assert_eq(analogy_read(path, &set), ERR_REQUEST, "case %zu was read", i);
        cr_expect_not_null(strstr(error_message(), texts[i][1]), "case %zu: %s", i,
                           error_message());
        free(path);
    }
    temporary_remove(folder);
}

Test(analogy, what_lies_beside)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "questions-words.txt", ": capital\nAthens Greece Baghdad Iraq\n");
    free(write_as(folder, "SOURCE.txt", "origin: some repository\ncounts: 1\n"));
    free(write_as(folder, "00-readme.txt", "what it is\n"));
    free(write_as(folder, "metadata.json", "{}\n"));
    struct analogy_set set;
    cr_assert_eq(analogy_read(folder, &set), 0, "%s", error_message());
    cr_expect_eq(set.n, 1u);
    analogy_finish(&set);
    free(path);
    temporary_remove(folder);
}

Test(analogy, msr)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "word_relationship.questions",
                          "good better rough JJ_JJR\nsee saw go VB_VBD\n");
    char *answers = write_as(folder, "word_relationship.answers", "jj_jjr rougher\nvb_vbd went\n");
    struct analogy_set set;
    cr_assert_eq(analogy_read(path, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 2u);
    cr_expect_str_eq(set.sections[1].name, "VB_VBD");
    cr_expect_str_eq(word(&set, set.answers[set.questions[1].first_answer]), "went");
    analogy_finish(&set);
    temporary_write(answers, "jj_jjr rougher\n", 15);
    cr_expect_eq(analogy_read(path, &set), ERR_REQUEST);
    free(path);
    free(answers);
    temporary_remove(folder);
}

Test(analogy, sat)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "SAT-package.txt",
                          "# comment\n\n190 FROM REAL SATs\nlull trust v:n\nbalk fortitude v:n\n"
                          "betray loyalty v:n\ncajole compliance v:n\nhinder destination v:n\n"
                          "soothe passion v:n\nc\n\nKS 1\nword language n:n\npaint portrait n:n\n"
                          "poetry rhythm n:n\nnote music n:n\ntale story n:n\nweek year n:n\nC\n");
    struct analogy_set set;
    cr_assert_eq(analogy_read(path, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 2u);
    cr_expect_eq(set.questions[1].n_choices, 5u);
    cr_expect_eq(set.answers[set.questions[1].first_answer], 2u);
    cr_expect_str_eq(word(&set, set.choices[set.questions[1].choices + 2][0]), "note");
    analogy_finish(&set);
    free(path);
    temporary_remove(folder);
}

Test(analogy, refuses)
{
    static const char *const texts[][2] = {
        {": a\none two three\n", ":2: found \"one two three\", expected four words"},
        {"", "no analogy question"},
        {"a b c d\na b c d e\n", ":2"},
        {"src\na b\nc d\ne f\nf\n", ":5: found \"f\", expected the letter"},
        {"src\na b\nc d\ne f g h\na\n", ":4"},
    };
    const char *folder = temporary_folder();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *path = write_as(folder, "q.txt", texts[i][0]);
        struct analogy_set set;
        cr_assert_eq(analogy_read(path, &set), ERR_REQUEST, "case %zu was read", i);
        cr_expect_not_null(strstr(error_message(), texts[i][1]), "case %zu: %s", i,
                           error_message());
        free(path);
    }
    temporary_remove(folder);
}

Test(analogy, shared)
{
    const char *shared = getenv("HARNESS_SHARED");
    char *path = shared ? file_join(shared, "analogy/questions-words.txt") : NULL;
    if (!path || !file_exists(path)) {
        cr_skip("no shared data sets (HARNESS_SHARED)");
    }
    struct analogy_set set;
    cr_assert_eq(analogy_read(path, &set), 0, "%s", error_message());
    cr_expect_eq(set.n, 19544u);
    cr_expect_eq(set.n_sections, 14u);
    cr_expect_eq(set.words.n, 905u);
    cr_expect_str_eq(set.sections[4].group, "semantic");
    cr_expect_str_eq(set.sections[5].group, "syntactic");
    analogy_finish(&set);
    free(path);
}

Test(synonyms, layout)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "wordnet-synonyms.tsv",
                          "# id\tpos\ttarget\tc1\tc2\tc3\tc4\tanswer\n"
                          "q1\tn\tcar\tauto\tsea\that\tpie\t1\nq2\tv\trun\ta\tb\thot_dog\td\t3\n");
    struct synonym_set set;
    cr_assert(synonyms_recognise(path));
    cr_assert_eq(synonyms_read(path, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 2u);
    cr_expect_eq(set.questions[1].answer, 2u);
    cr_expect_str_eq(set.questions[1].choices[2], "hot_dog");
    cr_expect_str_eq(set.questions[1].pos, "VERB");
    synonyms_finish(&set);
    temporary_write(path, "q1\tn\tcar\tauto\tsea\that\tpie\t5\n", 29);
    cr_expect_not(synonyms_recognise(path));
    cr_expect_eq(synonyms_read(path, &set), ERR_REQUEST);
    const char *twice = "q\tn\ta\tb\tc\td\te\t1\nq\tn\ta\tb\tc\td\te\t1\n";
    temporary_write(path, twice, strlen(twice));
    cr_expect_eq(synonyms_read(path, &set), ERR_REQUEST);
    cr_expect_not_null(strstr(error_message(), ":2: id \"q\" occurred before"), "%s",
                       error_message());
    free(path);
    temporary_remove(folder);
}

struct sts_case {
    const char *name, *text, *first, *second, *genre;
    double rating;
    uint32_t n;
};

static const struct sts_case sts_cases[] = {
    {"sts-test.csv",
     "main-news\tMSRpar\t2012test\t0000\t5.000\tHe said \"no.\tShe said \"yes\" & left.\n",
     "He said \"no.", "She said \"yes\" & left.", "main-news", 5, 1},
    {"sts-dev.csv", "g\tf\ty\t1\t2.5\tOne.\tTwo.\thttp://a\thttp://b\r\n", "One.", "Two.", "g", 2.5,
     1},
    {"SICK.txt",
     "pair_ID\tsentence_A\tsentence_B\tentailment_label\trelatedness_score\n"
     "1\tA man\tA woman\tNEUTRAL\t3.3\n",
     "A man", "A woman", NULL, 3.3, 1},
    {"dev.tsv",
     "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
     "0\tmain\tx\t2012\t1\tnone\tnone\tA b.\tC d.\t4.75",
     "A b.", "C d.", "main", 4.75, 1},
    {"three.tsv", "A b.\tC d.\t0.5\nE\tF\t1\n", "E", "F", NULL, 1, 2},
    {"first.tsv", "0.5\tA b.\tC d.\n", "A b.", "C d.", NULL, 0.5, 1},
    {"STS 2015 with pairs that nobody rated", "\tA b.\tC d.\n\tE f.\tG h.\n2.4\tI j.\tK l.\n",
     "I j.", "K l.", NULL, 2.4, 1},
    {"a blank score below a header", "sentence1\tsentence2\tscore\nA\tB\t3\nC\tD\t\nE\tF\t1\n", "E",
     "F", NULL, 1, 2},
    {"commas and quotes",
     "sentence1,sentence2,score\n\"Yes, \"\"we\"\" can.\",No.,3.5\nA,\"B, c\",1\n", "A", "B, c",
     NULL, 1, 2},
    {"an index without a name", ",score,sentence1,sentence2\n0,3.5,A,B\n1,1.25,\"C, d\",E\n",
     "C, d", "E", NULL, 1.25, 2},
    {"semicolons", "s1;s2;similarity\nA;B;3,5\nC;D;1,25\n", "C", "D", NULL, 1.25, 2},
    {"numbers of the lines in front", "0\tA b.\tC d.\t4.5\n1\tE f.\tG h.\t1.5\n", "E f.", "G h.",
     NULL, 1.5, 2},
    {"numbers of the lines in front, score first", "1\t4.5\tA b.\tC d.\n2\t1.5\tE f.\tG h.\n",
     "E f.", "G h.", NULL, 1.5, 2},
    {"lines of JSON",
     "{\"sentence1\": \"A b.\", \"sentence2\": \"C d.\", \"score\": 4.5, \"genre\": \"news\"}\n"
     "{\"sentence1\": \"E\", \"sentence2\": \"F\", \"score\": null, \"genre\": \"news\"}\n"
     "{\"sentence1\": \"G\", \"sentence2\": \"\\u00e4\", \"score\": \"1.5\", \"genre\": "
     "\"news\"}\n",
     "G", "ä", "news", 1.5, 2},
    {"an array of JSON",
     "[{\"sentence_A\": \"A\", \"sentence_B\": \"B\",\n \"relatedness_score\": 3}]", "A", "B", NULL,
     3, 1},
    {"a sentence that begins with a bracket", "[A] b.\tC d.\t0.5\n{E}\tF\t1\n", "{E}", "F", NULL, 1,
     2},
};

Test(sts, layouts)
{
    for (size_t i = 0; i < sizeof sts_cases / sizeof *sts_cases; i++) {
        const struct sts_case *c = &sts_cases[i];
        const char *folder = temporary_folder();
        char *path = write_as(folder, c->name, c->text);
        struct sts_set set;
        cr_assert_eq(sts_read(path, &set), 0, "%s: %s", c->name, error_message());
        cr_assert_eq(set.n, c->n, "%s", c->name);
        const struct sts_pair *last = &set.pairs[set.n - 1];
        cr_expect_str_eq(last->first, c->first);
        cr_expect_str_eq(last->second, c->second);
        cr_expect_eq(last->rating, c->rating, "%s", c->name);
        cr_expect((c->genre == NULL) == (last->genre == NULL), "%s", c->name);
        sts_finish(&set);
        free(path);
        temporary_remove(folder);
    }
}

Test(sts, ratings_beside)
{
    const char *folder = temporary_folder();
    char *path = write_as(folder, "STS.input.headlines.txt", "A\tB\nC\tD\tx\nE\tF\n");
    char *gold = write_as(folder, "STS.gs.headlines.txt", "4.2\n\n1\n");
    struct sts_set set;
    cr_assert_eq(sts_read(path, &set), 0, "%s", error_message());
    cr_assert_eq(set.n, 2u); /* the second pair has no score */
    cr_expect_str_eq(set.pairs[1].first, "E");
    cr_expect_eq(set.pairs[1].rating, 1);
    sts_finish(&set);
    temporary_write(gold, "4.2\n1\n", 6);
    cr_expect_eq(sts_read(path, &set), ERR_REQUEST);
    temporary_write(gold, "4.2\n1\n3\n4\n", 10);
    cr_expect_eq(sts_read(path, &set), ERR_REQUEST);
    free(path);
    free(gold);
    temporary_remove(folder);
}

Test(sts, refuses)
{
    static const char *const texts[][2] = {
        {"", "empty"},
        {"just a line\n", ":1: found \"just a line\""},
        {"a\tb\t1\nc\td\n", ":2"},
        {"a\tb\t1\nc\td\tx\n", ":2: field 3: found \"x\", expected a score"},
        {"7\tA b.\tC d.\t4.5\n3\tE f.\tG h.\t1.5\n", "several columns hold numbers: 1, 4"},
        {"sentence1\tsentence2\tscore\tlabel\nA\tB\t1\t2\n",
         "several columns hold numbers: 3 \"score\", 4 \"label\""},
        {"pair_ID\tsentence_A\tsentence_B\n4\tA\tB\n6\tC\tD\n",
         "the only column of numbers, 1 \"pair_ID\", numbers the lines"},
        {"0\tA\tB\n1\tC\tD\n", "the only column of numbers, 1, numbers the lines"},
        {"Yes, sir.,No, sir.,3\n", "a header of a comma-separated table"},
        {"sentence1,sentence2,score\n\"A\nb\",C,3\nD,E,2\n",
         "every quoted field to end on its line"},
        {"{\"sentence1\": \"A\", \"score\": 3}\n", ":1: found an object without two sentences"},
        {"{\"sentence1\": \"A\", \"sentence2\": \"B\", \"score\": 3, \"label\": 1}\n",
         "several scores"},
        {"{\"sentence1\": \"A\", \"sentence2\": \"B\", \"score\": \"high\"}\n", "no number"},
        {"{\"sentence1\": \"A\", \"sentence2\": \"B\", \"score\": 3}\n{\n", ":2"},
        {"\tA\tB\n\tC\tD\n", "expected a column of numbers"},
    };
    const char *folder = temporary_folder();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *path = write_as(folder, "s.tsv", texts[i][0]);
        struct sts_set set;
        cr_assert_eq(sts_read(path, &set), ERR_REQUEST, "case %zu was read", i);
        cr_expect_not_null(strstr(error_message(), texts[i][1]), "case %zu: %s", i,
                           error_message());
        free(path);
    }
    temporary_remove(folder);
}
