#include "worker/worker.h"

int worker_main(int argc, char **argv)
{
    return worker_serve(argc, argv, suite_find);
}
