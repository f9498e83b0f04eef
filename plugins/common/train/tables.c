#include "train/train.h"

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    (void)request, (void)result;
    return host->fail(host, EMB_E_UNSUPPORTED, "training is not built in yet");
}

const struct emb_ext_train fasttext_train = {.train = train};
