/*
 * fuzz_sense.c - the readers of sense-tagged data on arbitrary bytes. The first byte chooses the
 * reader: x unified XML, k its gold keys, l lines of one's own, o CoarseWSD's table, w WiC, j
 * MCL-WiC, s SuperGLUE's WiC, r ratings.
 */
#include "../folder.h"
#include "data/coarse_wsd.h"
#include "data/context_pairs.h"
#include "data/wsd_data.h"
#include "data/wsd_lines.h"
#include "data/wsd_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char xml[] = "<corpus><sentence><instance id='a' lemma='b' pos='NOUN'>c</instance>"
                          "</sentence></corpus>";
static const char gold[] = "a b%1:00:00::\n";

static void read_as(uint8_t kind, const uint8_t *bytes, size_t n)
{
    struct wsd_data *set = NULL;
    struct context_set pairs;
    struct context_sets parts;
    const char *path;
    switch (kind) {
    case 'k':
        fuzz_put("x.gold.key.txt", bytes, n);
        path = fuzz_put("x.data.xml", xml, sizeof xml - 1);
        break;
    case 'x':
        fuzz_put("x.gold.key.txt", gold, sizeof gold - 1);
        path = fuzz_put("x.data.xml", bytes, n);
        break;
    case 'w':
        fuzz_put("dev.gold.txt", "T\nF\n", 4);
        path = fuzz_put("dev.data.txt", bytes, n);
        break;
    case 'j':
        path = fuzz_put("dev.en-en.data", bytes, n);
        break;
    case 's':
        path = fuzz_put("train.jsonl", bytes, n);
        break;
    case 'o':
        path = fuzz_put("outofdomain.tsv", bytes, n);
        break;
    default:
        path = fuzz_put("some.txt", bytes, n);
    }
    if (kind == 'x' || kind == 'k') {
        if (wsd_xml_read(path, NULL, &set) == 0) {
            wsd_data_free(set);
        }
    } else if (kind == 'l') {
        if (wsd_lines_read(path, &set) == 0) {
            wsd_data_free(set);
        }
    } else if (kind == 'o') {
        if (coarse_wsd_is_table(path) && coarse_wsd_read_table(path, &set) == 0) {
            wsd_data_free(set);
        }
    } else if (kind == 'r') {
        if (context_ratings_read(path, &pairs) == 0) {
            context_set_finish(&pairs);
        }
    } else if (wic_read(path, &parts) == 0) {
        context_sets_finish(&parts);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        read_as(data[0], data + 1, size - 1);
    }
    return 0;
}
