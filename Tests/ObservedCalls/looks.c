#define _GNU_SOURCE
#include "said.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// The calls that only look, which stop where a lesson asks for it, on a file and a directory of layer 2.
void every_look(void) {
    role = "looks";
    const char *file = "/low/main/1", *directory = "/low/main";
    char buffer[4096];
    if (chdir(directory) != 0) _exit(91);
    int base = (int)syscall(SYS_openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    failed = 0;
    said("openat", directory, directory, "O_RDONLY|O_DIRECTORY", "");
#ifdef SYS_open
    DO(SYS_open, "1", O_RDONLY);
    said("open", "1", file, "O_RDONLY", "");
    DO(SYS_stat, "1", buffer);
    said("stat", "1", file, "", "");
    DO(SYS_lstat, file, buffer);
    said("lstat", file, file, "AT_SYMLINK_NOFOLLOW", "");
    DO(SYS_access, "missing", W_OK);
    said("access", "missing", "/low/main/missing", "", "");
    DO(SYS_readlink, "1", buffer, sizeof buffer);
    said("readlink", "1", file, "", "");
    DO(SYS_getdents, base, buffer, sizeof buffer);
    said("getdents", f("fd %d", base), directory, "", "");
#endif
    DO(SYS_openat, base, "1", O_RDONLY);
    said("openat", "1", file, "O_RDONLY", "");
    DO(SYS_newfstatat, base, "1", buffer, 0);
    said("newfstatat", "1", file, "", "");
    DO(SYS_newfstatat, AT_FDCWD, file, buffer, AT_SYMLINK_NOFOLLOW);
    said("newfstatat", file, file, "AT_SYMLINK_NOFOLLOW", "");
    DO(SYS_statx, base, "1", 0, STATX_BASIC_STATS, buffer);
    said("statx", "1", file, "", "");
    DO(SYS_faccessat, base, "1", R_OK);
    said("faccessat", "1", file, "", "");
    DO(SYS_faccessat2, base, "1", R_OK, AT_SYMLINK_NOFOLLOW);
    said("faccessat2", "1", file, "", "");
    DO(SYS_readlinkat, base, "1", buffer, sizeof buffer);
    said("readlinkat", "1", file, "", "");
    DO(SYS_getdents64, base, buffer, sizeof buffer);
    said("getdents64", f("fd %d", base), directory, "", "");
    // Without a path it is fstat(2), which is no look at a name.
    if (syscall(SYS_newfstatat, base, "", buffer, AT_EMPTY_PATH) != 0) _exit(91);
}
