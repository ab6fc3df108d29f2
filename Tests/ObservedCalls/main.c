// Makes every call that the observer stops, in every form and from every kind of thread, and says on its standard
// output what the record should hold of each. Statically linked: it runs in a container that holds nothing else.

#define _GNU_SOURCE
#include "said.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void await(pid_t child) {
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

static int left;

static void *execute_again(void *unused) {
    (void)unused;
    char next[16];
    snprintf(next, sizeof next, "%d", left - 1);
    usleep(1000 + 997 * left % 3000);
    execl(program, program, "overtaken", next, NULL);
    _exit(94);
}

// The leader makes calls until another thread executes, which kills it in the midst of one, and nobody reports its end
// (ptrace(2)); `rounds` times in a row.
static void overtaken(int rounds) {
    left = rounds;
    pthread_t other;
    if (rounds > 0 && pthread_create(&other, NULL, execute_again, NULL) != 0) _exit(93);
    while (rounds > 0) {
        close(open("/one", O_WRONLY | O_CREAT, 0600));
        rename("/one", "/other");
        unlink("/other");
    }
    if (mkdir("/done", 0755) != 0) _exit(99);
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
    } else if (strcmp(what, "overtaken") == 0) {
        overtaken(atoi(arguments[2]));
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
