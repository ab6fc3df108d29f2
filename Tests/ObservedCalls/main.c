// Makes every call that the observer stops, in every form and from every kind of thread, and says on its standard
// output what the record should hold of each. Statically linked: it runs in a container that holds nothing else.

#define _GNU_SOURCE
#include "said.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void await(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) _exit(92);
}

static void *in_thread(void *name) {
    // A working directory of its own: the calls change it.
    if (unshare(CLONE_FS) != 0) _exit(93);
    every_form(name);
    return NULL;
}

static void thread(const char *name) {
    pthread_t other;
    if (pthread_create(&other, NULL, in_thread, (void *)name) != 0) _exit(93);
    pthread_join(other, NULL);
}

static void forked(const char *name) {
    pid_t child = fork();
    if (child == 0) {
        every_form(name);
        _exit(0);
    }
    await(child);
}

static void vforked(const char *name) {
    const char *before = role;
    pid_t child = vfork();
    if (child == 0) {
        every_form(name);
        _exit(0);
    }
    await(child);
    role = before;
    if (chdir("/") != 0) _exit(91);
}

static char *program;

static void *execute(void *name) {
    execl(program, program, "forms", name, NULL);
    _exit(94);
}

static void executed(const char *name) {
    pid_t child = fork();
    if (child == 0) execute((void *)name);
    await(child);
}

// The thread takes the leader's id when it executes (ptrace(2)).
static void executed_by_a_thread(const char *name) {
    pid_t child = fork();
    if (child == 0) {
        pthread_t other;
        if (pthread_create(&other, NULL, execute, (void *)name) != 0) _exit(93);
        pthread_join(other, NULL);
        _exit(94);
    }
    await(child);
}

static void at_the_same_time(void) {
    pthread_t threads[2];
    pid_t children[2];
    const char *names[] = {"both1", "both2", "both3", "both4"};
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            every_form(names[2 + i]);
            _exit(0);
        }
    }
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, in_thread, (void *)names[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) await(children[i]);
}

static void chrooted(void) {
    role = "chroot";
    DO(SYS_mkdirat, AT_FDCWD, "/w/jail", 0755);
    said("mkdirat", "/w/jail", "/w/jail", "", "create /w/jail");
    int outside = open("/w", O_RDONLY | O_DIRECTORY);
    pid_t child = fork();
    if (child == 0) {
        if (chroot("/w/jail") != 0 || chdir("/") != 0) _exit(95);
        DO(SYS_mkdirat, AT_FDCWD, "/a", 0755);
        said("mkdirat", "/a", "/w/jail/a", "", "create /w/jail/a");
        DO(SYS_mkdirat, AT_FDCWD, "a/b", 0755);
        said("mkdirat", "a/b", "/w/jail/a/b", "", "create /w/jail/a/b");
        DO(SYS_mkdirat, outside, "c", 0755);
        said("mkdirat", "c", "/w/c", "", "create /w/c");
        // Its own root ends every way up, and absolute links start from it.
        DO(SYS_mkdirat, AT_FDCWD, "/../e", 0755);
        said("mkdirat", "/../e", "/w/jail/e", "", "create /w/jail/e");
        DO(SYS_symlinkat, "/a", AT_FDCWD, "ln");
        said("symlinkat", "ln", "/w/jail/ln", "", "create /w/jail/ln");
        DO(SYS_mkdirat, AT_FDCWD, "/ln/f", 0755);
        hole("mkdirat", "symbolic link");
        hole("", "/w/jail/a/f");
        _exit(0);
    }
    await(child);
    close(outside);
}

// A descriptor that came over a socket leads where its file is.
static void passed(void) {
    role = "passed";
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) _exit(96);
    union { struct cmsghdr header; char room[CMSG_SPACE(2 * sizeof(int))]; } control;
    char byte = 0;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control};
    pid_t child = fork();
    if (child == 0) {
        int sent[2];
        DO(SYS_mkdirat, AT_FDCWD, "/w/passed", 0755);
        said("mkdirat", "/w/passed", "/w/passed", "", "create /w/passed");
        sent[0] = open("/w/passed", O_RDONLY | O_DIRECTORY);
        sent[1] = openat(sent[0], "file", O_RDWR | O_CREAT, 0644);
        failed = 0;
        said("openat", "file", "/w/passed/file", "O_RDWR|O_CREAT", "create /w/passed/file:0");
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof sent), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), sent, sizeof sent);
        _exit(sendmsg(ends[0], &message, 0) == 1 ? 0 : 97);
    }
    if (recvmsg(ends[1], &message, 0) != 1) _exit(97);
    await(child);
    int got[2];
    memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    DO(SYS_fchmod, got[1], 0600);
    said("fchmod", f("fd %d", got[1]), "/w/passed/file", "0600", "");
    DO(SYS_mkdirat, got[0], "inner", 0755);
    said("mkdirat", "inner", "/w/passed/inner", "", "create /w/passed/inner");
    for (int i = 0; i < 2; i++) close(got[i]), close(ends[i]);
    // Standard output is a file of the host, whose path means something else in here: nothing of it is recorded.
    if (fchmod(1, 0600) != 0) _exit(97);
    close(open("/dev/stdout", O_WRONLY | O_APPEND));
}

