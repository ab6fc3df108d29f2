#define _GNU_SOURCE
#include "plan_state.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Written by hand where a header may be older than the kernel: linux/sched.h.
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define CLEAR_SIGHAND 0x100000000ULL
#define INTO_CGROUP 0x200000000ULL

int64_t plan_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

void plan_flush(struct plan_state *state) {
    const char *next = (const char *)state->records;
    size_t left = state->buffered * sizeof(struct plan_record);
    while (left > 0) {
        ssize_t written = write(state->plan->report[1], next, left);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(125);
        next += written;
        left -= (size_t)written;
    }
    state->buffered = 0;
}

void plan_report(
    struct plan_state *state, enum plan_record_kind kind, uint32_t instruction, int error, int64_t nanoseconds) {
    if (state->buffered == PLAN_BUFFERED_RECORDS) plan_flush(state);
    state->records[state->buffered++] = (struct plan_record){
        .kind = kind,
        .step = state->plan->instructions[instruction].step,
        .instruction = instruction,
        .error = error,
        .nanoseconds = nanoseconds,
    };
}

/// A signal that the caller ignores would stay ignored over clone and exec, and one that it blocks, blocked. The
/// calls are raw because glibc keeps signals 32 and 33 to itself, and those can be ignored as well.
static void reset_signals(void) {
    const uint64_t zeroes[4] = {0};  // struct kernel_sigaction: SIG_DFL, no flags, an empty mask
    for (int signal = 1; signal <= 64; signal++) syscall(SYS_rt_sigaction, signal, zeroes, NULL, 8);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeroes, NULL, 8);
}

static int run_instruction(struct plan_state *state, const struct plan_instruction *it) {
    if (it->forced_error) return it->forced_error;
    int error = plan_filesystem(state, it);
    return error == PLAN_NOT_MINE ? plan_process(state, it) : error;
}

static void run(void *argument) {
    const struct plan *plan = argument;
    struct plan_state state = {.plan = plan, .root = -1, .null = -1, .empty = -1};
    close(plan->report[0]);
    close(plan->go[1]);
    reset_signals();
    umask(0);  // the modes in the plan are exact; the program gets its mask from a step
    int64_t started = plan_now();
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct plan_instruction *it = &plan->instructions[i];
        if (it->operation == PLAN_EXECUTE || it->operation == PLAN_AWAIT_PARENT) {
            plan_report(&state, it->operation == PLAN_EXECUTE ? PLAN_EXECUTING : PLAN_WAITING, i, 0, started);
            plan_flush(&state);
        }
        int error = run_instruction(&state, it);
        int64_t now = plan_now();
        if (error) {
            plan_report(&state, PLAN_STEP_FAILED, i, error, now - started);
            plan_flush(&state);
            _exit(125);
        }
        if (i + 1 == plan->count || it[1].step != it->step) {
            plan_report(&state, PLAN_STEP_DONE, i, 0, now - started);
            started = now;
        }
    }
    _exit(125);  // a plan that ends without a program
}

/// Whether the child may borrow the caller's memory until it execs, as after vfork(2), while the caller waits: a
/// copy of the memory costs the more, the more the caller has. Not when the child needs the caller meanwhile, when
/// its reports might fill the pipe, or when it becomes somebody else: that would take the mark "dumpable" from the
/// memory, which is the caller's too (prctl(2), PR_SET_DUMPABLE).
static bool can_borrow_memory(const struct plan *plan) {
    if (plan->count > 1000) return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_instruction *it = &plan->instructions[i];
        if (it->operation == PLAN_AWAIT_PARENT) return false;
        if (it->operation == PLAN_SET_UID && it->number != geteuid()) return false;
        if (it->operation == PLAN_SET_GID && it->number != getegid()) return false;
    }
    return true;
}

int32_t plan_launch(const struct plan *plan, uint64_t flags, int cgroup, int *pidfd) {
    struct clone_arguments arguments = {
        .flags = flags | CLONE_PIDFD | CLEAR_SIGHAND | (cgroup >= 0 ? INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
    };
    if (!can_borrow_memory(plan)) {
        long child = syscall(SYS_clone3, &arguments, sizeof arguments);
        if (child == 0) run((void *)plan);
        return child < 0 ? -errno : (int32_t)child;
    }
    // A stack of its own: on the caller's it would write over what the caller returns to.
    enum { STACK = 64 * 1024 };
    void *stack = aligned_alloc(16, STACK);
    if (!stack) return -ENOMEM;
    arguments.flags |= CLONE_VM | CLONE_VFORK;
    arguments.stack = (uint64_t)(uintptr_t)stack;
    arguments.stack_size = STACK;
    long child = plan_clone_on_stack(&arguments, sizeof arguments, run, (void *)plan);
    free(stack);
    return (int32_t)child;
}
