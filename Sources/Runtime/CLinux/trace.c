#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
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

int trace_current_cpu(void) { return sched_getcpu(); }

pid_t trace_wait(int *status) {
    pid_t pid;
    do pid = waitpid(-1, status, __WALL | __WNOTHREAD);
    while (pid < 0 && errno == EINTR);
    return pid;
}

uint64_t trace_mount(pid_t pid, int descriptor) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, descriptor);
    struct statx status;
    unsigned int wanted = 0x1000;  // STATX_MNT_ID
    if (statx(AT_FDCWD, path, 0, wanted, &status) != 0 || !(status.stx_mask & wanted)) return 0;
    return status.stx_mnt_id;
}

ssize_t trace_read(pid_t pid, uint64_t address, void *buffer, size_t length) {
    // One vector a page: one that crosses into a missing page would be refused whole.
    size_t page = (size_t)sysconf(_SC_PAGESIZE), asked = 0;
    struct iovec local = {buffer, length}, remote[8];
    int count = 0;
    while (asked < length && count < 8) {
        size_t left = page - (size_t)((address + asked) % page);
        if (left > length - asked) left = length - asked;
        remote[count++] = (struct iovec){(void *)(uintptr_t)(address + asked), left};
        asked += left;
    }
    local.iov_len = asked;
    return process_vm_readv(pid, &local, 1, remote, (unsigned long)count, 0);
}
