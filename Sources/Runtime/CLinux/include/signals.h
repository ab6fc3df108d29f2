#pragma once

// signalfd(2): its header is not among those that Swift sees.

// A descriptor that becomes readable when SIGINT, SIGTERM, SIGHUP or SIGPIPE is pending; the calling thread blocks them
// from now on, but for those that are ignored.
// Returns -1 with errno set on failure.
int signals_watch_interrupts(void);

// Takes one pending signal off the descriptor and returns its number; 0 when none is pending.
int signals_take(int descriptor);

// write(2) of one byte into a pipe; where nobody reads it any more that is EPIPE and no SIGPIPE (pipe(7)).
// Returns 1, or -1 with errno set.
int signals_write_byte(int descriptor, unsigned char byte);

// Ends the process by the signal's default action.
void signals_die(int signal);

// From now on SIGINT, SIGTERM and SIGHUP do not end the process: the first one waits, a second one ends it at once. What is
// ignored stays so. Calls may be nested.
void signals_hold(void);

// Ends what signals_hold began; with the last of them the handlers come back, and the process ends of the signal that waits.
void signals_release(void);

// Whether a signal waits.
int signals_held(void);

// Makes the signals that are held back go to `pidfd`: the first as it is, any later one, and SIGHUP at once, as SIGKILL; -1
// ends it. One that has come before goes as SIGKILL. One process at a time: returns -1 with errno EBUSY for another.
int signals_forward(int pidfd);
