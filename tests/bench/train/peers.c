/* Runs other skip-gram programs over the words of the benchmark. */
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last number that the command writes after `mark`; 0 if there is none. */
static double last_number(const char *command, const char *mark)
{
    char line[4096];
    double number = 0;
    FILE *in = popen(command, "r");
    while (in && fgets(line, sizeof line, in)) {
        const char *at = strstr(line, mark);
        number = at ? strtod(at + strlen(mark), NULL) : number;
    }
    if (in) {
        pclose(in);
    }
    return number;
}

double peer_fasttext(const char *corpus, const char *folder, uint32_t n_threads)
{
    char command[1024];
    snprintf(command, sizeof command,
             "fasttext skipgram -input '%s' -output '%s/peer' -maxn 0 -bucket 1 -dim 100 -ws 5 "
             "-neg 5 -epoch 1 -t 1e-3 -minCount 5 -thread %u 2>&1 | tr '\\r' '\\n'",
             corpus, folder, n_threads);
    double rate = last_number(command, "words/sec/thread:") * n_threads;
    if (!(rate > 0)) {
        printf("fasttext: skipped, no such program or no result\n");
    }
    return rate;
}

double peer_gensim(const char *corpus, uint32_t n_threads)
{
    char command[1024];
    snprintf(command, sizeof command, "/usr/bin/python3 '" GENSIM_SCRIPT "' '%s' %u 2>/dev/null",
             corpus, n_threads);
    double rate = last_number(command, "words/s:");
    if (!(rate > 0)) {
        printf("gensim: skipped, /usr/bin/python3 has none or gave no result\n");
    }
    return rate;
}
