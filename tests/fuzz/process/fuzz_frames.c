/* What a program may send, in two pieces: frames, each a message, each taken for a first "ready".
 */
#include "frame.h"
#include "mini_host.h"
#include "protocol.h"
#include "ready.h"
#include "vocabulary.h"
#include "weights.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Read as an answer of each sort that has a reader of its own. */
static void take(const struct emb_host *host, const char *text, size_t n)
{
    static const char *const kinds[] = {"static", "contextual", "causal"};
    struct json_file *file;
    if (json_load_memory(host, "message", text, n, &file) != EMB_OK) {
        must(mini_host_failure()[0] != '\0');
        return;
    }
    struct json root = json_root(file), words;
    struct vocabulary vocabulary;
    struct weights weights = {.tensors = calloc(1, sizeof *weights.tensors)};
    if (json_has(&root, "words", &words) &&
        vocabulary_fill(host, &words, json_length(&words), &vocabulary) == EMB_OK) {
        for (uint64_t i = 0; i < vocabulary.n; i++) {
            uint32_t bytes;
            const char *word = vocabulary_word(&vocabulary, i, &bytes);
            must(vocabulary_find(&vocabulary, word, bytes) <= i);
        }
        vocabulary_finish(&vocabulary, host);
    }
    if (weights_take(host, file, &weights) == EMB_OK) {
        must(weights.n_files == 0);
    }
    weights_finish(&weights); /* and with it the file */
    for (unsigned i = 0; i < 3; i++) {
        struct ready ready;
        must(json_load_memory(host, "message", text, n, &file) == EMB_OK);
        if (ready_read(host, kinds[i], file, &ready) == EMB_OK) {
            must(ready.dim > 0 && ready.dim <= READY_DIM_MOST && ready.n_stages > 0);
            must(i > 0 || ready.n_stages == 1);
        } else {
            must(mini_host_failure()[0] != '\0');
        }
        ready_finish(&ready);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct emb_host *host = mini_host(1);
    struct frame_reader reader = {0};
    const char *text;
    size_t n, whole = 0, first = size / 2;
    enum frame_found found = FRAME_NONE;
    for (unsigned piece = 0; piece < 2 && found != FRAME_NO_SIZE; piece++) {
        must(frame_reader_add(&reader, (const char *)data + (piece ? first : 0),
                              piece ? size - first : first));
        while ((found = frame_reader_next(&reader, &text, &n)) == FRAME_WHOLE) {
            must(n >= 1 && n <= PROTOCOL_FRAME_MOST);
            whole += n + PROTOCOL_FRAME_HEAD;
            take(host, text, n);
        }
    }
    must(whole + frame_reader_left(&reader) <= size);
    frame_reader_finish(&reader);
    return 0;
}
