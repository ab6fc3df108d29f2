public import Glibc

/// How many columns there are to write on: those of the terminal behind `descriptor` (TIOCGWINSZ of
/// ioctl_tty(2)), else `COLUMNS`, else 80.
///
/// - Parameter environment: by default the process's own.
public func terminalWidth(
    of descriptor: CInt = STDOUT_FILENO, environment: (String) -> String? = Style.environmentVariable
) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    if let columns = environment("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
    return 80
}
