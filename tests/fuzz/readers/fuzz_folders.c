/* fuzz_folders.c - any files as sense-tagged data that bring their own training text: homographs
 * (senses.tsv, items.tsv) and CoarseWSD-20 (classes_map.txt, test.data.txt, ...). */
#include "../folder.h"
#include "data/wsd_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

static void touch(const struct wsd_data *data)
{
    for (size_t i = 0; i < data->n_instances; i++) {
        const struct wsd_instance *instance = &data->instances[i];
        const char *text = wsd_sentence_text(data, instance->sentence);
        for (uint32_t at = instance->span.begin; at < instance->span.end; at++) {
            touched += (unsigned char)text[at];
        }
        for (uint32_t g = 0; g < instance->n_gold; g++) {
            touched += strlen(map_key(&data->labels, data->gold[instance->first_gold + g]));
        }
        for (uint32_t c = 0; c < instance->n_clues; c++) {
            touched += data->clues[instance->first_clue + c];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = fuzz_unpack(data, size);
    for (int train = 0; train < 2; train++) {
        struct wsd_sets sets = {0};
        if (wsd_brings_training(folder) && wsd_read(folder, train, &sets) == 0) {
            for (uint32_t i = 0; i < sets.n; i++) {
                touch(sets.sets[i]);
            }
        }
        wsd_sets_finish(&sets);
    }
    return 0;
}
