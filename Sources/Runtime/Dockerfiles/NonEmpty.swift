/// A list of at least one.
public struct NonEmpty<Element: Hashable & Sendable>: Hashable, Sendable {
    public var first: Element
    public var rest: [Element]

    public init(_ first: Element, _ rest: [Element] = []) {
        self.first = first
        self.rest = rest
    }

    /// `nil` where `elements` are none.
    public init?(_ elements: some Collection<Element>) {
        guard let first = elements.first else { return nil }
        self.init(first, Array(elements.dropFirst()))
    }

    public var all: [Element] { [first] + rest }
    public var count: Int { rest.count + 1 }
}
