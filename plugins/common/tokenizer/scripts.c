/*
 * The pre-tokeniser that cuts where the script changes: kana counts as Han, a space and what is
 * unassigned as any script.
 */
#include "base/regex.h"
#include "tokenizer/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unicode 14's scripts, less Han, Hiragana and Katakana. */
static const char *const scripts[] = {
    "Adlam",
    "Ahom",
    "Anatolian_Hieroglyphs",
    "Arabic",
    "Armenian",
    "Avestan",
    "Balinese",
    "Bamum",
    "Bassa_Vah",
    "Batak",
    "Bengali",
    "Bhaiksuki",
    "Bopomofo",
    "Brahmi",
    "Braille",
    "Buginese",
    "Buhid",
    "Canadian_Aboriginal",
    "Carian",
    "Caucasian_Albanian",
    "Chakma",
    "Cham",
    "Cherokee",
    "Chorasmian",
    "Common",
    "Coptic",
    "Cuneiform",
    "Cypriot",
    "Cypro_Minoan",
    "Cyrillic",
    "Deseret",
    "Devanagari",
    "Dives_Akuru",
    "Dogra",
    "Duployan",
    "Egyptian_Hieroglyphs",
    "Elbasan",
    "Elymaic",
    "Ethiopic",
    "Georgian",
    "Glagolitic",
    "Gothic",
    "Grantha",
    "Greek",
    "Gujarati",
    "Gunjala_Gondi",
    "Gurmukhi",
    "Hangul",
    "Hanifi_Rohingya",
    "Hanunoo",
    "Hatran",
    "Hebrew",
    "Imperial_Aramaic",
    "Inherited",
    "Inscriptional_Pahlavi",
    "Inscriptional_Parthian",
    "Javanese",
    "Kaithi",
    "Kannada",
    "Kayah_Li",
    "Kharoshthi",
    "Khitan_Small_Script",
    "Khmer",
    "Khojki",
    "Khudawadi",
    "Lao",
    "Latin",
    "Lepcha",
    "Limbu",
    "Linear_A",
    "Linear_B",
    "Lisu",
    "Lycian",
    "Lydian",
    "Mahajani",
    "Makasar",
    "Malayalam",
    "Mandaic",
    "Manichaean",
    "Marchen",
    "Masaram_Gondi",
    "Medefaidrin",
    "Meetei_Mayek",
    "Mende_Kikakui",
    "Meroitic_Cursive",
    "Meroitic_Hieroglyphs",
    "Miao",
    "Modi",
    "Mongolian",
    "Mro",
    "Multani",
    "Myanmar",
    "Nabataean",
    "Nandinagari",
    "New_Tai_Lue",
    "Newa",
    "Nko",
    "Nushu",
    "Nyiakeng_Puachue_Hmong",
    "Ogham",
    "Ol_Chiki",
    "Old_Hungarian",
    "Old_Italic",
    "Old_North_Arabian",
    "Old_Permic",
    "Old_Persian",
    "Old_Sogdian",
    "Old_South_Arabian",
    "Old_Turkic",
    "Old_Uyghur",
    "Oriya",
    "Osage",
    "Osmanya",
    "Pahawh_Hmong",
    "Palmyrene",
    "Pau_Cin_Hau",
    "Phags_Pa",
    "Phoenician",
    "Psalter_Pahlavi",
    "Rejang",
    "Runic",
    "Samaritan",
    "Saurashtra",
    "Sharada",
    "Shavian",
    "Siddham",
    "SignWriting",
    "Sinhala",
    "Sogdian",
    "Sora_Sompeng",
    "Soyombo",
    "Sundanese",
    "Syloti_Nagri",
    "Syriac",
    "Tagalog",
    "Tagbanwa",
    "Tai_Le",
    "Tai_Tham",
    "Tai_Viet",
    "Takri",
    "Tamil",
    "Tangsa",
    "Tangut",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
    "Tifinagh",
    "Tirhuta",
    "Toto",
    "Ugaritic",
    "Vai",
    "Vithkuqi",
    "Wancho",
    "Warang_Citi",
    "Yezidi",
    "Yi",
    "Zanabazar_Square",
};

#define HAN "\\p{Han}\\p{Hiragana}\\p{Katakana}\\x{30FC}"
#define ANY " \\p{Cn}\\p{Co}\\p{Cs}"

emb_status add_unicode_scripts(struct tokenizer *tokenizer)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_UNICODE_SCRIPTS);
    if (!step) {
        return EMB_E_FORMAT;
    }
    char *pattern = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&pattern, &n);
    if (!out) {
        return tokenizer->host->fail(tokenizer->host, EMB_E_NOMEM, "out of memory for a pattern");
    }
    /* The long vowel mark is Common by its property: Han goes first. */
    fprintf(out, "[" HAN "][" HAN ANY "]*");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const char *but = strcmp(scripts[i], "Common") == 0 ? "(?![\\x{30FC} ])" : "";
        fprintf(out, "|(?:%s[\\p{%s}](?:%s[\\p{%s}]|[" ANY "])*)", but, scripts[i], but,
                scripts[i]);
    }
    /* No match of what has no script: what precedes the first run is dropped. */
    emb_status status = EMB_OK;
    if (fclose(out) != 0) {
        status = tokenizer->host->fail(tokenizer->host, EMB_E_NOMEM, "out of memory for a pattern");
    } else {
        status = regex_compile(tokenizer->host, tokenizer->name, pattern, n, &step->regex);
        step->invert = true; /* matches are kept, what lies between is removed */
    }
    free(pattern);
    return status;
}
