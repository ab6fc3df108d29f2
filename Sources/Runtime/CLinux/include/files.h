#pragma once

// Calls on files, and their constants, that Swift's Glibc module does not show. No policy.

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

// O_PATH of open(2): the same bit on x86-64 and arm64.
static const int LINUX_O_PATH = 010000000;
static const unsigned long LINUX_FS_IOC_FIEMAP = FS_IOC_FIEMAP;
static const unsigned long LINUX_FS_IOC_GETFLAGS = FS_IOC_GETFLAGS;
static const unsigned long LINUX_FS_IOC_SETFLAGS = FS_IOC_SETFLAGS;

/// syscall(2) without its variable arguments, which Swift cannot pass.
long linux_syscall(long number, long a, long b, long c, long d, long e);
/// openat2(2), which has no wrapper in the C library: a descriptor, or -1 with errno.
int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
/// major(3) and minor(3).
unsigned int linux_major(dev_t device);
unsigned int linux_minor(dev_t device);
/// statfs(2): the filesystem's type (linux/magic.h) and the bytes that an unprivileged user may still write; 0, or -1
/// with errno.
int linux_filesystem(const char *path, uint64_t *type, int64_t *available);
/// copy_file_range(2) at both files' own offsets: the bytes copied, or -1 with errno.
long linux_copy_range(int from, int to, size_t length);
