/* gguf_arch.c - GGUF metadata -> struct arch (filled in with the GGUF families). */
#include "families.h"

#include "embedder_util.h"

emb_status arch_from_gguf(const struct emb_host *host, const char *path, const struct gguf *gguf,
                          struct arch *ret_arch, const struct names **ret_names)
{
    (void)gguf, (void)ret_arch, (void)ret_names;
    return emb_failf(host, EMB_E_UNSUPPORTED, "%s: GGUF models are not read yet", path);
}
