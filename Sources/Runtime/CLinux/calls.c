#define _GNU_SOURCE
#include "calls.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

int linux_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

int linux_wait(int pidfd, int *signalled) {
    siginfo_t info = {0};
    if (waitid(3 /* P_PIDFD, younger than some headers */, (id_t)pidfd, &info, WEXITED | __WALL) < 0) return -1;
    *signalled = info.si_code != CLD_EXITED;
    return info.si_status;
}

int linux_open_process(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int linux_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int linux_unmount(const char *target, int flags) { return umount2(target, flags); }

int linux_is_main_thread(void) { return syscall(SYS_gettid) == getpid(); }

void linux_share_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

void linux_make_dumpable(void) { prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }

int linux_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

uint64_t linux_permitted_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) < 0) return 0;
    return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

uint64_t linux_device(unsigned int major, unsigned int minor) { return makedev(major, minor); }

long linux_get_attribute(const char *path, const char *name, void *value, unsigned long size) {
    return lgetxattr(path, name, value, size);
}

uint16_t linux_elf_machine(void) {
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#else
#error "teach knows x86-64 and arm64"
#endif
}

static atomic_int forwarded = -1;
static atomic_int interruptions;
static const int forwarded_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { FORWARDED_SIGNALS = sizeof forwarded_signals / sizeof *forwarded_signals };
static struct sigaction before[FORWARDED_SIGNALS];

static void forward(int signal) {
    int saved = errno;
    int pidfd = atomic_load(&forwarded);
    // A container's first process ignores a signal that it has no handler for (pid_namespaces(7)), so the
    // second one must not be ignorable; nor the first, when the terminal is gone and no second one will come.
    if (pidfd >= 0) {
        int first = atomic_fetch_add(&interruptions, 1) == 0;
        linux_send_signal(pidfd, first && signal != SIGHUP ? signal : SIGKILL);
    }
    errno = saved;
}

int linux_forward_signals(int pidfd) {
    if (pidfd < 0) {
        atomic_store(&forwarded, -1);
        for (int i = 0; i < FORWARDED_SIGNALS; i++) sigaction(forwarded_signals[i], &before[i], NULL);
        return 0;
    }
    int none = -1;
    if (!atomic_compare_exchange_strong(&forwarded, &none, pidfd)) {
        errno = EBUSY;
        return -1;
    }
    atomic_store(&interruptions, 0);
    struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
    for (int i = 0; i < FORWARDED_SIGNALS; i++) {
        sigaction(forwarded_signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) sigaction(forwarded_signals[i], &action, NULL);
    }
    return 0;
}
