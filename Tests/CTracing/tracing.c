#define _GNU_SOURCE
#include "CTracing.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

int tracing_terminal(char *name, size_t size) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) return -1;
    if (grantpt(terminal) == 0 && unlockpt(terminal) == 0 && ptsname_r(terminal, name, size) == 0) return terminal;
    close(terminal);
    return -1;
}

pid_t tracing_spawn(
    const char *path, char *const arguments[], char *const environment[], int cgroup, int output, int errors,
    int *begin) {
    int ends[2];
    if (pipe2(ends, 02000000 /* O_CLOEXEC */) < 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(ends[1]);
        if (cgroup >= 0 && write(cgroup, "0", 1) != 1) _exit(126);
        dup2(output, 1);
        dup2(errors, 2);
        if (read(ends[0], &byte, 1) != 1) _exit(126);
        execve(path, arguments, environment);
        _exit(127);
    }
    close(ends[0]);
    *begin = ends[1];
    return pid;
}

void tracing_begin(int begin) {
    ssize_t written = write(begin, "g", 1);
    (void)written;
    close(begin);
}

int tracing_detach(pid_t pid, int signal) { return (int)ptrace(PTRACE_DETACH, pid, NULL, (void *)(long)signal); }

int tracing_interrupt(pid_t pid) { return (int)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL); }

#if defined(__x86_64__)
int tracing_skip(pid_t pid) { return (int)ptrace(PTRACE_POKEUSER, pid, (void *)(15 * sizeof(long)), (void *)-1L); }

int tracing_answer(pid_t pid, long value) {
    return (int)ptrace(PTRACE_POKEUSER, pid, (void *)(10 * sizeof(long)), (void *)value);
}
#else
int tracing_skip(pid_t pid) {
    int number = -1;
    struct iovec vector = {&number, sizeof number};
    return (int)ptrace(PTRACE_SETREGSET, pid, (void *)0x404 /* NT_ARM_SYSTEM_CALL */, &vector);
}

int tracing_answer(pid_t pid, long value) {
    struct { uint64_t general[34]; } registers;
    struct iovec vector = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &vector) < 0) return -1;
    registers.general[0] = (uint64_t)value;
    return (int)ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &vector);
}
#endif
