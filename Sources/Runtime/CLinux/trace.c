#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <stddef.h>
#include <sys/ptrace.h>
// From glibc 2.35 on.
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#include <sys/syscall.h>
#include <linux/ptrace.h>
#include <elf.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Only <sys/ptrace.h> declares the call; both headers name the same requests.
static long request(int what, pid_t pid, void *address, void *data) {
    return ptrace((enum __ptrace_request)what, pid, address, data);
}

// A stop sends the tracer SIGCHLD, which then does nothing. Where that is so, the kernel need not send it: it takes a
// thirtieth of what a stop costs (sigaction(2), SA_NOCLDSTOP). A handler, if there is one, keeps its signals.
static void let_stops_send_no_signal(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
    action.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
}

int trace_seize(pid_t pid) {
    let_stops_send_no_signal();
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

void trace_thread_begins(void) {
#ifdef RSEQ_SIG
    // glibc registers each thread for restartable sequences, and itself uses them for sched_getcpu(3) alone, which knows
    // another way. At each switch to a registered thread the kernel writes to the thread's memory.
    if (__rseq_size == 0) return;
    char *area = (char *)__builtin_thread_pointer() + __rseq_offset;
    // What was registered is never less than the first form of the area; from glibc 2.40 on, __rseq_size tells what of it
    // the kernel uses, and the area is a multiple of that form.
    unsigned int length = (__rseq_size + 31) & ~31U;
    syscall(SYS_rseq, area, length, 1 /* RSEQ_FLAG_UNREGISTER */, RSEQ_SIG);
#endif
}

pid_t trace_wait(int *status) {
    // Not by way of waitpid(3), a point at which a thread can be cancelled: none of ours is.
    pid_t pid = (pid_t)syscall(SYS_wait4, -1, status, __WALL | __WNOTHREAD, NULL);
    return pid < 0 && errno == EINTR ? 0 : pid;
}

static void nothing(int signal_number) { (void)signal_number; }

int trace_ticks_open(struct trace_ticks *ticks) {
    // Without SA_RESTART, so that a wait ends. The last of the real-time signals is nobody else's in this program.
    int number = SIGRTMAX;
    struct sigaction action = {.sa_handler = nothing};
    sigset_t one;
    sigemptyset(&action.sa_mask);
    sigemptyset(&one);
    sigaddset(&one, number);
    if (sigaction(number, &action, NULL) != 0) return -1;
    if ((errno = pthread_sigmask(SIG_UNBLOCK, &one, NULL)) != 0) return -1;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number};
    event._sigev_un._tid = gettid();
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return -1;
    *ticks = (struct trace_ticks){.timer = timer, .is_there = 1};
    return 0;
}

int trace_tick_every(const struct trace_ticks *ticks, long nanoseconds) {
    struct timespec period = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    struct itimerspec times = {period, period};
    return timer_settime((timer_t)ticks->timer, 0, &times, NULL);
}

void trace_ticks_close(struct trace_ticks *ticks) {
    if (ticks->is_there) timer_delete((timer_t)ticks->timer);
    ticks->is_there = 0;
}

int trace_scheduled(pid_t thread, struct trace_scheduled *times) {
    char path[32] = "/proc/thread-self/schedstat", text[96];
    if (thread != 0) snprintf(path, sizeof path, "/proc/%d/schedstat", (int)thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return -1;
    text[length] = 0;
    long long ran, waited;
    if (sscanf(text, "%lld %lld", &ran, &waited) != 2) return -1;
    *times = (struct trace_scheduled){ran, waited};
    return 0;
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
    static size_t page;
    if (page == 0) page = (size_t)sysconf(_SC_PAGESIZE);
    size_t asked = 0;
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
