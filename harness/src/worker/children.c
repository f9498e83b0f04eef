/* Finds the children of this process, and ends those that a plugin's process has left behind. */
#include "worker/children.h"

#include "base/file.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent of a process, and what it does ('Z': it has ended). */
static bool read_stat(const char *pid, char *ret_state, long *ret_parent)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return false;
    }
    size_t n = fread(line, 1, sizeof line - 1, stream);
    fclose(stream);
    line[n] = '\0';
    const char *after = strrchr(line, ')'); /* the name before it may hold anything */
    return after && sscanf(after + 1, " %c %ld", ret_state, ret_parent) == 2;
}

/* The children of this process, those that have ended too. Where there are none, it costs no look
 * at /proc. */
static struct children find_children(void)
{
    struct file_list list;
    siginfo_t any;
    struct children children = {0};
    if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        file_list_folder("/proc", &list) != 0) {
        return children;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        char state;
        long parent;
        if (list.names[i][0] >= '1' && list.names[i][0] <= '9' &&
            read_stat(list.names[i], &state, &parent) && parent == (long)getpid()) {
            children.pids = mem_resize(children.pids, children.n + 1u, sizeof *children.pids);
            children.pids[children.n++] = (pid_t)atol(list.names[i]);
        }
    }
    file_list_finish(&list);
    return children;
}

static bool is_among(const struct children *children, pid_t pid)
{
    for (uint32_t i = 0; i < children->n; i++) {
        if (children->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

#define MOST_SWEEPS 1000 /* of 5 ms: what forks faster than that is not to be caught */

/* What is our child now and was not before is of a plugin: orphans come to us, and each one that
 * dies hands its own children on. group: of the one that has started them, or 0. */
static void sweep(pid_t group, const struct children *before)
{
    for (int i = 0; i < MOST_SWEEPS; i++) {
        uint32_t met = 0;
        if (group > 0) {
            kill(-group, SIGKILL);
        }
        struct children now = find_children();
        for (uint32_t k = 0; k < now.n; k++) {
            if (!is_among(before, now.pids[k])) {
                kill(now.pids[k], SIGKILL);
                waitpid(now.pids[k], NULL, WNOHANG);
                met++;
            }
        }
        free(now.pids);
        if (met == 0) {
            return;
        }
        usleep(i == 0 ? 1000 : 5000);
    }
}

void children_adopt(struct children *ret_before)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* orphans come to us, to be ended */
    *ret_before = find_children();
}

void children_end_others(pid_t group, struct children *before)
{
    sweep(group, before);
    free(before->pids);
    *before = (struct children){0};
}

bool child_lost_its_thread(pid_t pid)
{
    char name[32], state = '?';
    long parent;
    snprintf(name, sizeof name, "%ld", (long)pid);
    return read_stat(name, &state, &parent) && state == 'Z';
}
