#pragma once

// signalfd(2): its header is not among those that Swift sees.

// A descriptor that becomes readable when SIGINT or SIGTERM is pending; the calling thread blocks both from now on.
// Returns -1 with errno set on failure.
int signals_watch_interrupts(void);

// Takes one pending signal off the descriptor and returns its number; 0 when none is pending.
int signals_take(int descriptor);
