#include "vectors/lower.h"
#include "base/unicode.h"

#include <string.h>

size_t lower_word(const char *word, size_t n, char *ret_lower)
{
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        unsigned char byte = (unsigned char)word[i];
        if (byte < 0x80) {
            ret_lower[out++] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
            i++;
            continue;
        }
        uint32_t c, mapped[2];
        bool valid;
        unsigned length = utf8_read(word + i, n - i, &c, &valid);
        if (!valid) {
            memcpy(ret_lower + out, word + i, length);
            out += length;
        } else {
            unsigned n_mapped = unicode_lower(c, mapped);
            for (unsigned m = 0; m < n_mapped; m++) {
                out += utf8_put(mapped[m], ret_lower + out);
            }
        }
        i += length;
    }
    return out;
}
