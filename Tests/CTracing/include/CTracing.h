#pragma once

// What a test needs to stop a program at a chosen system call, beside the observer's own calls (CLinux, trace.h):
// ptrace(2) and fork(2), which Swift does not see.

#include <sys/types.h>

/// A new pseudoterminal (pty(7)): the end that makes it vanish when it is closed. The path of the other end goes into
/// `name`, which has room for `size` bytes. Returns -1 on failure.
int tracing_terminal(char *name, size_t size);

/// Starts a program that waits until `tracing_begin`: its caller can become its tracer before it does anything.
/// `cgroup` is an open cgroup.procs to enter, or -1; `output` and `errors` become its streams. Returns its id, or -1.
pid_t tracing_spawn(
    const char *path, char *const arguments[], char *const environment[], int cgroup, int output, int errors,
    int *begin);

/// Lets the program go on, and closes `begin`.
void tracing_begin(int begin);

/// Ends the tracing of a stopped process, which gets `signal` (0: none).
int tracing_detach(pid_t pid, int signal);

/// Stops a tracee wherever it is.
int tracing_interrupt(pid_t pid);

/// At the entry of a call: it will not be made.
int tracing_skip(pid_t pid);

/// At the exit of a call: what it seems to have returned.
int tracing_answer(pid_t pid, long value);
