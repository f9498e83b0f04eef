/* A model's configuration and weights as Hugging Face's libraries read them. */
#include "learn/folder.h"
#include "learn/half.h"
#include "base/try.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct about {
    const struct learn_model *model;
    struct learn_facts facts;
};

static void write_ends(const struct about *of, struct output *file)
{
    output_text(file,
                "  \"initializer_range\": 0.02,\n  \"tie_word_embeddings\": true,\n"
                "  \"torch_dtype\": \"%s\",\n  \"bos_token_id\": %u,\n  \"eos_token_id\": %u\n}\n",
                of->facts.half ? "float16" : "float32", of->facts.end, of->facts.end);
}

static void write_llama_config(const struct about *of, struct output *file)
{
    const struct learn_shape *shape = &of->model->shape;
    output_text(file,
                "{\n  \"model_type\": \"llama\",\n  \"architectures\": [\"LlamaForCausalLM\"],\n"
                "  \"vocab_size\": %u,\n  \"max_position_embeddings\": %u,\n"
                "  \"hidden_size\": %u,\n  \"num_hidden_layers\": %u,\n",
                shape->vocabulary, shape->positions, shape->dim, shape->n_blocks);
    output_text(file,
                "  \"num_attention_heads\": %u,\n  \"num_key_value_heads\": %u,\n"
                "  \"intermediate_size\": %u,\n  \"hidden_act\": \"silu\",\n"
                "  \"attention_bias\": false,\n  \"mlp_bias\": false,\n",
                shape->n_heads, shape->n_heads, shape->inner);
    output_text(file, "  \"rope_theta\": ");
    output_number(file, shape->rotary_base, 17);
    output_text(file, ",\n  \"rms_norm_eps\": ");
    output_number(file, (double)shape->epsilon, 6);
    output_text(file, ",\n");
    write_ends(of, file);
}

static void write_bert_config(const struct about *of, struct output *file)
{
    const struct learn_shape *shape = &of->model->shape;
    output_text(file,
                "{\n  \"model_type\": \"bert\",\n  \"architectures\": [\"%s\"],\n"
                "  \"vocab_size\": %u,\n  \"max_position_embeddings\": %u,\n"
                "  \"type_vocab_size\": %d,\n  \"hidden_size\": %u,\n"
                "  \"num_hidden_layers\": %u,\n",
                shape->headless ? "BertModel" : "BertForMaskedLM", shape->vocabulary,
                shape->positions, LEARN_TYPES_OF_PIECES, shape->dim, shape->n_blocks);
    output_text(file,
                "  \"num_attention_heads\": %u,\n  \"intermediate_size\": %u,\n"
                "  \"hidden_act\": \"%s\",\n  \"position_embedding_type\": \"absolute\",\n"
                "  \"attention_probs_dropout_prob\": 0.0,\n  \"hidden_dropout_prob\": 0.0,\n"
                "  \"layer_norm_eps\": ",
                shape->n_heads, shape->inner, shape->gelu_by_tanh ? "gelu_new" : "gelu");
    output_number(file, (double)shape->epsilon, 6);
    output_text(file,
                ",\n  \"initializer_range\": 0.02,\n  \"pad_token_id\": %u,\n"
                "  \"tie_word_embeddings\": true,\n  \"torch_dtype\": \"%s\"\n}\n",
                of->facts.pad, of->facts.half ? "float16" : "float32");
}

static void write_config(void *arg, struct output *file)
{
    const struct about *of = arg;
    const struct learn_shape *shape = &of->model->shape;
    if (shape->arch == LEARN_LLAMA) {
        write_llama_config(of, file);
        return;
    }
    if (shape->arch == LEARN_BERT) {
        write_bert_config(of, file);
        return;
    }
    output_text(
        file,
        "{\n  \"model_type\": \"gpt2\",\n  \"architectures\": [\"GPT2LMHeadModel\"],\n"
        "  \"vocab_size\": %u,\n  \"n_positions\": %u,\n  \"n_ctx\": %u,\n  \"n_embd\": %u,\n"
        "  \"n_layer\": %u,\n  \"n_head\": %u,\n  \"n_inner\": %u,\n",
        shape->vocabulary, shape->positions, shape->positions, shape->dim, shape->n_blocks,
        shape->n_heads, shape->inner);
    output_text(file, "  \"activation_function\": \"gelu_new\",\n  \"layer_norm_epsilon\": ");
    output_number(file, (double)shape->epsilon, 6);
    output_text(file, ",\n  \"attn_pdrop\": 0.0,\n  \"embd_pdrop\": 0.0,\n  \"resid_pdrop\": 0.0,\n"
                      "  \"scale_attn_weights\": true,\n");
    write_ends(of, file);
}

