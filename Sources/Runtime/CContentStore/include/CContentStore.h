// The calls of the content store that Swift cannot see: thin, no policy. Each answers -1 and sets errno on failure.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// openat2(2): resolves `path` from the directory `base`, never leaving it and never through a symbolic link
// (RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS). O_CLOEXEC is added.
int teach_open_beneath(int base, const char *path, uint64_t flags, uint64_t mode);

// The value of O_PATH, which differs between headers' feature levels, not between kernels.
int teach_o_path(void);

// lsetxattr(2), lgetxattr(2), llistxattr(2).
int teach_lsetxattr(const char *path, const char *name, const void *value, size_t size);
ssize_t teach_lgetxattr(const char *path, const char *name, void *value, size_t size);
ssize_t teach_llistxattr(const char *path, char *list, size_t size);

// mknodat(2) of a device node; `mode` holds the type.
int teach_mknodat(int base, const char *name, mode_t mode, unsigned major, unsigned minor);
unsigned teach_major(dev_t device);
unsigned teach_minor(dev_t device);

// renameat2(2) with RENAME_NOREPLACE: rename(2) would take the place of an empty directory, too.
int teach_rename_new(const char *from, const char *to);

// syncfs(2): the filesystem that `descriptor` lies on.
int teach_syncfs(int descriptor);

// Makes this thread read text as UTF-8 (uselocale(3)) whatever the process's locale is; answers what stood before,
// to be given to teach_restore_locale. NULL when the C library has no C.UTF-8.
void *teach_use_utf8(void);
void teach_restore_locale(void *before);
