#define _GNU_SOURCE
#include "signals.h"

#include "calls.h"
#include "terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

static const int held_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { HELD_SIGNALS = sizeof held_signals / sizeof *held_signals };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int holders;
static struct sigaction before[HELD_SIGNALS];
static atomic_int waiting;
static atomic_int forwarded = -1;
static atomic_int interruptions;

static void hold(int signal) {
    int saved = errno;
    int pidfd = atomic_load(&forwarded);
    if (pidfd >= 0) {
        // A container's first process ignores a signal that it has no handler for (pid_namespaces(7)), so the
        // second one must not be ignorable; nor the first, when the terminal is gone and no second one will come.
        int first = atomic_fetch_add(&interruptions, 1) == 0;
        linux_send_signal(pidfd, first && signal != SIGHUP ? signal : SIGKILL);
    } else {
        int none = 0;
        if (!atomic_compare_exchange_strong(&waiting, &none, signal)) {
            terminal_give_back_now();
            signals_die(signal);
        }
        // A process that has become the one to forward to meanwhile, on another thread, has not seen this signal.
        pidfd = atomic_load(&forwarded);
        if (pidfd >= 0) linux_send_signal(pidfd, SIGKILL);
    }
    errno = saved;
}

void signals_hold(void) {
    pthread_mutex_lock(&lock);
    if (holders++ == 0) {
        struct sigaction action = {.sa_handler = hold, .sa_flags = SA_RESTART};
        for (int i = 0; i < HELD_SIGNALS; i++) {
            sigaction(held_signals[i], NULL, &before[i]);
            if (before[i].sa_handler != SIG_IGN) sigaction(held_signals[i], &action, NULL);
        }
    }
    pthread_mutex_unlock(&lock);
}

void signals_release(void) {
    pthread_mutex_lock(&lock);
    int signal = 0;
    if (--holders == 0) {
        for (int i = 0; i < HELD_SIGNALS; i++) sigaction(held_signals[i], &before[i], NULL);
        signal = atomic_exchange(&waiting, 0);
    }
    pthread_mutex_unlock(&lock);
    if (signal) signals_die(signal);
}

int signals_held(void) { return atomic_load(&waiting) != 0; }

int signals_forward(int pidfd) {
    if (pidfd < 0) {
        atomic_store(&forwarded, -1);
        atomic_store(&interruptions, 0);
        return 0;
    }
    int none = -1;
    if (!atomic_compare_exchange_strong(&forwarded, &none, pidfd)) {
        errno = EBUSY;
        return -1;
    }
    if (atomic_load(&waiting)) linux_send_signal(pidfd, SIGKILL);
    return 0;
}
