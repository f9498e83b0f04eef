/* The entry of a worker's process: finds its descriptors and runs the job. */
#include "worker/worker.h"

int worker_main(int argc, char **argv)
{
    return worker_serve(argc, argv, suite_find);
}
