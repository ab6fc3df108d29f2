#pragma once

// The step into a user namespace of the caller's own (user_namespaces(7)), for a process that has one thread yet.
// No policy: who steps in is the caller's matter.

#include <stdint.h>

enum user_namespace_stage {
    USER_NAMESPACE_OUTSIDE,        ///< not asked for
    USER_NAMESPACE_INSIDE,         ///< mapped, and with every capability in it
    USER_NAMESPACE_NOT_MADE,       ///< unshare(2) refused
    USER_NAMESPACE_NOT_MAPPED,     ///< made, and not even the caller's own id could be mapped
    USER_NAMESPACE_WITHOUT_POWER,  ///< mapped, and the capabilities in it are refused
};

/// Why no more than the caller's own id is mapped.
enum user_namespace_narrowness {
    USER_NAMESPACE_WIDE,     ///< it is not so: subordinate ids are mapped
    USER_NAMESPACE_NO_RANGE, ///< /etc/subuid or /etc/subgid names none for the caller
    USER_NAMESPACE_NO_TOOL,  ///< newuidmap(1) or newgidmap(1) is not installed
    USER_NAMESPACE_REFUSED,  ///< one of them refused
};

struct user_namespace_entry {
    enum user_namespace_stage stage;
    enum user_namespace_narrowness narrowness;
    /// The errno of the stage that failed.
    int32_t error;
    /// The ids that the caller had before.
    uint32_t uid, gid;
    /// What newuidmap or newgidmap wrote when it refused; one line.
    char refusal[200];
};

/// Whether the calling process has CAP_SYS_ADMIN and user 0 in the user namespace that it is in.
int user_namespace_is_needless(void);

/// Moves the process into new user and mount namespaces, in which it is user 0: id 0 is the caller, and 1 and up are
/// its subordinate ids (subuid(5), subgid(5)), mapped by newuidmap(1) and newgidmap(1). Where there are none, the
/// caller's own id is all, and setgroups(2) is denied, as user_namespaces(7) wants it. The process stays what it is:
/// its id, its children, its terminal and its environment.
void user_namespace_enter(void);

/// What became of `user_namespace_enter`.
const struct user_namespace_entry *user_namespace_outcome(void);

/// Where the program lay before the step; empty where none was made. Afterwards /proc/self/exe cannot tell: the file
/// was opened through a mount that the new mount namespace does not have.
const char *user_namespace_program(void);
