#define _GNU_SOURCE
#include "user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_RANGES = 16, NOT_FOUND = 127 };

struct ranges {
    size_t count;
    struct { unsigned long start, count; } all[MOST_RANGES];
};

static struct user_namespace_entry entry;
static char program[4096];

const char *user_namespace_program(void) { return program; }

const struct user_namespace_entry *user_namespace_outcome(void) { return &entry; }

int user_namespace_is_needless(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    if (geteuid() != 0 || syscall(SYS_capget, &header, data) < 0) return 0;
    return data[0].effective >> CAP_SYS_ADMIN & 1;
}

/// The login name that /etc/passwd gives to the id, as the files of subordinate ids use it; else $USER, which
/// newuidmap does not trust either. Not getpwuid(3), which loads libraries.
static void find_login(uid_t uid, char *login, size_t size) {
    const char *user = getenv("USER");
    snprintf(login, size, "%s", user ? user : "");
    FILE *file = fopen("/etc/passwd", "re");
    char *line = NULL;
    size_t room = 0;
    while (file && getline(&line, &room, file) > 0) {
        char *rest = line, *name = strsep(&rest, ":");
        strsep(&rest, ":");
        char *id = strsep(&rest, ":");
        if (!id || !*id || strtoul(id, NULL, 10) != uid) continue;
        snprintf(login, size, "%s", name);
        break;
    }
    free(line);
    if (file) fclose(file);
}

/// The lines `NAME-OR-ID:START:COUNT` of subuid(5) or subgid(5) that are the caller's.
static void read_ranges(const char *path, const char *login, uid_t uid, struct ranges *ranges) {
    FILE *file = fopen(path, "re");
    char *line = NULL, own[16];
    size_t room = 0;
    snprintf(own, sizeof own, "%u", uid);
    ranges->count = 0;
    while (file && ranges->count < MOST_RANGES && getline(&line, &room, file) > 0) {
        char *rest = line, *name = strsep(&rest, ":"), *start = strsep(&rest, ":");
        if (!rest || (strcmp(name, own) != 0 && (!*login || strcmp(name, login) != 0))) continue;
        unsigned long first = strtoul(start, NULL, 10), count = strtoul(rest, NULL, 10);
        if (count == 0 || first + count > UINT32_MAX) continue;
        ranges->all[ranges->count].start = first;
        ranges->all[ranges->count++].count = count;
    }
    free(line);
    if (file) fclose(file);
}

/// Becomes newuidmap or newgidmap: id 0 is the caller's own, the ranges follow from 1 without a gap.
static void execute_tool(const char *tool, pid_t target, unsigned own, const struct ranges *ranges) {
    enum { FIRST = 2, WORDS = FIRST + 3 * (MOST_RANGES + 1) };
    char text[WORDS][12], *arguments[WORDS + 1] = {(char *)tool};
    size_t word = 1;
    unsigned long inside = 0;
    snprintf(text[word], sizeof *text, "%d", target), word++;
    for (size_t i = 0; i <= ranges->count; i++) {
        unsigned long outside = i == 0 ? own : ranges->all[i - 1].start, count = i == 0 ? 1 : ranges->all[i - 1].count;
        snprintf(text[word], sizeof *text, "%lu", inside), word++;
        snprintf(text[word], sizeof *text, "%lu", outside), word++;
        snprintf(text[word], sizeof *text, "%lu", count), word++;
        inside += count;
    }
    for (size_t i = 1; i < word; i++) arguments[i] = text[i];
    arguments[word] = NULL;
    execvp(tool, arguments);
    _exit(errno == ENOENT ? NOT_FOUND : 1);
}

