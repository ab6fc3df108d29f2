#define _GNU_SOURCE
#include "said.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

// Younger than many a libc's headers; numbers from 424 up are the same on every machine.
enum { NR_fchmodat2 = 452, NR_setxattrat = 463, NR_removexattrat = 466, NR_file_setattr = 469 };

// Where the calls are made; `w` is the working directory, `l` holds files of two bytes in layer 2.
static _Thread_local const char *w, *l;
static _Thread_local int number;

// The next file of the lower layer that nobody has touched yet.
static const char *low(void) { return f("%s/%d", l, number++); }

// That file's copy.
static const char *copied(const char *path) { return f("copy-up %s@2:2", path); }

static const char *created(const char *name) { return f("create %s/%s:0", w, name); }
static const char *node(const char *name) { return f("create %s/%s", w, name); }
static const char *removed(const char *name) { return f("remove %s/%s", w, name); }
static const char *in(const char *name) { return f("%s/%s", w, name); }

static void opens(int directory) {
    const char *flags = "O_WRONLY|O_CREAT";
    int bits = O_WRONLY | O_CREAT;
#ifdef SYS_open
    DO(SYS_open, "o1", bits, 0644);
    said("open", "o1", in("o1"), flags, created("o1"));
    DO(SYS_open, in("o2"), bits | O_EXCL, 0644);
    said("open", in("o2"), in("o2"), "O_WRONLY|O_CREAT|O_EXCL", created("o2"));
    DO(SYS_creat, "o3", 0600);
    said("creat", "o3", in("o3"), "O_WRONLY|O_CREAT|O_TRUNC", created("o3"));
    DO(SYS_open, "missing/o", bits, 0644);
    said("open", "missing/o", in("missing/o"), flags, "");
    const char *truncated = low();
    DO(SYS_open, truncated, O_RDONLY | O_TRUNC);
    said("open", truncated, truncated, "O_RDONLY|O_TRUNC", f("copy-up %s@2:0", truncated));
#endif
    DO(SYS_openat, AT_FDCWD, "o4", bits, 0644);
    said("openat", "o4", in("o4"), flags, created("o4"));
    DO(SYS_openat, directory, "o5", bits, 0644);
    said("openat", "o5", in("d/o5"), flags, created("d/o5"));
    DO(SYS_openat, -100, in("o6"), bits, 0644);
    said("openat", in("o6"), in("o6"), flags, created("o6"));
    DO(SYS_openat, directory, "../o7", bits, 0644);
    said("openat", "../o7", in("d/../o7"), flags, created("o7"));
    DO(SYS_openat, AT_FDCWD, f("/proc/self/fd/%d/o8", directory), bits, 0644);
    said("openat", f("/proc/self/fd/%d/o8", directory), in("d/o8"), flags, created("d/o8"));
    DO(SYS_openat, AT_FDCWD, "/proc/thread-self/cwd/o9", bits, 0644);
    said("openat", "/proc/thread-self/cwd/o9", in("o9"), flags, created("o9"));
    DO(SYS_openat, AT_FDCWD, f("/proc/thread-self/root%s/o10", w), bits, 0644);
    said("openat", f("/proc/thread-self/root%s/o10", w), in("o10"), flags, created("o10"));
    DO(SYS_openat, AT_FDCWD, f("/dev/fd/%d/o11", directory), bits, 0644);
    said("openat", f("/dev/fd/%d/o11", directory), in("d/o11"), flags, created("d/o11"));
    // A process is its first thread: another one may have another working directory.
    if (syscall(SYS_gettid) == getpid()) {
        DO(SYS_openat, AT_FDCWD, "/proc/self/cwd/o17", bits, 0644);
        said("openat", "/proc/self/cwd/o17", in("o17"), flags, created("o17"));
        DO(SYS_openat, AT_FDCWD, f("/proc/%d/cwd/o12", getpid()), bits, 0644);
        said("openat", f("/proc/%d/cwd/o12", getpid()), in("o12"), flags, created("o12"));
    } else {
        char leader[256] = "";
        if (readlink("/proc/self/cwd", leader, sizeof leader - 1) < 0) _exit(91);
        DO(SYS_openat, AT_FDCWD, "/proc/self/cwd", O_WRONLY);
        said("openat", "/proc/self/cwd", leader, "O_WRONLY", "");
    }
    DO(SYS_symlinkat, "d", AT_FDCWD, "ln");
    said("symlinkat", "ln", in("ln"), "", node("ln"));
    DO(SYS_openat, AT_FDCWD, "ln/o13", bits, 0644);
    said("openat", "ln/o13", in("ln/o13"), flags, created("d/o13"));
    // A link of the union into proc(5) and out again is more than can be followed.
    DO(SYS_symlinkat, "/proc/thread-self/cwd", AT_FDCWD, "out");
    said("symlinkat", "out", in("out"), "", node("out"));
    DO(SYS_openat, AT_FDCWD, "out/o18", bits, 0644);
    hole("openat", "symbolic link");
    hole("", in("o18"));
    const char *path = low();
    DO(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    said("openat", path, path, "O_RDWR|O_CLOEXEC", copied(path));
    int reading = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_openat, AT_FDCWD, f("/proc/self/fd/%d", reading), O_WRONLY);
    said("openat", f("/proc/self/fd/%d", reading), path, "O_WRONLY", copied(path));
    close(reading);
    struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0640};
    DO(SYS_openat2, directory, "o14", &how, sizeof how);
    said("openat2", "o14", in("d/o14"), "O_RDWR|O_CREAT", created("d/o14"));
    how.resolve = RESOLVE_BENEATH;
    DO(SYS_openat2, directory, "o15", &how, sizeof how);
    hole("openat2", "RESOLVE_");
    hole("", in("d/o15"));
    DO(SYS_openat2, directory, "../o16", &how, sizeof how);
    hole("openat2", "RESOLVE_");
    DO(SYS_openat, AT_FDCWD, NULL, bits, 0644);
    hole("openat", "null pointer");
    DO(SYS_openat, AT_FDCWD, "", bits, 0644);
    hole("openat", "path is empty");
}

