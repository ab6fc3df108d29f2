public import Events

/// Events on their way to the record: kept for a while, so that the container need not wait for the reader of each.
public final class EventBatch {
    private var events: [Event] = []
    private let report: ([Event]) -> Void
    /// So many are kept at first: a small container is over before anybody has to read. What comes then is sent in frames,
    /// so that little is left to be written when the container has ended.
    private static let first = 4096
    private static let frame = 256
    private var limit = EventBatch.first

    public init(report: @escaping ([Event]) -> Void) { self.report = report }

    public func append(_ event: Event) {
        events.append(event)
        if events.count >= limit { flush() }
    }

    public func flush() {
        if events.isEmpty { return }
        report(events)
        events = []
        limit = Self.frame
    }
}
