/* Finds the tensors that the pickle of a PyTorch file describes. */
#include "pytorch.h"

#include "base/try.h"
#include "embedder_util.h"
#include "pickle.h"
#include "zip.h"

#include <string.h>

enum { CALL_TENSOR = 100, CALL_PARAMETER, CALL_DICT };

/* The names that a pickle may use; those of storages have their element type as id. */
static const struct pickle_global globals[] = {
    {"torch._utils", "_rebuild_tensor_v2", CALL_TENSOR},
    {"torch._utils", "_rebuild_parameter", CALL_PARAMETER},
    {"collections", "OrderedDict", CALL_DICT},
    {"torch", "FloatStorage", TENSOR_F32},
    {"torch", "HalfStorage", TENSOR_F16},
    {"torch", "BFloat16Storage", TENSOR_BF16},
    {"torch", "DoubleStorage", TENSOR_F64},
    {"torch", "LongStorage", TENSOR_I64},
    {"torch", "IntStorage", TENSOR_I32},
    {"torch", "ShortStorage", TENSOR_I16},
    {"torch", "CharStorage", TENSOR_I8},
    {"torch", "ByteStorage", TENSOR_U8},
    {"torch", "BoolStorage", TENSOR_BOOL},
};

/* What BINPERSID and REDUCE make, distinguished by `is_view`. */
struct object {
    bool is_view;
    enum tensor_type type;
    const uint8_t *data; /* the storage's first byte */
    uint64_t n_elements; /* of the storage */
    /* a view: */
    uint64_t offset; /* elements of the storage */
    uint32_t n_dims;
    uint64_t shape[TENSOR_MAX_DIMS], stride[TENSOR_MAX_DIMS]; /* elements */
};

struct archive {
    struct zip zip;
    const char *folder; /* [n_folder], with its '/', in the map */
    uint64_t n_folder;
    bool *whole;     /* [zip.n] entries whose CRC-32 was found right */
    uint64_t copied; /* bytes of views made contiguous */
};

static const struct zip_entry *find(struct pickle *pickle, const char *folder_entry,
                                    const char *key, uint64_t n_key)
{
    const struct archive *archive = pickle->ctx;
    char name[512];
    uint64_t n_entry = strlen(folder_entry), n = archive->n_folder + n_entry + n_key;
    if (n > sizeof name) {
        return NULL;
    }
    memcpy(name, archive->folder, archive->n_folder);
    memcpy(name + archive->n_folder, folder_entry, n_entry);
    memcpy(name + archive->n_folder + n_entry, key, n_key);
    return zip_find(&archive->zip, name, n);
}

static struct object *new_object(struct pickle *pickle, struct pickle_value *ret)
{
    struct object *object = tensor_file_alloc(pickle->file, sizeof *object);
    if (object) {
        *ret = (struct pickle_value){.kind = PICKLE_OBJECT, .object = object};
    }
    return object;
}

static emb_status no_memory(const struct pickle *pickle)
{
    return tensor_file_no_memory(pickle->file, pickle->map->path);
}

static emb_status check_crc(struct pickle *pickle, const struct zip_entry *entry)
{
    struct archive *archive = pickle->ctx;
    bool *whole = &archive->whole[entry - archive->zip.entries];
    if (!*whole) {
        uint32_t crc = zip_crc32(pickle->map->bytes + entry->data, entry->n_bytes);
        if (crc != entry->crc32) {
            char shown[80];
            return emb_failf(pickle->file->host, EMB_E_FORMAT,
                             "%s: byte %llu: entry '%s': found contents of CRC-32 0x%08x, expected "
                             "0x%08x: the file is damaged",
                             pickle->map->path, (unsigned long long)entry->data,
                             tensor_shown(shown, sizeof shown, entry->name, entry->n_name), crc,
                             entry->crc32);
        }
        *whole = true;
    }
    return EMB_OK;
}