// What is beneath a directory goes with it.
static void full_directories(void) {
    static const char *const made[] = {"x1", "x1/a", "x1/a/deep", "x2", "x2/b"};
    for (unsigned i = 0; i < sizeof made / sizeof *made; i++) {
        DO(SYS_mkdirat, AT_FDCWD, made[i], 0755);
        said("mkdirat", made[i], in(made[i]), "", node(made[i]));
    }
    DO(SYS_mknodat, AT_FDCWD, "x1/a/file", S_IFREG | 0644, 0);
    said("mknodat", "x1/a/file", in("x1/a/file"), "0644", created("x1/a/file"));
    DO(SYS_renameat2, AT_FDCWD, "x1", AT_FDCWD, "x2", RENAME_EXCHANGE);
    said("renameat2", "x1, x2", f("%s, %s", in("x1"), in("x2")), "RENAME_EXCHANGE",
         f("%s, %s", node("x1"), node("x2")));
    DO(SYS_renameat2, AT_FDCWD, "x2/a", AT_FDCWD, "x1", RENAME_EXCHANGE);
    said("renameat2", "x2/a, x1", f("%s, %s", in("x2/a"), in("x1")), "RENAME_EXCHANGE",
         f("%s, %s", node("x1"), node("x2/a")));
    DO(SYS_renameat2, AT_FDCWD, "x1", AT_FDCWD, "x3", 0);
    said("renameat2", "x1, x3", f("%s, %s", in("x1"), in("x3")), "", f("%s, %s", removed("x1"), node("x3")));
    // Over an empty one, and into the other.
    DO(SYS_renameat2, AT_FDCWD, "x3", AT_FDCWD, "x2/a/b", 0);
    said("renameat2", "x3, x2/a/b", f("%s, %s", in("x3"), in("x2/a/b")), "",
         f("%s, %s", removed("x3"), node("x2/a/b")));
    DO(SYS_fchmodat, AT_FDCWD, "x2/a/b/file", 0600);
    said("fchmodat", "x2/a/b/file", in("x2/a/b/file"), "0600", "");
    DO(SYS_unlinkat, AT_FDCWD, "x2/a/b/deep", AT_REMOVEDIR);
    said("unlinkat", "x2/a/b/deep", in("x2/a/b/deep"), "AT_REMOVEDIR", removed("x2/a/b/deep"));
    DO(SYS_renameat2, AT_FDCWD, "x2", AT_FDCWD, "x2/a/c", 0);
    said("renameat2", "x2, x2/a/c", f("%s, %s", in("x2"), in("x2/a/c")), "", "");
}

