#pragma once

// Loop devices (loop(4)): their header's structures hold unions of arrays that Swift does not see.

/// A free loop device over the open file `backing`, attached so that the kernel detaches it with the last descriptor or
/// mount that holds it (LO_FLAGS_AUTOCLEAR). Writes the device's path, such as /dev/loop3, into `path`.
/// Returns the device's descriptor, closed on exec, or -1 with errno.
int linux_attach_loop(int backing, char path[32]);
