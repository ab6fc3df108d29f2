internal import Glibc
public import OCI

extension Timestamp {
    /// The time by CLOCK_REALTIME (clock_gettime(2)).
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }
}
