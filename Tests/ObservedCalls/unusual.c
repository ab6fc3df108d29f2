// Callers behind chroot(2), descriptors that came over a socket, and calls that are refused.

#define _GNU_SOURCE
#include "said.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void chrooted(void) {
    role = "chroot";
    DO(SYS_mkdirat, AT_FDCWD, "/w/jail", 0755);
    said("mkdirat", "/w/jail", "/w/jail", "", "create /w/jail");
    int outside = open("/w", O_RDONLY | O_DIRECTORY);
    pid_t child = fork();
    if (child == 0) {
        if (chroot("/w/jail") != 0 || chdir("/") != 0) _exit(95);
        DO(SYS_mkdirat, AT_FDCWD, "/a", 0755);
        said("mkdirat", "/a", "/w/jail/a", "", "create /w/jail/a");
        DO(SYS_mkdirat, AT_FDCWD, "a/b", 0755);
        said("mkdirat", "a/b", "/w/jail/a/b", "", "create /w/jail/a/b");
        DO(SYS_mkdirat, outside, "c", 0755);
        said("mkdirat", "c", "/w/c", "", "create /w/c");
        // Its own root ends every way up, and absolute links start from it.
        DO(SYS_mkdirat, AT_FDCWD, "/../e", 0755);
        said("mkdirat", "/../e", "/w/jail/e", "", "create /w/jail/e");
        DO(SYS_symlinkat, "/a", AT_FDCWD, "ln");
        said("symlinkat", "ln", "/w/jail/ln", "", "create /w/jail/ln");
        DO(SYS_mkdirat, AT_FDCWD, "/ln/f", 0755);
        hole("mkdirat", "symbolic link");
        hole("", "/w/jail/a/f");
        _exit(0);
    }
    await(child);
    close(outside);
}

void passed(void) {
    role = "passed";
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) _exit(96);
    union { struct cmsghdr header; char room[CMSG_SPACE(2 * sizeof(int))]; } control;
    char byte = 0;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control};
    pid_t child = fork();
    if (child == 0) {
        int sent[2];
        DO(SYS_mkdirat, AT_FDCWD, "/w/passed", 0755);
        said("mkdirat", "/w/passed", "/w/passed", "", "create /w/passed");
        sent[0] = open("/w/passed", O_RDONLY | O_DIRECTORY);
        sent[1] = openat(sent[0], "file", O_RDWR | O_CREAT, 0644);
        failed = 0;
        said("openat", "file", "/w/passed/file", "O_RDWR|O_CREAT", "create /w/passed/file:0");
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof sent), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), sent, sizeof sent);
        _exit(sendmsg(ends[0], &message, 0) == 1 ? 0 : 97);
    }
    if (recvmsg(ends[1], &message, 0) != 1) _exit(97);
    await(child);
    int got[2];
    memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    DO(SYS_fchmod, got[1], 0600);
    said("fchmod", f("fd %d", got[1]), "/w/passed/file", "0600", "");
    DO(SYS_mkdirat, got[0], "inner", 0755);
    said("mkdirat", "inner", "/w/passed/inner", "", "create /w/passed/inner");
    for (int i = 0; i < 2; i++) close(got[i]), close(ends[i]);
    // Standard output is a file of the host, whose path means something else in here: nothing of it is recorded.
    if (fchmod(1, 0600) != 0) _exit(97);
    close(open("/dev/stdout", O_WRONLY | O_APPEND));
}

void refused(void) {
    role = "refused";
    DO(425, 1, NULL);
    said("io_uring_setup", "", "", "", "");
    if (failed != ENOSYS) _exit(98);
#if defined(__x86_64__)
    // mkdir as x32 has it.
    DO(0x40000000 | SYS_mkdir, "/w/x32", 0755);
    said(f("call %d of a foreign ABI", 0x40000000 | SYS_mkdir), "", "", "", "");
    if (failed != ENOSYS) _exit(98);
    // creat(2) of the 32-bit ABI is 8; the path lies low enough for it.
    long answer = 8;
    __asm__ volatile("int $0x80" : "+a"(answer) : "b"(0L), "c"(0644L) : "memory", "r8", "r9", "r10", "r11");
    failed = (int)-answer;
    said("call 8 of a foreign ABI", "", "", "", "");
    if (failed != ENOSYS) _exit(98);
#endif
}
