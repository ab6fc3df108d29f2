#pragma once

// A container's set-up as data: an array of instructions, run by the child of a fork-like clone3(2).
// Everything they point at is prepared before the clone, because the child may call only what is
// async-signal-safe (signal-safety(7)): locks of the allocator or of Swift's runtime may be held for ever
// by threads that the child does not have.

#include <stddef.h>
#include <stdint.h>

/// What one instruction does; the comment names the fields of `plan_instruction` that it reads.
/// A target without a leading slash is taken beneath the new root and may cross no symbolic link.
enum plan_operation {
    PLAN_DIE_WITH_PARENT,     ///< number: the signal. prctl(2), PR_SET_PDEATHSIG
    PLAN_NEW_SESSION,         ///< setsid(2)
    PLAN_DUPLICATE,           ///< descriptor, number: the new one. dup2(2)
    PLAN_WRITE,               ///< descriptor, data. write(2)
    PLAN_UNSHARE,             ///< flags. unshare(2)
    PLAN_MOUNT,               ///< source, target, type, flags, data, number: a plan_place. mount(2)
    PLAN_CONFIGURE_MOUNT,     ///< type, target, flags: MOUNT_ATTR_*, strings: key, value, ...; "" for a flag. fsconfig(2)
    PLAN_OPEN_ROOT,           ///< target: the directory that will be the root
    PLAN_MAKE_DIRECTORY,      ///< target, number: mode. mkdirat(2)
    PLAN_MAKE_NODE,           ///< target, number: mode, flags: device. mknodat(2)
    PLAN_MAKE_LINK,           ///< target, data: what it points at. symlinkat(2)
    PLAN_MASK,                ///< target, if it exists: hidden by /dev/null or an empty tmpfs
    PLAN_READ_ONLY,           ///< target, if it exists: bound over itself, read-only
    PLAN_ROOT_READ_ONLY,      ///< the root that was pivoted to; what is mounted beneath stays as it is
    PLAN_PIVOT_ROOT,          ///< pivot_root(2), and the old root let go
    PLAN_TERMINAL,            ///< descriptor: a socket, number: the owner, bytes: struct winsize. pty(7)
    PLAN_HOST_NAME,           ///< data. sethostname(2)
    PLAN_LOOPBACK_UP,         ///< netdevice(7), SIOCSIFFLAGS
    PLAN_FILE_MASK,           ///< number. umask(2)
    PLAN_WORKING_DIRECTORY,   ///< target, absolute: made where it is missing. chdir(2)
    PLAN_CLOSE_DESCRIPTORS,   ///< number: the first that the program must not have. close_range(2)
    PLAN_AWAIT_PARENT,        ///< reads one byte from the plan's `go`
    PLAN_LOAD_SECCOMP,        ///< bytes: an array of struct sock_filter, count. seccomp(2)
    PLAN_LIMIT_BOUNDING_SET,  ///< flags: the capabilities that stay. prctl(2), PR_CAPBSET_DROP
    PLAN_SET_GROUPS,          ///< bytes: an array of gid_t, count. setgroups(2)
    PLAN_SET_GID,             ///< number. setresgid(2)
    PLAN_SET_UID,             ///< number. setresuid(2)
    PLAN_KEEP_CAPABILITIES,   ///< the permitted ones, over the next change of user. prctl(2), PR_SET_KEEPCAPS
    PLAN_SET_CAPABILITIES,    ///< bytes: three uint64_t: permitted, effective, inheritable. capset(2)
    PLAN_RAISE_AMBIENT,       ///< flags: the capabilities. prctl(2), PR_CAP_AMBIENT
    PLAN_LIMIT_RESOURCE,      ///< number: which, bytes: struct rlimit64. prlimit(2)
    PLAN_NO_NEW_PRIVILEGES,   ///< prctl(2), PR_SET_NO_NEW_PRIVS
    PLAN_EXECUTE,             ///< strings: programs to try; arguments; environment. execve(2)
};

/// What a mount does where its target is missing beneath the new root.
enum plan_place {
    PLAN_PLACE_EXISTS,     ///< it fails
    PLAN_PLACE_DIRECTORY,  ///< it makes a directory, 0755, and those above it
    PLAN_PLACE_FILE,       ///< it makes an empty file, 0644, and the directories above it
};

struct plan_instruction {
    enum plan_operation operation;
    /// The step of the plan that it belongs to, from 0; a step is one instruction or several in a row.
    uint32_t step;
    /// Not 0: the instruction is not made and fails with this errno. For tests.
    int32_t forced_error;
    int32_t descriptor;
    const char *source;
    const char *target;
    const char *type;
    const char *data;
    uint64_t flags;
    uint64_t number;
    const void *bytes;
    size_t count;
    /// These end with a null pointer, as execve(2) wants them.
    char *const *strings;
    char *const *arguments;
    char *const *environment;
};

enum plan_record_kind {
    PLAN_STEP_DONE,     ///< nanoseconds: how long the step took
    PLAN_STEP_FAILED,   ///< the same, and the error; the child ends
    PLAN_WAITING,       ///< the child waits for its parent's byte
    PLAN_EXECUTING,     ///< nanoseconds: CLOCK_MONOTONIC just before execve
};

/// What the child reports over the plan's `report`. Smaller than PIPE_BUF: never torn.
struct plan_record {
    enum plan_record_kind kind;
    uint32_t step;
    uint32_t instruction;
    int32_t error;
    int64_t nanoseconds;
};

struct plan {
    const struct plan_instruction *instructions;
    size_t count;
    /// Both ends of two pipes, all of them closed on exec: the child keeps report[1] and go[0].
    int report[2];
    int go[2];
};

/// Clones a child that runs the plan, without the caller's signal handlers: a copy of the caller, as after fork(2),
/// or where that can be, one that borrows the caller's memory until exec, as after vfork(2).
/// `flags` are clone3(2)'s CLONE_NEW*; `cgroup` is the directory of the v2 cgroup it is born into, or -1.
/// Returns the child's id and its pidfd, or a negative errno.
int32_t plan_launch(const struct plan *plan, uint64_t flags, int cgroup, int *pidfd);
