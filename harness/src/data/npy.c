/* Makes the header of NumPy's array files. */
#include "data/npy.h"

#include "base/str.h"

#include <assert.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_SIGN '<'
#else
#define BYTE_ORDER_SIGN '>'
#endif

enum { PREFIX = 10 }; /* magic, version, length */

void npy_header(char header[NPY_HEADER], const char *type, const uint64_t *shape, uint32_t n_dims)
{
    static const unsigned char prefix[PREFIX] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, NPY_HEADER - PREFIX, 0};
    struct str text = {0};
    str_format(&text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", BYTE_ORDER_SIGN,
               type);
    for (uint32_t i = 0; i < n_dims; i++) {
        str_format(&text, "%llu,%s", (unsigned long long)shape[i], i + 1 < n_dims ? " " : "");
    }
    str_add(&text, "), }");
    assert(text.n < NPY_HEADER - PREFIX);
    memcpy(header, prefix, PREFIX);
    memset(header + PREFIX, ' ', NPY_HEADER - PREFIX - 1);
    memcpy(header + PREFIX, text.data, text.n);
    header[NPY_HEADER - 1] = '\n';
    str_finish(&text);
}