/* BINPERSID: ("storage", torch.<T>Storage, KEY, device, elements) */
static emb_status make_storage(struct pickle *pickle, const struct pickle_value *id,
                               struct pickle_value *ret)
{
    const struct pickle_value *v = id->kind == PICKLE_TUPLE ? id->items->values : NULL;
    if (!v || id->items->n != 5 || v[0].kind != PICKLE_TEXT || v[0].n_text != 7 ||
        memcmp(v[0].text, "storage", 7) != 0 || v[1].kind != PICKLE_GLOBAL ||
        v[1].global->id >= CALL_TENSOR || v[2].kind != PICKLE_TEXT || v[3].kind != PICKLE_TEXT ||
        v[4].kind != PICKLE_INT || v[4].integer < 0) {
        return pickle_fail(pickle, "found a persistent id of another kind, expected ('storage', "
                                   "torch.<T>Storage, key, device, elements)");
    }
    char shown[80];
    tensor_shown(shown, sizeof shown, v[2].text, v[2].n_text);
    const struct zip_entry *entry = find(pickle, "data/", v[2].text, v[2].n_text);
    if (!entry) {
        return pickle_fail(pickle, "found storage '%s', expected an entry data/%s", shown, shown);
    }
    enum tensor_type type = (enum tensor_type)v[1].global->id;
    uint64_t n_bytes = 0, n_elements = (uint64_t)v[4].integer;
    if (!tensor_type_bytes_checked(type, n_elements, &n_bytes) || n_bytes != entry->n_bytes) {
        return pickle_fail(pickle, "found storage '%s' of %llu bytes, expected %llu elements of %s",
                           shown, (unsigned long long)entry->n_bytes,
                           (unsigned long long)n_elements, tensor_type_name(type));
    }
    TRY(check_crc(pickle, entry));
    struct object *storage = new_object(pickle, ret);
    if (!storage) {
        return no_memory(pickle);
    }
    storage->type = type;
    storage->data = pickle->map->bytes + entry->data;
    storage->n_elements = n_elements;
    return EMB_OK;
}

/* A tuple of at most 4 integers >= 0. */
static bool read_sizes(const struct pickle_value *tuple, uint64_t *ret_sizes)
{
    if (tuple->kind != PICKLE_TUPLE || tuple->items->n > TENSOR_MAX_DIMS) {
        return false;
    }
    for (uint64_t i = 0; i < tuple->items->n; i++) {
        const struct pickle_value *size = &tuple->items->values[i];
        if (size->kind != PICKLE_INT || size->integer < 0) {
            return false;
        }
        ret_sizes[i] = (uint64_t)size->integer;
    }
    return true;
}

/* Every element of the view lies in its storage, and there are no more of them than there. */
static bool inside(const struct object *view)
{
    uint64_t last = view->offset, n = 0, step = 0;
    if (!tensor_shape_elements(view->shape, view->n_dims, &n) || n > view->n_elements ||
        view->offset > view->n_elements) {
        return false;
    }
    for (uint32_t i = 0; i < view->n_dims && n > 0; i++) {
        if (!tensor_multiply(view->shape[i] - 1, view->stride[i], &step) ||
            __builtin_add_overflow(last, step, &last)) {
            return false;
        }
    }
    return n == 0 || last < view->n_elements;
}

static bool is_object(const struct pickle_value *value, bool is_view)
{
    return value->kind == PICKLE_OBJECT &&
           ((const struct object *)value->object)->is_view == is_view;
}

static bool is_empty(const struct pickle_value *value)
{
    return value->kind == PICKLE_NONE || (value->kind == PICKLE_DICT && value->items->n == 0);
}

