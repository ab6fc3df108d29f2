#pragma once
// Calls on files, and their constants, that Swift's Glibc module does not show. No policy.
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

// O_PATH of open(2): the same bit on x86-64 and arm64.
static const int LINUX_O_PATH = 010000000;
static const unsigned long LINUX_FS_IOC_FIEMAP = FS_IOC_FIEMAP;

static const unsigned long LINUX_FS_IOC_GETFLAGS = FS_IOC_GETFLAGS;
static const unsigned long LINUX_FS_IOC_SETFLAGS = FS_IOC_SETFLAGS;

// syscall(2) without its variable arguments, which Swift cannot pass.
static inline long linux_syscall(long number, long a, long b, long c, long d, long e) {
    return syscall(number, a, b, c, d, e);
}

// openat2(2) has no wrapper in the C library.
static inline int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static inline unsigned int linux_major(dev_t device) { return major(device); }
static inline unsigned int linux_minor(dev_t device) { return minor(device); }
