#define _GNU_SOURCE
#include "files.h"

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

long linux_syscall(long number, long a, long b, long c, long d, long e) {
    return syscall(number, a, b, c, d, e);
}

int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

unsigned int linux_major(dev_t device) { return major(device); }

unsigned int linux_minor(dev_t device) { return minor(device); }

int linux_filesystem(const char *path, uint64_t *type, int64_t *available) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    *type = (uint64_t)status.f_type;
    *available = (int64_t)status.f_bavail * (int64_t)status.f_bsize;
    return 0;
}

long linux_copy_range(int from, int to, size_t length) { return copy_file_range(from, NULL, to, NULL, length, 0); }