static void names(int directory) {
#ifdef SYS_mkdir
    DO(SYS_mkdir, "m1", 0755);
    said("mkdir", "m1", in("m1"), "", node("m1"));
    DO(SYS_mknod, "m2", S_IFIFO | 0600, 0);
    said("mknod", "m2", in("m2"), "0600", node("m2"));
    DO(SYS_symlink, "target", "m3");
    said("symlink", "m3", in("m3"), "", node("m3"));
    DO(SYS_link, "o1", "m4");
    said("link", "o1, m4", f("%s, %s", in("o1"), in("m4")), "", created("m4"));
    DO(SYS_rename, "m4", "m5");
    said("rename", "m4, m5", f("%s, %s", in("m4"), in("m5")), "", f("%s, %s", removed("m4"), created("m5")));
    DO(SYS_unlink, "m5");
    said("unlink", "m5", in("m5"), "", removed("m5"));
    DO(SYS_rmdir, "m1");
    said("rmdir", "m1", in("m1"), "", removed("m1"));
    DO(SYS_unlink, "m1");
    said("unlink", "m1", in("m1"), "", "");
#endif
    DO(SYS_mkdirat, directory, "n1", 0700);
    said("mkdirat", "n1", in("d/n1"), "", node("d/n1"));
    DO(SYS_mkdirat, AT_FDCWD, "d", 0700);
    said("mkdirat", "d", in("d"), "", "");
    DO(SYS_mknodat, AT_FDCWD, in("n2"), S_IFREG | 0644, 0);
    said("mknodat", in("n2"), in("n2"), "0644", created("n2"));
    DO(SYS_mknodat, directory, "n3", S_IFSOCK | 0600, 0);
    said("mknodat", "n3", in("d/n3"), "0600", node("d/n3"));
    DO(SYS_linkat, AT_FDCWD, "n2", directory, "n4", 0);
    said("linkat", "n2, n4", f("%s, %s", in("n2"), in("d/n4")), "", created("d/n4"));
    DO(SYS_symlinkat, "n2", AT_FDCWD, "n5");
    said("symlinkat", "n5", in("n5"), "", node("n5"));
    DO(SYS_linkat, AT_FDCWD, "n5", AT_FDCWD, "n6", AT_SYMLINK_FOLLOW);
    said("linkat", "n5, n6", f("%s, %s", in("n5"), in("n6")), "AT_SYMLINK_FOLLOW", created("n6"));
    int file = openat(AT_FDCWD, "n6", O_RDONLY);
    DO(SYS_linkat, file, "", AT_FDCWD, "n7", AT_EMPTY_PATH);
    said("linkat", f("fd %d, n7", file), f("%s, %s", in("n6"), in("n7")), "AT_EMPTY_PATH", created("n7"));
    close(file);
    const char *path = low();
    file = openat(AT_FDCWD, path, O_RDONLY);
    const char *link = f("/proc/self/fd/%d", file);
    DO(SYS_linkat, AT_FDCWD, link, directory, "n10", AT_SYMLINK_FOLLOW);
    said("linkat", f("%s, n10", link), f("%s, %s", path, in("d/n10")), "AT_SYMLINK_FOLLOW",
         f("%s, create %s:2", copied(path), in("d/n10")));
    // The link of proc(5) itself is on another filesystem: nothing of the union's.
    DO(SYS_linkat, AT_FDCWD, link, AT_FDCWD, "n11", 0);
    if (failed != EXDEV) _exit(91);
    close(file);
#ifdef SYS_renameat
    DO(SYS_renameat, directory, "n4", AT_FDCWD, "n8");
    said("renameat", "n4, n8", f("%s, %s", in("d/n4"), in("n8")), "", f("%s, %s", removed("d/n4"), created("n8")));
#endif
    DO(SYS_renameat2, AT_FDCWD, "n6", directory, "n9", RENAME_NOREPLACE);
    said("renameat2", "n6, n9", f("%s, %s", in("n6"), in("d/n9")), "RENAME_NOREPLACE",
         f("%s, %s", removed("n6"), created("d/n9")));
    DO(SYS_renameat2, AT_FDCWD, "n5", AT_FDCWD, "d", RENAME_EXCHANGE);
    said("renameat2", "n5, d", f("%s, %s", in("n5"), in("d")), "RENAME_EXCHANGE",
         f("%s, %s", node("d"), node("n5")));
    DO(SYS_renameat2, AT_FDCWD, "n5", AT_FDCWD, "d", RENAME_EXCHANGE);
    said("renameat2", "n5, d", f("%s, %s", in("n5"), in("d")), "RENAME_EXCHANGE",
         f("%s, %s", node("d"), node("n5")));
    DO(SYS_unlinkat, directory, "n9", 0);
    said("unlinkat", "n9", in("d/n9"), "", removed("d/n9"));
    DO(SYS_unlinkat, directory, "n1", AT_REMOVEDIR);
    said("unlinkat", "n1", in("d/n1"), "AT_REMOVEDIR", removed("d/n1"));
    path = low();
    DO(SYS_unlinkat, AT_FDCWD, path, 0);
    said("unlinkat", path, path, "", f("whiteout %s@2", path));
    // A directory of the lower layer, emptied and removed: its whiteouts go with it.
    const char *sub = f("%s/sub", l), *inner = f("%s/sub/x", l);
    DO(SYS_unlinkat, AT_FDCWD, inner, 0);
    said("unlinkat", inner, inner, "", f("parent-copy-up %s@2, whiteout %s@2", sub, inner));
    DO(SYS_unlinkat, AT_FDCWD, sub, AT_REMOVEDIR);
    said("unlinkat", sub, sub, "AT_REMOVEDIR", f("remove %s, whiteout %s@2", sub, sub));
    DO(SYS_truncate, path = low(), (off_t)1);
    said("truncate", path, path, "", f("copy-up %s@2:1", path));
    full_directories();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, "socket");
    int socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
    DO(SYS_bind, socket_, &address, sizeof address);
    said("bind", "socket", in("socket"), "", node("socket"));
    close(socket_);
    // A name of one byte without an end is as long as the kernel says (unix(7)).
    strcpy(address.sun_path, "s");
    socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
    DO(SYS_bind, socket_, &address, sizeof address.sun_family + 1);
    said("bind", "s", in("s"), "", node("s"));
    close(socket_);
}

