#define _GNU_SOURCE
#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_watch_interrupts(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_take(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t got = read(descriptor, &information, sizeof information);
    return got == (ssize_t)sizeof information ? (int)information.ssi_signo : 0;
}
