#define _GNU_SOURCE
#include "CContentStore.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <locale.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int teach_open_beneath(int base, const char *path, uint64_t flags, uint64_t mode) {
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, base, path, &how, sizeof how);
}

int teach_o_path(void) { return O_PATH; }

int teach_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
    return lsetxattr(path, name, value, size, 0);
}

ssize_t teach_lgetxattr(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

ssize_t teach_llistxattr(const char *path, char *list, size_t size) { return llistxattr(path, list, size); }

int teach_mknodat(int base, const char *name, mode_t mode, unsigned major, unsigned minor) {
    return mknodat(base, name, mode, makedev(major, minor));
}

unsigned teach_major(dev_t device) { return major(device); }

unsigned teach_minor(dev_t device) { return minor(device); }

int teach_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int teach_syncfs(int descriptor) { return syncfs(descriptor); }

void *teach_use_utf8(void) {
    // Made once and kept: a locale object may not be freed while a thread still uses it.
    static locale_t utf8;
    locale_t wanted = __atomic_load_n(&utf8, __ATOMIC_ACQUIRE);
    if (!wanted) {
        locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        if (!made) return NULL;
        if (__atomic_compare_exchange_n(&utf8, &wanted, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            wanted = made;
        } else {
            freelocale(made);
        }
    }
    return (void *)uselocale(wanted);
}

void teach_restore_locale(void *before) {
    if (before) uselocale((locale_t)before);
}