static void modes_and_owners(int directory) {
    const char *path;
#ifdef SYS_chmod
    DO(SYS_chmod, path = low(), 0600);
    said("chmod", path, path, "0600", copied(path));
    DO(SYS_chown, path = low(), 1, 2);
    said("chown", path, path, "1:2", copied(path));
    DO(SYS_lchown, "n5", 3, -1);
    said("lchown", "n5", in("n5"), "3:-1", "");
#endif
    int file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_fchmod, file, 0640);
    said("fchmod", f("fd %d", file), path, "0640", copied(path));
    close(file);
    DO(SYS_fchmodat, directory, "o5", 0604);
    said("fchmodat", "o5", in("d/o5"), "0604", "");
    DO(NR_fchmodat2, AT_FDCWD, path = low(), 0444, AT_SYMLINK_NOFOLLOW);
    said("fchmodat2", path, path, "0444", copied(path));
    file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(NR_fchmodat2, file, "", 0400, AT_EMPTY_PATH);
    said("fchmodat2", f("fd %d", file), path, "0400", copied(path));
    close(file);
    file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_fchown, file, -1, 7);
    said("fchown", f("fd %d", file), path, "-1:7", copied(path));
    close(file);
    DO(SYS_fchownat, AT_FDCWD, path = low(), 5, 5, 0);
    said("fchownat", path, path, "5:5", copied(path));
    DO(SYS_fchownat, AT_FDCWD, "n5", 6, 6, AT_SYMLINK_NOFOLLOW);
    said("fchownat", "n5", in("n5"), "6:6", "");
    file = openat(AT_FDCWD, path = low(), O_PATH);
    DO(SYS_fchownat, file, "", 8, 8, AT_EMPTY_PATH);
    said("fchownat", f("fd %d", file), path, "8:8", copied(path));
    close(file);
    DO(SYS_fchownat, AT_FDCWD, "", 9, 9, AT_EMPTY_PATH);
    said("fchownat", "fd -100", w, "9:9", "");
}