/// The exit status of the child, or 1 where it had none.
static int status_of(pid_t child) {
    int status;
    pid_t got;
    do got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    return got == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// The life of the child that maps: it was made before its parent left the namespace that the ids belong to, waits
/// for the parent's byte, and runs the two programs on it.
static void map_from_outside(
    pid_t target, int go, int errors, const struct ranges *users, const struct ranges *groups) {
    char byte;
    if (read(go, &byte, 1) != 1) _exit(1);
    dup2(errors, STDERR_FILENO);
    pid_t mapper = fork();
    if (mapper == 0) execute_tool("newuidmap", target, entry.uid, users);
    pid_t other = fork();
    if (other == 0) execute_tool("newgidmap", target, entry.gid, groups);
    int first = mapper < 0 ? 1 : status_of(mapper), second = other < 0 ? 1 : status_of(other);
    _exit(first != 0 ? first : second);
}

/// Whether the caller's namespace has a map of this kind already: each can be written once.
static int is_mapped(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char byte;
    int mapped = file >= 0 && read(file, &byte, 1) == 1;
    if (file >= 0) close(file);
    return mapped;
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = (ssize_t)strlen(text), written = write(file, text, (size_t)length);
    int error = errno;
    close(file);
    errno = error;
    return written == length ? 0 : -1;
}

/// Maps what is not mapped yet to the caller's own id.
static int map_own_ids(void) {
    char line[32];
    if (!is_mapped("/proc/self/uid_map")) {
        snprintf(line, sizeof line, "0 %u 1\n", entry.uid);
        if (write_file("/proc/self/uid_map", line) < 0) return -1;
    }
    if (!is_mapped("/proc/self/gid_map")) {
        // Without privilege outside, the groups of the caller must stay: user_namespaces(7).
        if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) return -1;
        snprintf(line, sizeof line, "0 %u 1\n", entry.gid);
        if (write_file("/proc/self/gid_map", line) < 0) return -1;
    }
    return 0;
}

static void note_refusal(int errors) {
    ssize_t count = read(errors, entry.refusal, sizeof entry.refusal - 1);
    entry.refusal[count > 0 ? count : 0] = 0;
    entry.refusal[strcspn(entry.refusal, "\n")] = 0;
}

/// Makes the namespaces, and has them mapped by a child with the two programs where there are ranges.
static int make_and_map(const struct ranges *users, const struct ranges *groups) {
    int go[2] = {-1, -1}, errors[2] = {-1, -1};
    pid_t mapper = -1;
    int has_ranges = users->count > 0 && groups->count > 0;
    if (has_ranges && pipe2(go, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC | O_NONBLOCK) == 0) {
        pid_t self = getpid();
        mapper = fork();
        if (mapper == 0) {
            close(go[1]);
            map_from_outside(self, go[0], errors[1], users, groups);
        }
    }
    int made = unshare(CLONE_NEWUSER | CLONE_NEWNS);
    int error = errno;
    if (mapper > 0) {
        if (made == 0 && write(go[1], "", 1) < 0) entry.narrowness = USER_NAMESPACE_REFUSED;
        close(go[1]);
        go[1] = -1;
        int status = status_of(mapper);
        entry.narrowness = status == 0           ? USER_NAMESPACE_WIDE
                           : status == NOT_FOUND ? USER_NAMESPACE_NO_TOOL
                                                 : USER_NAMESPACE_REFUSED;
        if (status != 0) note_refusal(errors[0]);
    } else {
        entry.narrowness = has_ranges ? USER_NAMESPACE_REFUSED : USER_NAMESPACE_NO_RANGE;
    }
    for (int i = 0; i < 2; i++) {
        if (go[i] >= 0) close(go[i]);
        if (errors[i] >= 0) close(errors[i]);
    }
    errno = error;
    return made;
}

void user_namespace_enter(void) {
    struct ranges users, groups;
    char login[64];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = 0;
    entry.uid = geteuid();
    entry.gid = getegid();
    find_login(entry.uid, login, sizeof login);
    read_ranges("/etc/subuid", login, entry.uid, &users);
    read_ranges("/etc/subgid", login, entry.uid, &groups);
    // A caller that ignores SIGCHLD would not let its children be waited for (wait(2)).
    struct sigaction before, plain = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &plain, &before);
    if (make_and_map(&users, &groups) < 0) {
        entry.stage = USER_NAMESPACE_NOT_MADE;
    } else if (map_own_ids() < 0) {
        entry.stage = USER_NAMESPACE_NOT_MAPPED;
    } else if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
        // It is so already (mount_namespaces(7)): the call asks only whether a security module lets us.
        entry.stage = USER_NAMESPACE_WITHOUT_POWER;
    } else {
        entry.stage = USER_NAMESPACE_INSIDE;
    }
    entry.error = entry.stage == USER_NAMESPACE_INSIDE ? 0 : errno;
    sigaction(SIGCHLD, &before, NULL);
}
