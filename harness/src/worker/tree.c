/* Sums the memory of a process tree from /proc. */
#include "worker/tree.h"

#include "worker/process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 64
#define MOST_PROCESSES 4096u

/* A figure in kB behind its name, from a file of /proc/PID. */
static bool read_kilobytes(pid_t pid, const char *file, const char *name, uint64_t *ret_bytes)
{
    char path[64], line[256];
    uint64_t kilobytes = 0;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return false;
    }
    while (!found && fgets(line, sizeof line, stream)) {
        found = strncmp(line, name, strlen(name)) == 0;
        kilobytes = found ? strtoull(line + strlen(name), NULL, 10) : 0;
    }
    fclose(stream);
    *ret_bytes = kilobytes * 1024;
    return found;
}

struct walk {
    uint64_t bytes;
    uint32_t n;
    bool exact;
};

static void visit(struct walk *walk, pid_t pid, unsigned depth);

/* Every thread has children of its own. */
static void visit_children(struct walk *walk, pid_t pid, unsigned depth)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *tasks = opendir(path);
    struct dirent *task;
    while (tasks && (task = readdir(tasks))) {
        char children[400];
        long child;
        snprintf(children, sizeof children, "%s/%s/children", path, task->d_name);
        FILE *stream = task->d_name[0] == '.' ? NULL : fopen(children, "re");
        while (stream && fscanf(stream, "%ld", &child) == 1) {
            visit(walk, (pid_t)child, depth + 1);
        }
        if (stream) {
            fclose(stream);
        }
    }
    if (tasks) {
        closedir(tasks);
    }
}

static void visit(struct walk *walk, pid_t pid, unsigned depth)
{
    uint64_t bytes;
    if (depth > MOST_DEPTH || walk->n >= MOST_PROCESSES) {
        return;
    }
    if ((walk->exact && read_kilobytes(pid, "smaps_rollup", "Pss:", &bytes)) ||
        read_kilobytes(pid, "status", "VmRSS:", &bytes)) {
        walk->bytes += bytes;
        walk->n++;
    }
    visit_children(walk, pid, depth);
}

uint64_t tree_resident(pid_t pid, uint32_t *ret_n)
{
    struct walk walk = {0};
    visit(&walk, pid, 0);
    *ret_n = walk.n;
    return walk.bytes;
}

uint64_t tree_exact(pid_t pid)
{
    struct walk walk = {.exact = true};
    visit(&walk, pid, 0);
    return walk.bytes;
}

uint64_t tree_peak(pid_t pid)
{
    uint32_t n;
    uint64_t own = process_peak_rss(pid), all = tree_resident(pid, &n);
    if (n > 1 && all > own) { /* else what it holds now is within its own peak */
        uint64_t exact = tree_exact(pid);
        return exact > own ? exact : own;
    }
    return own;
}
