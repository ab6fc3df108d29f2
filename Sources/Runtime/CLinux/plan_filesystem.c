#define _GNU_SOURCE
#include "plan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

// linux/mount.h and sys/mount.h exclude each other in some releases of glibc.
enum { SET_FLAG = 0, SET_STRING = 1, CREATE = 6, ATTACH_EMPTY_SOURCE = 4, CLOSE_ON_EXEC = 1 };

static int status(long result) { return result < 0 ? errno : 0; }

/// Where a descriptor can be mounted on: /proc/self/fd/N, without stdio.
struct descriptor_path {
    char text[32];
};

static struct descriptor_path path_of(int descriptor) {
    struct descriptor_path path = {"/proc/self/fd/"};
    char digits[12];
    int count = 0;
    do digits[count++] = (char)('0' + descriptor % 10);
    while ((descriptor /= 10) > 0);
    char *end = path.text + 14;
    while (count > 0) *end++ = digits[--count];
    *end = 0;
    return path;
}

/// A descriptor of what lies at `path` beneath the new root, or -1. No symbolic link is followed, so an image
/// cannot lead a mount elsewhere (CVE-2019-19921, CVE-2023-27561).
static int open_in_root(const struct plan_state *state, const char *path) {
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, state->root, path, &how, sizeof how);
}

/// Makes what is missing of `path` beneath the new root, one name after the other, so that a symbolic link on the
/// way is an error and never followed; the last name becomes a directory or an empty file.
static int make_place(const struct plan_state *state, const char *path, bool is_file) {
    char prefix[4096];
    size_t length = 0;
    for (const char *next = path;; next++) {
        if (*next && *next != '/') {
            if (length + 1 == sizeof prefix) return ENAMETOOLONG;
            prefix[length++] = *next;
            continue;
        }
        prefix[length] = 0;
        bool is_last = !*next;
        int place = length == 0 ? -1 : open_in_root(state, prefix);
        if (length > 0 && place < 0) {
            if (errno != ENOENT) return errno;
            char *name = prefix + length;
            while (name > prefix && name[-1] != '/') name--;
            char first = *name;
            *name = 0;
            int parent = open_in_root(state, name == prefix ? "." : prefix);
            *name = first;
            if (parent < 0) return errno;
            int error = is_last && is_file ? status(mknodat(parent, name, S_IFREG | 0644, 0))
                                           : status(mkdirat(parent, name, 0755));
            close(parent);
            if (error && error != EEXIST) return error;
        }
        if (place >= 0) close(place);
        if (is_last) return 0;
        if (length > 0) prefix[length++] = '/';
    }
}

static int mount_in_root(
    const struct plan_state *state, const char *source, const char *target, const char *type, uint64_t flags,
    const char *data, enum plan_place place) {
    int descriptor = open_in_root(state, target);
    if (descriptor < 0 && errno == ENOENT && place != PLAN_PLACE_EXISTS) {
        int error = make_place(state, target, place == PLAN_PLACE_FILE);
        if (error) return error;
        descriptor = open_in_root(state, target);
    }
    if (descriptor < 0) return errno;
    int error = status(mount(source, path_of(descriptor).text, type, flags, data));
    close(descriptor);
    return error;
}

static int configure_mount(const struct plan_instruction *it) {
    int filesystem = (int)syscall(SYS_fsopen, it->type, CLOSE_ON_EXEC);
    if (filesystem < 0) return errno;
    int error = 0;
    for (char *const *pair = it->strings; error == 0 && pair[0]; pair += 2)
        error = status(pair[1][0] ? syscall(SYS_fsconfig, filesystem, SET_STRING, pair[0], pair[1], 0)
                                  : syscall(SYS_fsconfig, filesystem, SET_FLAG, pair[0], NULL, 0));
    if (error == 0) error = status(syscall(SYS_fsconfig, filesystem, CREATE, NULL, NULL, 0));
    int mounted = error == 0 ? (int)syscall(SYS_fsmount, filesystem, CLOSE_ON_EXEC, it->flags) : -1;
    if (error == 0) error = status(mounted);
    if (error == 0)
        error = status(syscall(SYS_move_mount, mounted, "", AT_FDCWD, it->target, ATTACH_EMPTY_SOURCE));
    if (mounted >= 0) close(mounted);
    close(filesystem);
    return error;
}

