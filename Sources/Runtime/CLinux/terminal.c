#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "signals.h"

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE};
enum { DEADLY = sizeof deadly / sizeof *deadly };
static struct sigaction before[DEADLY];
static struct termios kept;
static atomic_int raw = -1;      // the terminal's descriptor
static atomic_int is_changing;   // it is being made raw, by a thread that takes no such signal meanwhile
static atomic_int is_dying;

static int is_ours(int descriptor) {
    // Who is in the background has given the terminal away, and its settings are another's.
    pid_t group = tcgetpgrp(descriptor);
    return group < 0 || group == getpgrp();
}

// The handler may run on any thread: either it sees that the terminal is being made raw, or who makes it so sees that the
// process dies.
static void die(int signal_number) {
    static const struct timespec moment = {.tv_nsec = 1000000};
    atomic_store(&is_dying, 1);
    while (atomic_load(&is_changing)) nanosleep(&moment, NULL);
    int descriptor = atomic_load(&raw);
    // At once: what is to be shown may wait for ever.
    if (descriptor >= 0 && is_ours(descriptor)) tcsetattr(descriptor, TCSANOW, &kept);
    signals_die(signal_number);
}

int terminal_make_raw(int descriptor) {
    if (atomic_load(&raw) >= 0) {
        errno = EBUSY;
        return -1;
    }
    if (tcgetattr(descriptor, &kept) != 0) return -1;
    // Who is in the background stops here (SIGTTOU), with nothing changed.
    if (tcsetattr(descriptor, TCSADRAIN, &kept) != 0) return -1;
    struct sigaction action = {.sa_handler = die, .sa_flags = SA_RESTART};
    sigset_t signals, mask;
    sigfillset(&action.sa_mask);
    sigemptyset(&signals);
    for (int i = 0; i < DEADLY; i++) sigaddset(&signals, deadly[i]);
    pthread_sigmask(SIG_BLOCK, &signals, &mask);
    for (int i = 0; i < DEADLY; i++) {
        sigaction(deadly[i], NULL, &before[i]);
        // What is ignored ends nothing, and who has a handler knows what to do.
        if (before[i].sa_handler == SIG_DFL) sigaction(deadly[i], &action, NULL);
    }
    struct termios changed = kept;
    cfmakeraw(&changed);
    atomic_store(&is_changing, 1);
    if (!atomic_load(&is_dying)) {
        atomic_store(&raw, descriptor);
        tcsetattr(descriptor, TCSANOW, &changed);
    }
    atomic_store(&is_changing, 0);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return 0;
}

void terminal_give_back(void) {
    int descriptor = atomic_load(&raw);
    if (descriptor < 0) return;
    while (tcsetattr(descriptor, TCSADRAIN, &kept) != 0 && errno == EINTR) {}
    atomic_store(&raw, -1);
    for (int i = 0; i < DEADLY; i++) {
        if (before[i].sa_handler == SIG_DFL) sigaction(deadly[i], &before[i], NULL);
    }
}
