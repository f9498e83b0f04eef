/*
 * zip.h - the directory of a ZIP archive whose entries are stored, read so that they can be used
 * where they lie in the map.
 *
 * Why not libarchive: it streams entries through a buffer and cannot say where their bytes are, so
 * every weight would be copied; PyTorch stores its entries uncompressed and aligned to be mapped.
 *
 * Records, little-endian, from the end of the file:
 *
 * End of central directory, 22 bytes + comment
 *     0  u32 0x06054b50 "PK\5\6"   4  u16 this disk, 0     6  u16 disk of the directory, 0
 *     8  u16 entries on this disk  10  u16 entries         12  u32 bytes of the directory
 *    16  u32 byte of the directory  20  u16 bytes of the comment, which ends the file
 * ZIP64 locator, 20 bytes, just before it or absent
 *     0  u32 0x07064b50   4  u32 disk, 0   8  u64 byte of the ZIP64 end record
 *    16  u32 disks, 0 or 1
 * ZIP64 end of central directory, 56 bytes + extensible data, just before the locator
 *     0  u32 0x06064b50   4  u64 bytes of the rest   12  u16 u16 versions   16  u32 u32 disks, 0
 *    24  u64 entries on this disk   32  u64 entries   40  u64 bytes of the directory
 *    48  u64 byte of the directory
 * Directory entry, 46 bytes + name + extra + comment
 *     0  u32 0x02014b50   4  u16 u16 versions   8  u16 flags: bit 0 encrypted, refused
 *    10  u16 method: 0 stored; all others refused   12  u16 u16 time, date   16  u32 CRC-32
 *    20  u32 compressed bytes   24  u32 bytes   28  u16 name   30  u16 extra   32  u16 comment
 *    34  u16 disk, 0   36  u16 u32 attributes   42  u32 byte of the local header
 *   A field of 0xffffffff stands in the extra field 0x0001 as u64: bytes, compressed bytes, byte of
 *   the local header, in this order, those only that need it.
 * Local header, 30 bytes + name + extra, then the entry's bytes
 *     0  u32 0x04034b50   4  u16 version   6  u16 flags   8  u16 method   10  u16 u16 time, date
 *    14  u32 CRC-32   18  u32 compressed   22  u32 bytes   26  u16 name   28  u16 extra
 *   With flag bit 3 CRC and sizes may be 0 here (they follow the bytes; the directory has them).
 *
 * Checked: every record inside the file and of its signature; the directory ends where the end
 * record begins; both headers of an entry agree; no two entries share a byte or a name. CRCs of
 * entries are the caller's to compare (zip_crc32), when it uses them.
 */
#ifndef COMMON_TENSORS_ZIP_H
#define COMMON_TENSORS_ZIP_H

#include "tensor_file.h"

struct zip_entry {
    const char *name; /* [n_name], in the map, not NUL-terminated */
    uint64_t begin;   /* byte of the local header */
    uint64_t data;    /* byte of the contents */
    uint64_t n_bytes; /* of contents */
    uint32_t n_name;
    uint32_t crc32;
};

struct zip {
    const struct zip_entry *entries; /* [n], by name, in the file's arena */
    uint64_t n;
};

emb_status zip_read(struct tensor_file *file, const struct tensor_map *map, struct zip *ret_zip);

/* NULL if there is none of that name. */
const struct zip_entry *zip_find(const struct zip *zip, const char *name, uint64_t n_name);

/* CRC-32 of ISO 3309 as ZIP uses it. */
uint32_t zip_crc32(const uint8_t *bytes, uint64_t n_bytes);

#endif /* COMMON_TENSORS_ZIP_H */