/* (storage, offset, size, stride, requires_grad, hooks[, metadata]) */
static emb_status make_view(struct pickle *pickle, const struct pickle_items *args,
                            struct pickle_value *ret)
{
    const struct pickle_value *v = args->values;
    struct object view = {.is_view = true};
    if (args->n < 6 || args->n > 7 || !is_object(&v[0], false) || v[1].kind != PICKLE_INT ||
        v[1].integer < 0 || v[4].kind != PICKLE_BOOL || !is_empty(&v[5]) ||
        (args->n == 7 && !is_empty(&v[6]))) {
        return pickle_fail(pickle, "found _rebuild_tensor_v2 of something else, expected (storage, "
                                   "offset, size, stride, requires_grad, no hooks[, no metadata])");
    }
    if (!read_sizes(&v[2], view.shape) || !read_sizes(&v[3], view.stride) ||
        v[2].items->n != v[3].items->n) {
        return pickle_fail(pickle, "found a tensor of strange size or stride, expected as many "
                                   "strides as sizes, at most 4, none negative");
    }
    const struct object *storage = v[0].object;
    view.type = storage->type;
    view.data = storage->data;
    view.n_elements = storage->n_elements;
    view.offset = (uint64_t)v[1].integer;
    view.n_dims = (uint32_t)v[2].items->n;
    if (!inside(&view)) {
        return pickle_fail(pickle,
                           "found a tensor at offset %llu that passes its storage or repeats "
                           "elements, expected it within %llu elements",
                           (unsigned long long)view.offset, (unsigned long long)view.n_elements);
    }
    struct object *object = new_object(pickle, ret);
    if (!object) {
        return no_memory(pickle);
    }
    *object = view;
    return EMB_OK;
}

static emb_status call(struct pickle *pickle, const struct pickle_global *global,
                       const struct pickle_items *args, struct pickle_value *ret)
{
    const struct pickle_value *v = args->values;
    switch (global->id) {
    case CALL_TENSOR:
        return make_view(pickle, args, ret);
    case CALL_PARAMETER:
        if (args->n != 3 || !is_object(&v[0], true) || v[1].kind != PICKLE_BOOL ||
            !is_empty(&v[2])) {
            return pickle_fail(pickle, "found _rebuild_parameter of something else, expected "
                                       "(tensor, requires_grad, no hooks)");
        }
        *ret = v[0];
        return EMB_OK;
    case CALL_DICT:
        if (args->n != 0) {
            return pickle_fail(pickle, "found OrderedDict with arguments, expected none");
        }
        *ret = (struct pickle_value){.kind = PICKLE_DICT, .items = pickle_new_dict(pickle)};
        return ret->items ? EMB_OK : no_memory(pickle);
    default:
        return pickle_fail(pickle, "found a call of %s.%s, expected only its name", global->module,
                           global->name);
    }
}

/* Tensors */

static bool is_contiguous(const struct object *view)
{
    uint64_t expected = 1;
    for (uint32_t i = view->n_dims; i-- > 0;) {
        if (view->shape[i] == 0) {
            return true;
        }
        if (view->shape[i] != 1 && view->stride[i] != expected) {
            return false;
        }
        expected *= view->shape[i]; /* <= elements of the storage */
    }
    return true;
}

/* The view's elements in row-major order. */
static void copy_view(const struct object *view, uint64_t element, uint8_t *to)
{
    uint64_t shape[TENSOR_MAX_DIMS] = {1, 1, 1, 1}, stride[TENSOR_MAX_DIMS] = {0};
    uint32_t skip = TENSOR_MAX_DIMS - view->n_dims;
    memcpy(shape + skip, view->shape, view->n_dims * sizeof *shape);
    memcpy(stride + skip, view->stride, view->n_dims * sizeof *stride);
    for (uint64_t a = 0; a < shape[0]; a++) {
        for (uint64_t b = 0; b < shape[1]; b++) {
            for (uint64_t c = 0; c < shape[2]; c++) {
                uint64_t at = view->offset + a * stride[0] + b * stride[1] + c * stride[2];
                for (uint64_t d = 0; d < shape[3]; d++, at += stride[3], to += element) {
                    memcpy(to, view->data + at * element, element);
                }
            }
        }
    }
}

static emb_status add_view(struct pickle *pickle, const char *name, const struct object *view)
{
    struct archive *archive = pickle->ctx;
    uint64_t element = tensor_type_bytes(view->type, 1);
    struct tensor tensor = {
        .name = name,
        .data = view->data + view->offset * element,
        .n_dims = view->n_dims,
        .type = view->type,
    };
    memcpy(tensor.shape, view->shape, sizeof tensor.shape);
    tensor.n_bytes = tensor_type_bytes(view->type, tensor_elements(&tensor));
    if (!is_contiguous(view)) {
        archive->copied += tensor.n_bytes;
        if (archive->copied / 2 > pickle->map->n_bytes) {
            return pickle_fail(pickle,
                               "found views that need %llu bytes of copies, expected at most twice "
                               "the file's %llu",
                               (unsigned long long)archive->copied,
                               (unsigned long long)pickle->map->n_bytes);
        }
        uint8_t *copy = tensor_file_alloc(pickle->file, tensor.n_bytes);
        if (!copy) {
            return no_memory(pickle);
        }
        copy_view(view, element, copy);
        tensor.data = copy;
    }
    return tensor_file_add(pickle->file, pickle->map, &tensor);
}

