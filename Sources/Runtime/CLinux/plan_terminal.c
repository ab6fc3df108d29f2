#define _GNU_SOURCE
#include "plan_state.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/// Sends one descriptor, with a byte to go along (unix(7), SCM_RIGHTS).
static int send_descriptor(int channel, int descriptor) {
    char byte = 0;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptor)];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec content = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static int take_terminal(int terminal, const struct plan_instruction *it) {
    if (it->number != 0 && fchown(terminal, (uid_t)it->number, (gid_t)-1) < 0) return errno;
    if (ioctl(terminal, TIOCSCTTY, 0) < 0) return errno;
    for (int number = 0; number < 3; number++)
        if (dup2(terminal, number) < 0) return errno;
    return 0;
}

int plan_terminal(const struct plan_instruction *it) {
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return errno;
    int locked = 0;
    // The other end is opened through this one: its name may be another's by now (ioctl_tty(2), TIOCGPTPEER).
    int terminal = ioctl(master, TIOCSPTLCK, &locked) < 0 ? -1 : ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int error = terminal < 0 ? errno : 0;
    if (error == 0 && ioctl(master, TIOCSWINSZ, it->bytes) < 0) error = errno;
    if (error == 0) error = send_descriptor(it->descriptor, master);
    if (error == 0) error = take_terminal(terminal, it);
    if (terminal > 2) close(terminal);
    close(master);
    return error;
}

int linux_receive_descriptor(int channel) {
    char byte;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec content = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count;
    do count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    struct cmsghdr *header = count == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!header || header->cmsg_type != SCM_RIGHTS) return -1;
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}
