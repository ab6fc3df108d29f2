#pragma once

// The caller's terminal while it is raw (termios(3)). A signal that ends the process gives it back first.

// Makes a terminal raw. Returns 0, or -1 with errno set where it is none, or another is raw already.
int terminal_make_raw(int descriptor);

// Makes the terminal what it was, when all that was written to it has been shown.
void terminal_give_back(void);
