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
