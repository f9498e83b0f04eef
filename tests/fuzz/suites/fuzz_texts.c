/*
 * fuzz_texts.c - what suites read themselves, on arbitrary bytes. The first byte chooses: c
 * contextuality's text, l lm's, n the words of neighbours, w wic's pairs, f word frequencies.
 */
#include "../folder.h"
#include "base/error.h"
#include "suites/options.h"
#include "suites/shared/word_weights.h"
#include "suites/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void prepare(const char *id, const char *path)
{
    const struct suite *suite = suite_find(id);
    const char *const datasets[] = {path};
    struct suite_request request = {.datasets = datasets, .n_datasets = 1};
    struct suite_state *state = NULL;
    if (suite_open(suite, &request, &state) == 0) {
        suite->release(state);
        suite_unsettle(&request);
    } else if (!error_message()[0]) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > FUZZ_MOST_BYTES) {
        return 0;
    }
    const char *path = fuzz_put("some.txt", data + 1, size - 1);
    struct word_counts counts = {0};
    switch (data[0]) {
    case 'c':
        prepare("contextuality", path);
        break;
    case 'l':
        prepare("lm", path);
        break;
    case 'n':
        prepare("neighbours", path);
        break;
    case 'w':
        prepare("wic", path);
        break;
    case 'f':
        if (word_counts_read(&counts, path) == 0 && counts.words.n == 0) {
            abort();
        }
        word_counts_finish(&counts);
        break;
    default:
        break;
    }
    return 0;
}
