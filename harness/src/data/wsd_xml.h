/*
 * wsd_xml.h - the XML of the unified WSD framework.
 *
 *   <corpus lang=… source=…>        root; attributes optional ("language" in some files)
 *     <text id="d000" …>            a document; optional
 *       <sentence id="d000.s000" …> its tokens in order
 *         <wf lemma=… pos=…>The</wf>
 *         <instance id="d000.s000.t000" lemma="art" pos="NOUN">art</instance>
 *
 * Attributes come in any order, and there may be others ("domain"). An instance needs id, lemma and
 * pos (NOUN, VERB, ADJ, ADV or WordNet's letters). White space around a token's text is not part of
 * it; inside, runs of it are one space. Packed files are fine.
 */
#ifndef DATA_WSD_XML_H
#define DATA_WSD_XML_H

#include "data/wsd_data.h"

/* The XML file and its gold keys: a set without parts found. NULL gold: `NAME.gold.key.txt` beside
 * NAME.data.xml, plain or packed. */
int wsd_xml_read(const char *path, const char *gold_path, struct wsd_data **ret_data);

/* Other gold for the same instances: those that it does not name are dropped, labels are its own,
 * and the set is called "NAME@GOLD", by gold_name. */
int wsd_data_relabel(struct wsd_data *data, const char *gold_name, const char *gold_path);

#endif /* DATA_WSD_XML_H */