// Calls that could not be followed get ENOSYS.
static void refused(void) {
    role = "refused";
    DO(425, 1, NULL);
    said("io_uring_setup", "", "", "", "");
    if (failed != ENOSYS) _exit(98);
#if defined(__x86_64__)
    // mkdir as x32 has it.
    DO(0x40000000 | SYS_mkdir, "/w/x32", 0755);
    said(f("call %d of a foreign ABI", 0x40000000 | SYS_mkdir), "", "", "", "");
    if (failed != ENOSYS) _exit(98);
    // creat(2) of the 32-bit ABI is 8; the path lies low enough for it.
    long answer = 8;
    __asm__ volatile("int $0x80" : "+a"(answer) : "b"(0L), "c"(0644L) : "memory", "r8", "r9", "r10", "r11");
    failed = (int)-answer;
    said("call 8 of a foreign ABI", "", "", "", "");
    if (failed != ENOSYS) _exit(98);
#endif
}

// `count` processes at once, each with `rounds` of four calls; says nothing, because the numbers are known.
static void load(int count, int rounds) {
    if (mkdir("/w", 0755) != 0) _exit(99);
    for (int i = 0; i < count; i++) {
        if (fork() != 0) continue;
        char name[64], other[64];
        for (int round = 0; round < rounds; round++) {
            snprintf(name, sizeof name, "/w/%d-%d", i, round);
            snprintf(other, sizeof other, "/w/%d-%d-renamed", i, round);
            int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
            if (file < 0 || close(file) != 0 || chmod(name, 0600) != 0 || rename(name, other) != 0) _exit(99);
            // Every other round by a grandchild, so that processes come and go all the time.
            if (round % 2 == 0) {
                if (unlink(other) != 0) _exit(99);
            } else {
                pid_t child = fork();
                if (child == 0) _exit(unlink(other) == 0 ? 0 : 99);
                await(child);
            }
        }
        _exit(0);
    }
    int status;
    while (wait(&status) > 0)
        if (status != 0) _exit(99);
}

static int processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

// Calls and nothing else, which the observer serves on one processor; the program must not see that, nor what it starts.
static void storm(int count) {
    int before = processors();
    for (int part = 0; part < 4; part++) {
        for (int i = 0; i < count; i++)
            if (mkdir("/storm", 0755) != 0 || rmdir("/storm") != 0) _exit(99);
        if (part % 2 == 0 && processors() != before) _exit(100);
        pid_t child = fork();
        if (child == 0) _exit(processors() == before ? 0 : 100);
        await(child);
    }
    // What it decides for itself stays.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) _exit(101);
    for (int i = 0; i < count; i++)
        if (mkdir("/storm", 0755) != 0 || rmdir("/storm") != 0) _exit(99);
    if (processors() != 1) _exit(101);
}

// How many processors proc(5) says that the caller may use: reading it does not stop.
static int allowed(void) {
    FILE *status = fopen("/proc/self/status", "re");
    char line[4096];
    int count = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "Cpus_allowed:", 13) != 0) continue;
        for (char *digit = line + 13; *digit != 0; digit++)
            if (isxdigit((unsigned char)*digit))
                count += __builtin_popcount((unsigned)strtoul((char[]){*digit, 0}, NULL, 16));
    }
    if (status == NULL) _exit(102);
    fclose(status);
    return count;
}

// Served on one processor, then two that compute at once: they have to get all of them back.
static void side_by_side(int all) {
    while (allowed() != 1)
        if (mkdir("/storm", 0755) != 0 || rmdir("/storm") != 0) _exit(99);
    pid_t child = fork();
    while (allowed() != all) continue;
    if (child == 0) _exit(0);
    await(child);
}

static void prepare(void) {
    DO(SYS_mkdirat, AT_FDCWD, "/w", 0755);
    said("mkdirat", "/w", "/w", "", "create /w");
    DO(SYS_fchmodat, AT_FDCWD, "/low/first", 0600);
    said("fchmodat", "/low/first", "/low/first", "0600", "parent-copy-up /low@2, copy-up /low/first@2:2");
}

int main(int count, char **arguments) {
    program = arguments[0];
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "one") == 0) {
        prepare();
        every_form("main");
    } else if (strcmp(what, "forms") == 0) {
        every_form(arguments[2]);
    } else if (strcmp(what, "looks") == 0) {
        every_look();
    } else if (strcmp(what, "storm") == 0) {
        storm(atoi(arguments[2]));
    } else if (strcmp(what, "side by side") == 0) {
        side_by_side(atoi(arguments[2]));
    } else if (strcmp(what, "load") == 0) {
        load(atoi(arguments[2]), atoi(arguments[3]));
    } else if (strcmp(what, "all") == 0) {
        prepare();
        every_form("main");
        thread("thread");
        role = "main";
        forked("fork");
        vforked("vfork");
        executed("exec");
        executed_by_a_thread("threadexec");
        chrooted();
        passed();
        refused();
        at_the_same_time();
    } else {
        return 64;
    }
    return 0;
}
