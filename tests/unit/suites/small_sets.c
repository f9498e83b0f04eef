/* Sense-tagged sets of a few sentences, as files. */
#include "small_sets.h"

#include "../data/scratch.h"
#include "said.h"

#include "base/str.h"

static const char *const small_xml =
    "<corpus><text id='d'><sentence id='s'><wf>The</wf>"
    "<instance id='a' lemma='bank' pos='NOUN'>bank</instance><wf>of</wf>"
    "<instance id='b' lemma='river' pos='NOUN'>river</instance>"
    "<instance id='c' lemma='line' pos='NOUN'>lines</instance></sentence>"
    "<sentence id='s2'><instance id='d' lemma='bank' pos='NOUN'>banks</instance><wf>and</wf>"
    "<instance id='e' lemma='xyzzy' pos='NOUN'>xyzzy</instance></sentence></text></corpus>";
static const char *const small_gold = "a bank%1:17:01:: bank%1:14:00::\nb river%1:17:00::\n"
                                      "c line%1:14:01::\nd bank%1:14:00::\ne xyzzy%1:01:00::\n";

const char *small_set(struct scratch *scratch)
{
    scratch_text(scratch, "small.data.xml", small_xml);
    scratch_text(scratch, "small.gold.key.txt", small_gold);
    return kept_text(scratch_path(scratch, "small.data.xml"));
}

const char *two_senses(struct scratch *scratch)
{
    struct str xml = {0}, keys = {0};
    str_add(&xml, "<corpus>");
    for (int i = 0; i < 40; i++) {
        str_format(&xml,
                   "<sentence><wf>sentence</wf><wf>%d</wf><instance id='i%d' lemma='bank' "
                   "pos='NOUN'>bank</instance></sentence>",
                   i, i);
        str_format(&keys, "i%d %s\n", i, i % 4 ? "bank%1:14:00::" : "bank%1:17:01::");
    }
    str_add(&xml, "</corpus>");
    scratch_text(scratch, "two.data.xml", xml.data);
    scratch_text(scratch, "two.gold.key.txt", keys.data);
    str_finish(&xml);
    str_finish(&keys);
    return kept_text(scratch_path(scratch, "two.data.xml"));
}