static emb_status add_all(struct pickle *pickle, const struct pickle_value *root)
{
    char shown[120];
    if (root->kind != PICKLE_DICT) {
        return pickle_fail(pickle,
                           "found an object of another kind, expected a dictionary of tensors");
    }
    for (uint64_t i = 0; i < root->items->n; i += 2) {
        const struct pickle_value *key = &root->items->values[i], *value = key + 1;
        if (key->kind != PICKLE_TEXT) {
            return pickle_fail(pickle, "found a key that is no text, expected tensors' names");
        }
        if (!is_object(value, true)) {
            return pickle_fail(pickle, "found something else under '%s', expected a tensor",
                               tensor_shown(shown, sizeof shown, key->text, key->n_text));
        }
        const char *name = NULL;
        TRY(tensor_file_name(pickle->file, pickle->map, key->text, key->n_text, &name));
        TRY(add_view(pickle, name, value->object));
    }
    return EMB_OK;
}

/* The archive */

/* The one entry FOLDER/data.pkl. */
static const struct zip_entry *find_pickle(const struct zip *zip)
{
    static const char end[] = "/data.pkl";
    const uint64_t n_end = sizeof end - 1;
    const struct zip_entry *found = NULL;
    for (uint64_t i = 0; i < zip->n; i++) {
        const struct zip_entry *entry = &zip->entries[i];
        if (entry->n_name > n_end && memcmp(entry->name + entry->n_name - n_end, end, n_end) == 0 &&
            !memchr(entry->name, '/', entry->n_name - n_end)) {
            if (found) {
                return NULL;
            }
            found = entry;
        }
    }
    return found;
}

emb_status pytorch_read(struct tensor_file *file, const struct tensor_map *map)
{
    struct archive archive = {0};
    TRY(zip_read(file, map, &archive.zip));
    const struct zip_entry *entry = find_pickle(&archive.zip);
    if (!entry) {
        return emb_failf(
            file->host, EMB_E_FORMAT,
            "%s: found a ZIP archive without exactly one FOLDER/data.pkl, expected a PyTorch file",
            map->path);
    }
    archive.whole = tensor_file_alloc(file, archive.zip.n * sizeof *archive.whole);
    if (!archive.whole) {
        return tensor_file_no_memory(file, map->path);
    }
    memset(archive.whole, 0, archive.zip.n * sizeof *archive.whole);
    archive.folder = entry->name;
    archive.n_folder = entry->n_name - strlen("data.pkl");
    struct pickle pickle = {
        .file = file,
        .map = map,
        .begin = entry->data,
        .end = entry->data + entry->n_bytes,
        .name = "data.pkl",
        .globals = globals,
        .n_globals = sizeof globals / sizeof globals[0],
        .call = call,
        .persistent = make_storage,
        .ctx = &archive,
        .at = entry->data,
    };
    const struct zip_entry *order = find(&pickle, "byteorder", "", 0);
    if (order && (order->n_bytes != 6 || memcmp(map->bytes + order->data, "little", 6) != 0)) {
        return emb_failf(file->host, EMB_E_FORMAT,
                         "%s: byte %llu (byteorder): found another byte order, expected 'little'",
                         map->path, (unsigned long long)order->data);
    }
    TRY(order ? check_crc(&pickle, order) : EMB_OK);
    if (entry->n_bytes <= PICKLE_MAX_BYTES) {
        TRY(check_crc(&pickle, entry));
    }
    struct pickle_value root = {.kind = PICKLE_NONE};
    TRY(pickle_load(&pickle, &root));
    return add_all(&pickle, &root);
}
