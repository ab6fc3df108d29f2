#pragma once

// Thin calls for a tracer: ptrace(2) is variadic and its constants are enums, so Swift cannot see them.
// No policy here. Every function returns -1 with errno set on failure, unless it says otherwise.

#include <stdint.h>
#include <sys/types.h>

// Attaches without stopping (PTRACE_SEIZE), following forks, vforks, clones and execs, with seccomp events on;
// the tracees die with the tracer (PTRACE_O_EXITKILL).
int trace_seize(pid_t pid);

// Lets a stopped tracee go on (PTRACE_CONT), delivering `signal` if it is not 0.
int trace_continue(pid_t pid, int signal);

// The same, but the tracee stops again when the current system call returns (PTRACE_SYSCALL).
int trace_continue_to_exit(pid_t pid, int signal);

// Leaves a tracee in its group stop (PTRACE_LISTEN).
int trace_listen(pid_t pid);

// The message of an event stop (PTRACE_GETEVENTMSG).
int trace_event_message(pid_t pid, unsigned long *message);

// What a system-call stop is about (PTRACE_GET_SYSCALL_INFO).
struct trace_syscall {
    uint8_t stop;          // 1 entry, 2 exit, 3 seccomp
    uint32_t architecture; // AUDIT_ARCH_*
    uint64_t number;
    uint64_t arguments[6];
    uint32_t filter_data;  // SECCOMP_RET_DATA of a seccomp stop
    int64_t result;        // of an exit stop: the value, or -errno
    uint8_t failed;
};
int trace_syscall_info(pid_t pid, struct trace_syscall *info);

// At a seccomp stop: skips the call, which then answers ENOSYS.
int trace_refuse(pid_t pid);

// Makes the calling thread cheaper to switch to: to be called once, by a thread that only follows tracees until it ends.
void trace_thread_begins(void);

// waitpid(2) for any tracee of the calling thread, threads included. Returns the id, 0 when a tick came first, or -1.
pid_t trace_wait(int *status);

// A timer (timer_create(2)) that interrupts the calling thread's waits, and nothing else, with a real-time signal whose
// handler is empty. It rests until `trace_tick_every` gives it a period in nanoseconds; 0 lets it rest again.
struct trace_ticks { void *timer; uint8_t is_there; };
int trace_ticks_open(struct trace_ticks *ticks);
int trace_tick_every(const struct trace_ticks *ticks, long nanoseconds);
void trace_ticks_close(struct trace_ticks *ticks);

// How long a thread has run in all, and how long it has waited for a processor, in nanoseconds: the first two fields of
// /proc/PID/schedstat. 0 is the caller. -1 where the kernel does not tell.
struct trace_scheduled { int64_t ran, waited; };
int trace_scheduled(pid_t thread, struct trace_scheduled *times);

// The event of a stop (PTRACE_EVENT_*), or 0.
static inline int trace_event(int status) { return (status >> 16) & 0xff; }

enum {
    TRACE_EVENT_FORK = 1, TRACE_EVENT_VFORK = 2, TRACE_EVENT_CLONE = 3, TRACE_EVENT_EXEC = 4,
    TRACE_EVENT_SECCOMP = 7, TRACE_EVENT_STOP = 128,
};

// Copies up to `length` bytes from another process, stopping at the first page that is not there.
// Returns the bytes copied. See process_vm_readv(2).
ssize_t trace_read(pid_t pid, uint64_t address, void *buffer, size_t length);

// The number of the mount through which a process's open file was reached (STATX_MNT_ID of statx(2)), as the first
// field of /proc/PID/mountinfo has it; 0 where it cannot be told.
uint64_t trace_mount(pid_t pid, int descriptor);

// The processors that a thread may run on, a bit each (sched_getaffinity(2), sched_setaffinity(2)); 0 is the caller.
struct trace_cpus { uint64_t words[16]; };
int trace_get_cpus(pid_t thread, struct trace_cpus *cpus);
int trace_set_cpus(pid_t thread, const struct trace_cpus *cpus);
int trace_current_cpu(void);

// The audit architectures that a filter can meet (linux/audit.h).
static const uint32_t TRACE_ARCH_X86_64 = 0xc000003e;
static const uint32_t TRACE_ARCH_ARM64 = 0xc00000b7;
