import Glibc

/// Whether and how text is coloured. What colour says, a mark or a word says too.
public struct Style: Hashable, Sendable {
    /// Whether escape sequences may be written at all.
    public var isOn: Bool

    public static let plain = Style(isOn: false)
    public static let coloured = Style(isOn: true)

    public init(isOn: Bool) { self.isOn = isOn }

    /// For an open descriptor: off where it is no terminal, where `NO_COLOR` is set and not empty
    /// (https://no-color.org), and for `TERM=dumb`.
    ///
    /// - Parameter environment: by default the process's own.
    public init(
        for descriptor: CInt, environment: (String) -> String? = Style.environmentVariable
    ) {
        let refuses = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        isOn = !refuses && environment("TERM") != "dumb" && isatty(descriptor) == 1
    }

    /// A variable of this process's environment (getenv(3)).
    public static func environmentVariable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The renditions of ECMA-48 that are used, by their parameters of SGR.
    public enum Rendition: Int, Hashable, Sendable {
        case bold = 1
        case dim = 2
        case italic = 3
        case underlined = 4
        case inverse = 7
        case struck = 9
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case magenta = 35
        case cyan = 36
    }

    /// `text` in these renditions; as it is where colour is off.
    public func apply(_ renditions: Rendition..., to text: String) -> String { apply(renditions, to: text) }

    func apply(_ renditions: [Rendition], to text: String) -> String {
        guard isOn, !renditions.isEmpty, !text.isEmpty else { return text }
        return "\u{1B}[\(renditions.map { String($0.rawValue) }.joined(separator: ";"))m\(text)\u{1B}[0m"
    }
}
