/// A kernel error number, by its name of errno(3). The numbers are those of Linux's generic table, which
/// x86-64 and arm64 share.
public struct Errno: RawRepresentable, Hashable, Sendable, Error {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Finds an error by its C name, such as `EXDEV`.
    public init?(name: some StringProtocol) {
        guard let index = Self.names.firstIndex(where: { $0 == name }), !name.isEmpty else { return nil }
        self.init(rawValue: Int32(index))
    }

    /// The C name; `errno N` for a number that has none.
    public var name: String {
        guard rawValue > 0, Int(rawValue) < Self.names.count, !Self.names[Int(rawValue)].isEmpty else {
            return "errno \(rawValue)"
        }
        return Self.names[Int(rawValue)]
    }
}

extension Errno: CustomStringConvertible {
    public var description: String { name }
}

extension Errno {
    public static let EPERM = Errno(rawValue: 1)
    public static let ENOENT = Errno(rawValue: 2)
    public static let ESRCH = Errno(rawValue: 3)
    public static let EINTR = Errno(rawValue: 4)
    public static let EIO = Errno(rawValue: 5)
    public static let ENXIO = Errno(rawValue: 6)
    public static let E2BIG = Errno(rawValue: 7)
    public static let ENOEXEC = Errno(rawValue: 8)
    public static let EBADF = Errno(rawValue: 9)
    public static let ECHILD = Errno(rawValue: 10)
    public static let EAGAIN = Errno(rawValue: 11)
    public static let ENOMEM = Errno(rawValue: 12)
    public static let EACCES = Errno(rawValue: 13)
    public static let EFAULT = Errno(rawValue: 14)
    public static let ENOTBLK = Errno(rawValue: 15)
    public static let EBUSY = Errno(rawValue: 16)
    public static let EEXIST = Errno(rawValue: 17)
    public static let EXDEV = Errno(rawValue: 18)
    public static let ENODEV = Errno(rawValue: 19)
    public static let ENOTDIR = Errno(rawValue: 20)
    public static let EISDIR = Errno(rawValue: 21)
    public static let EINVAL = Errno(rawValue: 22)
    public static let ENFILE = Errno(rawValue: 23)
    public static let EMFILE = Errno(rawValue: 24)
    public static let ENOTTY = Errno(rawValue: 25)
    public static let ETXTBSY = Errno(rawValue: 26)
    public static let EFBIG = Errno(rawValue: 27)
    public static let ENOSPC = Errno(rawValue: 28)
    public static let ESPIPE = Errno(rawValue: 29)
    public static let EROFS = Errno(rawValue: 30)
    public static let EMLINK = Errno(rawValue: 31)
    public static let EPIPE = Errno(rawValue: 32)
    public static let EDOM = Errno(rawValue: 33)
    public static let ERANGE = Errno(rawValue: 34)
    public static let EDEADLK = Errno(rawValue: 35)
    public static let ENAMETOOLONG = Errno(rawValue: 36)
    public static let ENOLCK = Errno(rawValue: 37)
    public static let ENOSYS = Errno(rawValue: 38)
    public static let ENOTEMPTY = Errno(rawValue: 39)
    public static let ELOOP = Errno(rawValue: 40)
    public static let ENOMSG = Errno(rawValue: 42)
    public static let EIDRM = Errno(rawValue: 43)
    public static let ECHRNG = Errno(rawValue: 44)
    public static let EL2NSYNC = Errno(rawValue: 45)
    public static let EL3HLT = Errno(rawValue: 46)
    public static let EL3RST = Errno(rawValue: 47)
    public static let ELNRNG = Errno(rawValue: 48)
    public static let EUNATCH = Errno(rawValue: 49)
    public static let ENOCSI = Errno(rawValue: 50)
    public static let EL2HLT = Errno(rawValue: 51)
    public static let EBADE = Errno(rawValue: 52)
    public static let EBADR = Errno(rawValue: 53)
    public static let EXFULL = Errno(rawValue: 54)
    public static let ENOANO = Errno(rawValue: 55)
    public static let EBADRQC = Errno(rawValue: 56)
    public static let EBADSLT = Errno(rawValue: 57)
    public static let EBFONT = Errno(rawValue: 59)
    public static let ENOSTR = Errno(rawValue: 60)
    public static let ENODATA = Errno(rawValue: 61)
    public static let ETIME = Errno(rawValue: 62)
    public static let ENOSR = Errno(rawValue: 63)
    public static let ENONET = Errno(rawValue: 64)
    public static let ENOPKG = Errno(rawValue: 65)
    public static let EREMOTE = Errno(rawValue: 66)
    public static let ENOLINK = Errno(rawValue: 67)
    public static let EADV = Errno(rawValue: 68)
    public static let ESRMNT = Errno(rawValue: 69)
    public static let ECOMM = Errno(rawValue: 70)
    public static let EPROTO = Errno(rawValue: 71)
    public static let EMULTIHOP = Errno(rawValue: 72)
    public static let EDOTDOT = Errno(rawValue: 73)
    public static let EBADMSG = Errno(rawValue: 74)
    public static let EOVERFLOW = Errno(rawValue: 75)
    public static let ENOTUNIQ = Errno(rawValue: 76)
    public static let EBADFD = Errno(rawValue: 77)
    public static let EREMCHG = Errno(rawValue: 78)
    public static let ELIBACC = Errno(rawValue: 79)
    public static let ELIBBAD = Errno(rawValue: 80)
    public static let ELIBSCN = Errno(rawValue: 81)
    public static let ELIBMAX = Errno(rawValue: 82)
    public static let ELIBEXEC = Errno(rawValue: 83)
    public static let EILSEQ = Errno(rawValue: 84)
    public static let ERESTART = Errno(rawValue: 85)
    public static let ESTRPIPE = Errno(rawValue: 86)
    public static let EUSERS = Errno(rawValue: 87)
    public static let ENOTSOCK = Errno(rawValue: 88)
    public static let EDESTADDRREQ = Errno(rawValue: 89)
    public static let EMSGSIZE = Errno(rawValue: 90)
    public static let EPROTOTYPE = Errno(rawValue: 91)
    public static let ENOPROTOOPT = Errno(rawValue: 92)
    public static let EPROTONOSUPPORT = Errno(rawValue: 93)
    public static let ESOCKTNOSUPPORT = Errno(rawValue: 94)
    public static let EOPNOTSUPP = Errno(rawValue: 95)
    public static let EPFNOSUPPORT = Errno(rawValue: 96)
    public static let EAFNOSUPPORT = Errno(rawValue: 97)
    public static let EADDRINUSE = Errno(rawValue: 98)
    public static let EADDRNOTAVAIL = Errno(rawValue: 99)
    public static let ENETDOWN = Errno(rawValue: 100)
    public static let ENETUNREACH = Errno(rawValue: 101)
    public static let ENETRESET = Errno(rawValue: 102)
    public static let ECONNABORTED = Errno(rawValue: 103)
    public static let ECONNRESET = Errno(rawValue: 104)
    public static let ENOBUFS = Errno(rawValue: 105)
    public static let EISCONN = Errno(rawValue: 106)
    public static let ENOTCONN = Errno(rawValue: 107)
    public static let ESHUTDOWN = Errno(rawValue: 108)
    public static let ETOOMANYREFS = Errno(rawValue: 109)
    public static let ETIMEDOUT = Errno(rawValue: 110)
    public static let ECONNREFUSED = Errno(rawValue: 111)
    public static let EHOSTDOWN = Errno(rawValue: 112)
    public static let EHOSTUNREACH = Errno(rawValue: 113)
    public static let EALREADY = Errno(rawValue: 114)
    public static let EINPROGRESS = Errno(rawValue: 115)
    public static let ESTALE = Errno(rawValue: 116)
    public static let EUCLEAN = Errno(rawValue: 117)
    public static let ENOTNAM = Errno(rawValue: 118)
    public static let ENAVAIL = Errno(rawValue: 119)
    public static let EISNAM = Errno(rawValue: 120)
    public static let EREMOTEIO = Errno(rawValue: 121)
    public static let EDQUOT = Errno(rawValue: 122)
    public static let ENOMEDIUM = Errno(rawValue: 123)
    public static let EMEDIUMTYPE = Errno(rawValue: 124)
    public static let ECANCELED = Errno(rawValue: 125)
    public static let ENOKEY = Errno(rawValue: 126)
    public static let EKEYEXPIRED = Errno(rawValue: 127)
    public static let EKEYREVOKED = Errno(rawValue: 128)
    public static let EKEYREJECTED = Errno(rawValue: 129)
    public static let EOWNERDEAD = Errno(rawValue: 130)
    public static let ENOTRECOVERABLE = Errno(rawValue: 131)
    public static let ERFKILL = Errno(rawValue: 132)
    public static let EHWPOISON = Errno(rawValue: 133)

    /// The names by number; empty where the number is not used.
    private static let names: [String] = [
        "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN",
        "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR",
        "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE",
        "EDOM", "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", "", "ENOMSG",
        "EIDRM", "ECHRNG", "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE",
        "EBADR", "EXFULL", "ENOANO", "EBADRQC", "EBADSLT", "", "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR",
        "ENONET", "ENOPKG", "EREMOTE", "ENOLINK", "EADV", "ESRMNT", "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT",
        "EBADMSG", "EOVERFLOW", "ENOTUNIQ", "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN", "ELIBMAX",
        "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE", "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE",
        "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT",
        "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED",
        "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN", "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED",
        "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE", "EUCLEAN", "ENOTNAM", "ENAVAIL",
        "EISNAM", "EREMOTEIO", "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED", "ENOKEY", "EKEYEXPIRED",
        "EKEYREVOKED", "EKEYREJECTED", "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON",
    ]
}