/// Mounts a first empty tmpfs, which the next masked directories share.
static int mask_directory(struct plan_state *state, const char *target, int covered) {
    if (state->empty >= 0)
        return status(mount(path_of(state->empty).text, path_of(covered).text, NULL, MS_BIND, NULL));
    int error = status(mount(
        "tmpfs", path_of(covered).text, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k"));
    if (error == 0) error = status(state->empty = open_in_root(state, target));
    return error;
}

static int mask_file(struct plan_state *state, int covered) {
    if (state->null < 0) {
        int null = open_in_root(state, "dev/null");
        if (null < 0) return errno;
        // What is bound must be the device, not something that took its name (CVE-2025-31133).
        struct stat about;
        int error = status(fstat(null, &about));
        if (error == 0 && (!S_ISCHR(about.st_mode) || about.st_rdev != makedev(1, 3))) error = ENODEV;
        if (error) {
            close(null);
            return error;
        }
        state->null = null;
    }
    return status(mount(path_of(state->null).text, path_of(covered).text, NULL, MS_BIND, NULL));
}

/// Hides a directory behind an empty tmpfs and anything else behind /dev/null.
static int mask(struct plan_state *state, const char *target) {
    int covered = open_in_root(state, target);
    if (covered < 0) return errno == ENOENT ? 0 : errno;
    struct stat about;
    int error = status(fstat(covered, &about));
    if (error == 0)
        error = S_ISDIR(about.st_mode) ? mask_directory(state, target, covered) : mask_file(state, covered);
    close(covered);
    return error;
}

static int make_read_only(const struct plan_state *state, const char *target) {
    int place = open_in_root(state, target);
    if (place < 0) return errno == ENOENT ? 0 : errno;
    struct descriptor_path path = path_of(place);
    int error = status(mount(path.text, path.text, NULL, MS_BIND | MS_REC, NULL));
    close(place);
    if (error) return error;
    // Opened again, because the first descriptor lies beneath the mount that was just made.
    return mount_in_root(
        state, NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL,
        PLAN_PLACE_EXISTS);
}

/// A remount that says nothing of a flag takes it away, so those that the mount has are said again: statfs(2) shows
/// them by the same numbers up to ST_NOEXEC.
static int make_root_read_only(void) {
    struct statfs about;
    if (statfs("/", &about) < 0) return errno;
    unsigned long kept = (unsigned long)about.f_flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
    return status(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | kept, NULL));
}

static int make_directory(int base, const char *path, mode_t mode) {
    return mkdirat(base, path, mode) < 0 && errno != EEXIST ? errno : 0;
}

static int pivot(const struct plan_state *state) {
    // The old root ends up stacked on the new one, where "." finds it: pivot_root(2), "pivot_root(".", ".")".
    if (fchdir(state->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) return errno;
    if (umount2(".", MNT_DETACH) < 0) return errno;
    return status(chdir("/"));
}

static int change_directory(const char *path) {
    if (chdir(path) < 0) {
        if (errno != ENOENT) return errno;
        char prefix[4096];
        size_t length = 0;
        for (const char *next = path; *next; next++) {
            if (length + 2 > sizeof prefix) return ENAMETOOLONG;
            if (*next == '/' && length > 0) {
                prefix[length] = 0;
                int error = make_directory(AT_FDCWD, prefix, 0755);
                if (error) return error;
            }
            prefix[length++] = *next;
        }
        int error = make_directory(AT_FDCWD, path, 0755);
        if (error) return error;
        if (chdir(path) < 0) return errno;
    }
    // A path such as /proc/self/fd/7 may lead out of the new root; the kernel then answers "(unreachable)..."
    // (CVE-2024-21626, getcwd(2)).
    char place[4097];
    if (syscall(SYS_getcwd, place, sizeof place) < 0) return errno;
    return place[0] == '/' ? 0 : EXDEV;
}

int plan_filesystem(struct plan_state *state, const struct plan_instruction *it) {
    bool absolute = it->target && it->target[0] == '/';
    switch (it->operation) {
    case PLAN_MOUNT:
        if (!absolute)
            return mount_in_root(
                state, it->source, it->target, it->type, it->flags, it->data, (enum plan_place)it->number);
        return status(mount(it->source, it->target, it->type, it->flags, it->data));
    case PLAN_CONFIGURE_MOUNT: return configure_mount(it);
    case PLAN_OPEN_ROOT:
        state->root = open(it->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return status(state->root);
    case PLAN_MAKE_DIRECTORY: return make_directory(state->root, it->target, (mode_t)it->number);
    case PLAN_MAKE_NODE: return status(mknodat(state->root, it->target, (mode_t)it->number, (dev_t)it->flags));
    case PLAN_MAKE_LINK: return status(symlinkat(it->data, state->root, it->target));
    case PLAN_MASK: return mask(state, it->target);
    case PLAN_READ_ONLY: return make_read_only(state, it->target);
    case PLAN_ROOT_READ_ONLY: return make_root_read_only();
    case PLAN_PIVOT_ROOT: return pivot(state);
    case PLAN_WORKING_DIRECTORY: return change_directory(it->target);
    default: return PLAN_NOT_MINE;
    }
}