static void write_tokenizer_config(void *arg, struct output *file)
{
    const struct about *of = arg;
    if (of->model->shape.arch == LEARN_BERT) {
        output_text(file,
                    "{\n  \"tokenizer_class\": \"BertTokenizer\",\n  \"do_lower_case\": %s,\n"
                    "  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n"
                    "  \"cls_token\": \"[CLS]\",\n  \"sep_token\": \"[SEP]\",\n"
                    "  \"mask_token\": \"[MASK]\",\n  \"model_max_length\": %u\n}\n",
                    of->facts.lowercase ? "true" : "false", of->model->shape.positions);
        return;
    }
    output_text(file,
                "{\n  \"tokenizer_class\": \"GPT2Tokenizer\",\n  \"add_prefix_space\": false,\n"
                "  \"bos_token\": \"%s\",\n  \"eos_token\": \"%s\",\n  \"unk_token\": \"%s\",\n"
                "  \"model_max_length\": %u\n}\n",
                of->facts.end_text, of->facts.end_text, of->facts.end_text,
                of->model->shape.positions);
}

static void write_part(const struct learn_part *part, bool half, uint64_t *begin, char line[320])
{
    uint64_t bytes =
        (uint64_t)part->of->rows * part->n_columns * (half ? sizeof(uint16_t) : sizeof(float));
    uint32_t rows = part->transposed ? part->n_columns : part->of->rows;
    uint32_t columns = part->transposed ? part->of->rows : part->n_columns;
    char shape[32];
    if (part->of->decays) {
        snprintf(shape, sizeof shape, "%u, %u", rows, columns);
    } else {
        snprintf(shape, sizeof shape, "%u", columns);
    }
    snprintf(line, 320,
             "\"%s\": {\"dtype\": \"%s\", \"shape\": [%s], \"data_offsets\": [%llu, %llu]}",
             part->name, half ? "F16" : "F32", shape, (unsigned long long)*begin,
             (unsigned long long)(*begin + bytes));
    *begin += bytes;
}

/* 8 bytes: length of the header; the header, padded with blanks to a multiple of 8; the numbers. */
static void write_header(const struct about *of, struct output *file, uint64_t *ret_bytes,
                         bool count)
{
    const char *before = "{\"__metadata__\": {\"format\": \"pt\"}, ";
    uint64_t begin = 0, n = 0;
    struct learn_part part;
    for (uint32_t t = 0, piece = 0; learn_part(of->model, &t, &piece, &part);) {
        char line[320];
        write_part(&part, of->facts.half, &begin, line);
        n += strlen(before) + strlen(line);
        if (!count) {
            output_text(file, "%s%s", before, line);
        }
        before = ", ";
    }
    *ret_bytes = n + 1; /* the closing brace */
}

static void write_numbers(struct output *file, const float *x, uint64_t n, bool half)
{
    uint16_t block[1 << 10];
    uint64_t most = sizeof block / sizeof *block;
    if (!half) {
        output_bytes(file, x, n * sizeof *x);
        return;
    }
    for (uint64_t at = 0, size; at < n; at += size) {
        size = n - at < most ? n - at : most;
        for (uint64_t i = 0; i < size; i++) {
            block[i] = half_of(x[at + i]);
        }
        output_bytes(file, block, size * sizeof *block);
    }
}

static void write_elements(struct output *file, const float *x, const struct learn_part *part,
                           bool half)
{
    float row[1 << 10];
    uint32_t rows = part->of->rows, most = sizeof row / sizeof *row;
    if (!part->transposed) {
        write_numbers(file, x + part->first_column, (uint64_t)rows * part->n_columns, half);
        return; /* all columns of its rows, or some of a single row */
    }
    for (uint32_t c = part->first_column; c < part->first_column + part->n_columns; c++) {
        for (uint32_t first = 0, n; first < rows; first += n) {
            n = rows - first < most ? rows - first : most;
            for (uint32_t r = 0; r < n; r++) {
                row[r] = x[(uint64_t)(first + r) * part->of->columns + c];
            }
            write_numbers(file, row, n, half);
        }
    }
}

static void write_weights(void *arg, struct output *file)
{
    const struct about *of = arg;
    const struct learn_model *model = of->model;
    uint64_t n, padded;
    unsigned char length[8];
    write_header(of, file, &n, true);
    padded = (n + 7) & ~(uint64_t)7;
    for (int i = 0; i < 8; i++) {
        length[i] = (unsigned char)(padded >> 8 * i);
    }
    output_bytes(file, length, sizeof length);
    write_header(of, file, &n, false);
    output_bytes(file, "}       ", 1 + padded - n);
    struct learn_part part;
    for (uint32_t t = 0, piece = 0; learn_part(model, &t, &piece, &part);) {
        write_elements(file, model->values + part.of->first, &part, of->facts.half);
    }
}

/* The settings of the tokenizer are another model's as well, where the tokenizer is. */
static emb_status write_settings(const struct learn_folder *folder, struct about *about)
{
    const char *theirs = about->facts.tokenizer_config, *name = "tokenizer_config.json";
    return theirs && access(theirs, R_OK) == 0
               ? learn_folder_copy(folder, name, theirs)
               : learn_folder_write(folder, name, write_tokenizer_config, about);
}

emb_status learn_folder_write_model(const struct learn_folder *folder,
                                    const struct learn_model *model,
                                    const struct learn_facts *facts)
{
    struct about about = {model, *facts};
    TRY(learn_folder_write(folder, "config.json", write_config, &about));
    TRY(write_settings(folder, &about));
    return learn_folder_write(folder, "model.safetensors", write_weights, &about);
}