static void times(int directory) {
    const char *path;
#ifdef SYS_utime
    struct utimbuf both = {1, 2};
    DO(SYS_utime, path = low(), &both);
    said("utime", path, path, "", copied(path));
    struct timeval values[2] = {{1, 0}, {2, 0}};
    DO(SYS_utimes, path = low(), values);
    said("utimes", path, path, "", copied(path));
    DO(SYS_futimesat, directory, "o5", values);
    said("futimesat", "o5", in("d/o5"), "", "");
#endif
    struct timespec pair[2] = {{1, 0}, {2, 0}}, omitted[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    DO(SYS_utimensat, AT_FDCWD, path = low(), pair, 0);
    said("utimensat", path, path, "", copied(path));
    DO(SYS_utimensat, AT_FDCWD, path = low(), omitted, 0);
    said("utimensat", path, path, "", "");
    DO(SYS_utimensat, AT_FDCWD, "n5", NULL, AT_SYMLINK_NOFOLLOW);
    said("utimensat", "n5", in("n5"), "", "");
    int file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_utimensat, file, NULL, pair, 0);
    said("utimensat", f("fd %d", file), path, "", copied(path));
    close(file);
    file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_utimensat, file, "", pair, AT_EMPTY_PATH);
    said("utimensat", f("fd %d", file), path, "", copied(path));
    close(file);
}

