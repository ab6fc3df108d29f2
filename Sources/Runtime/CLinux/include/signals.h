#pragma once

// signalfd(2): its header is not among those that Swift sees.

// A descriptor that becomes readable when SIGINT, SIGTERM, SIGHUP or SIGPIPE is pending; the calling thread blocks them
// from now on, but for those that are ignored.
// Returns -1 with errno set on failure.
int signals_watch_interrupts(void);

// Takes one pending signal off the descriptor and returns its number; 0 when none is pending.
int signals_take(int descriptor);

// Ends the process by the signal's default action.
void signals_die(int signal);
