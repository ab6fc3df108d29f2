#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <elf.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// Only <sys/ptrace.h> declares the call; both headers name the same requests.
static long request(int what, pid_t pid, void *address, void *data) {
    return ptrace((enum __ptrace_request)what, pid, address, data);
}

int trace_seize(pid_t pid) {
    unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    return (int)request(PTRACE_SEIZE, pid, NULL, (void *)options);
}

int trace_continue(pid_t pid, int signal) { return (int)request(PTRACE_CONT, pid, NULL, (void *)(long)signal); }

int trace_continue_to_exit(pid_t pid, int signal) {
    return (int)request(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
}

int trace_listen(pid_t pid) { return (int)request(PTRACE_LISTEN, pid, NULL, NULL); }

int trace_event_message(pid_t pid, unsigned long *message) {
    return (int)request(PTRACE_GETEVENTMSG, pid, NULL, message);
}

int trace_syscall_info(pid_t pid, struct trace_syscall *out) {
    struct __ptrace_syscall_info info = {0};
    if (request(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0) return -1;
    out->stop = info.op;
    out->architecture = info.arch;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        out->result = info.exit.rval;
        out->failed = info.exit.is_error;
        return 0;
    }
    // An entry's number and arguments lie where a seccomp stop's do.
    out->number = info.seccomp.nr;
    for (int i = 0; i < 6; i++) out->arguments[i] = info.seccomp.args[i];
    out->filter_data = info.op == PTRACE_SYSCALL_INFO_SECCOMP ? info.seccomp.ret_data : 0;
    return 0;
}

int trace_refuse(pid_t pid) {
#if defined(__x86_64__)
    // rax holds -ENOSYS already at the entry of a call; a number of -1 skips the call.
    return (int)request(PTRACE_POKEUSER, pid, (void *)(15 * sizeof(long)), (void *)-1L);
#elif defined(__aarch64__)
    int number = -1;
    struct iovec vector = {&number, sizeof number};
    if (request(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &vector) < 0) return -1;
    struct { uint64_t general[34]; } registers;
    vector = (struct iovec){&registers, sizeof registers};
    if (request(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &vector) < 0) return -1;
    registers.general[0] = (uint64_t)-ENOSYS;
    return (int)request(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &vector);
#else
#error "teach knows the system calls of x86-64 and arm64"
#endif
}

int trace_get_cpus(pid_t thread, struct trace_cpus *cpus) {
    return sched_getaffinity(thread, sizeof cpus->words, (cpu_set_t *)cpus->words);
}

int trace_set_cpus(pid_t thread, const struct trace_cpus *cpus) {
    return sched_setaffinity(thread, sizeof cpus->words, (const cpu_set_t *)cpus->words);
}

pid_t trace_wait(int *status) {
    pid_t pid;
    do pid = waitpid(-1, status, __WALL | __WNOTHREAD);
    while (pid < 0 && errno == EINTR);
    return pid;
}

ssize_t trace_read(pid_t pid, uint64_t address, void *buffer, size_t length) {
    // One vector a page: a vector that crosses into a missing page is refused whole.
    size_t page = (size_t)sysconf(_SC_PAGESIZE), done = 0;
    while (done < length) {
        size_t left = page - (size_t)((address + done) % page);
        if (left > length - done) left = length - done;
        struct iovec local = {(char *)buffer + done, left}, remote = {(void *)(uintptr_t)(address + done), left};
        ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
        if (got <= 0) return done > 0 ? (ssize_t)done : -1;
        done += (size_t)got;
    }
    return (ssize_t)done;
}
