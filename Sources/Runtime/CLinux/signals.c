#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

int signals_watch_interrupts(void) {
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct sigaction action;
        // A blocked signal is kept even when it is ignored, and nohup(1) asks that it is ignored.
        if (sigaction(all[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        sigaddset(&signals, all[i]);
    }
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

void signals_die(int signal_number) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

int signals_take(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t got = read(descriptor, &information, sizeof information);
    return got == (ssize_t)sizeof information ? (int)information.ssi_signo : 0;
}

int signals_write_byte(int descriptor, unsigned char byte) {
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    // One that waits already is somebody else's.
    sigpending(&pending);
    int waits = sigismember(&pending, SIGPIPE);
    int written = (int)write(descriptor, &byte, 1);
    int error = errno;
    if (written < 0 && error == EPIPE && !waits) {
        static const struct timespec now = {0, 0};
        sigtimedwait(&broken, NULL, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}
