internal import Glibc

/// CLOCK_MONOTONIC of clock_gettime(2).
public enum MonotonicClock {
    /// The time in nanoseconds since some point in the past.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).
public enum ThreadClock {
    /// The processor time in nanoseconds that the calling thread has taken.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