static void attributes(int directory) {
    const char *path, *name = "user.colour";
    struct { uint64_t value; uint32_t size, flags; } arguments = {(uint64_t)(uintptr_t)"red", 3, 0};
    DO(SYS_setxattr, path = low(), name, "red", 3, 0);
    said("setxattr", path, path, name, copied(path));
    DO(SYS_removexattr, path, name);
    said("removexattr", path, path, name, "");
    DO(SYS_lsetxattr, path = low(), name, "red", 3, XATTR_CREATE);
    said("lsetxattr", path, path, name, copied(path));
    DO(SYS_lremovexattr, path, name);
    said("lremovexattr", path, path, name, "");
    int file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(SYS_fsetxattr, file, name, "red", 3, 0);
    said("fsetxattr", f("fd %d", file), path, name, copied(path));
    DO(SYS_fremovexattr, file, name);
    said("fremovexattr", f("fd %d", file), path, name, "");
    DO(SYS_fremovexattr, file, name);
    said("fremovexattr", f("fd %d", file), path, name, "");
    close(file);
    DO(NR_setxattrat, directory, "o5", 0, name, &arguments, sizeof arguments);
    said("setxattrat", "o5", in("d/o5"), name, "");
    DO(NR_removexattrat, directory, "o5", 0, name);
    said("removexattrat", "o5", in("d/o5"), name, "");
    file = openat(AT_FDCWD, path = low(), O_RDONLY);
    DO(NR_setxattrat, file, "", AT_EMPTY_PATH, name, &arguments, sizeof arguments);
    said("setxattrat", f("fd %d", file), path, name, copied(path));
    DO(NR_removexattrat, file, "", AT_EMPTY_PATH, name);
    said("removexattrat", f("fd %d", file), path, name, "");
    close(file);
    int flags = 0;
    file = openat(AT_FDCWD, path = low(), O_RDONLY);
    if (ioctl(file, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_NODUMP_FL;
        DO(SYS_ioctl, file, FS_IOC_SETFLAGS, &flags);
        said("ioctl", f("fd %d", file), path, "FS_IOC_SETFLAGS", copied(path));
        struct fsxattr extended = {0};
        DO(SYS_ioctl, file, FS_IOC_FSSETXATTR, &extended);
        said("ioctl", f("fd %d", file), path, "FS_IOC_FSSETXATTR", "");
    }
    close(file);
    // struct file_attr of linux/fs.h: xflags, then sizes and ids.
    struct { uint64_t xflags; uint32_t extsize, nextents, projid, cowextsize; } attributes = {0};
    DO(NR_file_setattr, AT_FDCWD, path = low(), &attributes, sizeof attributes, 0);
    if (failed != ENOSYS) said("file_setattr", path, path, "", copied(path));
    else said("file_setattr", path, path, "", "");
}

static void descriptors(void) {
    // A descriptor follows its file through renames; without a name it is a hole.
    int file = openat(AT_FDCWD, "o1", O_RDONLY);
    DO(SYS_renameat2, AT_FDCWD, "o1", AT_FDCWD, "r1", 0);
    said("renameat2", "o1, r1", f("%s, %s", in("o1"), in("r1")), "", f("%s, %s", removed("o1"), created("r1")));
    DO(SYS_fchmod, file, 0611);
    said("fchmod", f("fd %d", file), in("r1"), "0611", "");
    DO(SYS_unlinkat, AT_FDCWD, "r1", 0);
    said("unlinkat", "r1", in("r1"), "", removed("r1"));
    DO(SYS_fchmod, file, 0622);
    hole("fchmod", "no name");
    close(file);
    // The working directory too is known by what it is called now.
    DO(SYS_mkdirat, AT_FDCWD, "e1", 0755);
    said("mkdirat", "e1", in("e1"), "", node("e1"));
    if (chdir("e1") != 0) _exit(91);
    DO(SYS_renameat2, AT_FDCWD, in("e1"), AT_FDCWD, in("e2"), 0);
    said("renameat2", f("%s, %s", in("e1"), in("e2")), f("%s, %s", in("e1"), in("e2")), "",
         f("%s, %s", removed("e1"), node("e2")));
    DO(SYS_mkdirat, AT_FDCWD, "x", 0755);
    said("mkdirat", "x", in("e2/x"), "", node("e2/x"));
    int here = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
    if (chdir(w) != 0) _exit(91);
    DO(SYS_mkdirat, here, "y", 0755);
    said("mkdirat", "y", in("e2/y"), "", node("e2/y"));
    if (fchdir(here) != 0) _exit(91);
    DO(SYS_unlinkat, AT_FDCWD, "y", AT_REMOVEDIR);
    said("unlinkat", "y", in("e2/y"), "AT_REMOVEDIR", removed("e2/y"));
    if (chdir(w) != 0) _exit(91);
    close(here);
}

// `path` is the link of proc(5) to a file without a name; it gets one.
static void named(const char *path, const char *name) {
    DO(SYS_linkat, AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
    said("linkat", f("%s, %s", path, name), in(name), "AT_SYMLINK_FOLLOW", created(name));
}

static void nameless(void) {
    int file = openat(AT_FDCWD, "d", O_TMPFILE | O_RDWR, 0600);
    failed = file < 0 ? errno : 0;
    said("openat", "d", in("d"), "O_RDWR|O_TMPFILE", "");
    const char *link = f("/proc/self/fd/%d", file);
    named(link, "o4");
    if (failed != EEXIST) _exit(91);
    named(link, "t1");
    if (failed) _exit(91);
    // The descriptor does not know the name that its file has got since, under which it gets a second one.
    DO(SYS_linkat, AT_FDCWD, link, AT_FDCWD, "t2", AT_SYMLINK_FOLLOW);
    hole("linkat", "no name");
    hole("", in("t2"));
    DO(SYS_unlinkat, AT_FDCWD, "t1", 0);
    said("unlinkat", "t1", in("t1"), "", removed("t1"));
    close(file);
    // One with O_EXCL never gets a name.
    file = openat(AT_FDCWD, "d", O_TMPFILE | O_EXCL | O_WRONLY, 0600);
    failed = file < 0 ? errno : 0;
    said("openat", "d", in("d"), "O_WRONLY|O_EXCL|O_TMPFILE", "");
    named(f("/proc/self/fd/%d", file), "t3");
    if (failed != ENOENT) _exit(91);
    close(file);
    file = openat(AT_FDCWD, "d", O_TMPFILE | O_RDWR, 0600);
    failed = file < 0 ? errno : 0;
    said("openat", "d", in("d"), "O_RDWR|O_TMPFILE", "");
    DO(SYS_linkat, file, "", AT_FDCWD, "t4", AT_EMPTY_PATH);
    said("linkat", f("fd %d, t4", file), in("t4"), "AT_EMPTY_PATH", created("t4"));
    close(file);
    // What has lost its last name gets no other, however it was made.
    file = openat(AT_FDCWD, "t5", O_RDWR | O_CREAT, 0600);
    failed = file < 0 ? errno : 0;
    said("openat", "t5", in("t5"), "O_RDWR|O_CREAT", created("t5"));
    DO(SYS_unlinkat, AT_FDCWD, "t5", 0);
    said("unlinkat", "t5", in("t5"), "", removed("t5"));
    named(f("/proc/self/fd/%d", file), "t6");
    if (failed != ENOENT) _exit(91);
    close(file);
}

void every_form(const char *name) {
    role = name;
    w = f("/w/%s", name);
    static _Thread_local char places[2][64];
    snprintf(places[0], sizeof places[0], "/w/%s", name);
    snprintf(places[1], sizeof places[1], "/low/%s", name);
    w = places[0];
    l = places[1];
    number = 1;
    DO(SYS_mkdirat, AT_FDCWD, w, 0755);
    said("mkdirat", w, w, "", f("create %s", w));
    if (chdir(w) != 0) _exit(91);
    DO(SYS_mkdirat, AT_FDCWD, "d", 0755);
    said("mkdirat", "d", in("d"), "", node("d"));
    // The first copy beneath the lower directory takes that along.
    const char *first = f("%s/0", l);
    DO(SYS_fchmodat, AT_FDCWD, first, 0600);
    said("fchmodat", first, first, "0600", f("parent-copy-up %s@2, copy-up %s@2:2", l, first));
    int directory = openat(AT_FDCWD, "d", O_RDONLY | O_DIRECTORY);
    opens(directory);
    names(directory);
    modes_and_owners(directory);
    times(directory);
    attributes(directory);
    descriptors();
    nameless();
    close(directory);
}
