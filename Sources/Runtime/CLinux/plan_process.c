#define _GNU_SOURCE
#include "plan_state.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int status(long result) { return result < 0 ? errno : 0; }

static int raise_loopback(void) {
    int socket_descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_descriptor < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    int error = status(ioctl(socket_descriptor, SIOCSIFFLAGS, &request));
    close(socket_descriptor);
    return error;
}

static int await_parent(const struct plan *plan) {
    char go;
    ssize_t count;
    do count = read(plan->go[0], &go, 1);
    while (count < 0 && errno == EINTR);
    return count == 1 ? 0 : count < 0 ? errno : EPIPE;
}

static int load_seccomp(const struct plan_instruction *it) {
    struct sock_fprog program = {(unsigned short)it->count, (struct sock_filter *)it->bytes};
    return status(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static int limit_bounding_set(uint64_t kept) {
    for (unsigned int capability = 0; capability < 64; capability++) {
        if (kept >> capability & 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
        return errno == EINVAL ? 0 : errno;  // EINVAL: past the last one that this kernel has
    }
    return 0;
}

static int set_capabilities(const uint64_t sets[3]) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int word = 0; word < 2; word++) {
        data[word].permitted = (uint32_t)(sets[0] >> 32 * word);
        data[word].effective = (uint32_t)(sets[1] >> 32 * word);
        data[word].inheritable = (uint32_t)(sets[2] >> 32 * word);
    }
    return status(syscall(SYS_capset, &header, data));
}

static int raise_ambient(uint64_t set) {
    for (unsigned int capability = 0; capability < 64; capability++) {
        if (!(set >> capability & 1)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return errno;
    }
    return 0;
}

/// Tries each program until one is found, as execvp(3) does: EACCES is remembered, the rest is final.
static int execute(const struct plan_instruction *it) {
    int error = ENOENT;
    for (char *const *program = it->strings; *program; program++) {
        syscall(SYS_execve, *program, it->arguments, it->environment);
        if (errno == ENOENT || errno == ENOTDIR) continue;
        error = errno;
        if (errno != EACCES) break;
    }
    return error;
}

int plan_process(struct plan_state *state, const struct plan_instruction *it) {
    // glibc's wrappers of the set*id calls signal every thread of the parent's that this copy does not have,
    // so those calls are made raw: nptl(7).
    switch (it->operation) {
    case PLAN_DIE_WITH_PARENT: return status(prctl(PR_SET_PDEATHSIG, it->number, 0, 0, 0));
    case PLAN_NEW_SESSION: return status(setsid());
    case PLAN_DUPLICATE: return status(dup2(it->descriptor, (int)it->number));
    case PLAN_WRITE: return status(write(it->descriptor, it->data, strlen(it->data)));
    case PLAN_UNSHARE: return status(unshare((int)it->flags));
    case PLAN_TERMINAL: return plan_terminal(it);
    case PLAN_HOST_NAME: return status(sethostname(it->data, strlen(it->data)));
    case PLAN_LOOPBACK_UP: return raise_loopback();
    case PLAN_FILE_MASK: umask((mode_t)it->number); return 0;
    case PLAN_CLOSE_DESCRIPTORS:
        return status(syscall(SYS_close_range, (unsigned int)it->number, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */));
    case PLAN_AWAIT_PARENT: return await_parent(state->plan);
    case PLAN_LOAD_SECCOMP: return load_seccomp(it);
    case PLAN_LIMIT_BOUNDING_SET: return limit_bounding_set(it->flags);
    case PLAN_SET_GROUPS: return status(syscall(SYS_setgroups, it->count, it->bytes));
    case PLAN_SET_GID: return status(syscall(SYS_setresgid, it->number, it->number, it->number));
    case PLAN_SET_UID: return status(syscall(SYS_setresuid, it->number, it->number, it->number));
    case PLAN_KEEP_CAPABILITIES: return status(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    case PLAN_SET_CAPABILITIES: return set_capabilities(it->bytes);
    case PLAN_RAISE_AMBIENT: return raise_ambient(it->flags);
    case PLAN_LIMIT_RESOURCE: return status(syscall(SYS_prlimit64, 0, it->number, it->bytes, NULL));
    case PLAN_NO_NEW_PRIVILEGES: return status(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case PLAN_EXECUTE: return execute(it);
    default: return EINVAL;
    }
}
