/// An array whose copies share what they have in common: a copy costs nothing, and the first write after it copies one
/// page of each of three levels, not the elements.
///
/// Elements are numbered densely from 0 and only the last can be taken away by being reused: what is removed is the
/// owner's to remember.
struct PagedArray<Element: Sendable>: Sendable {
    private static var bits: Int { 6 }
    private static var mask: Int { 1 << bits - 1 }

    private typealias Page = ContiguousArray<Element>
    private var books: ContiguousArray<ContiguousArray<Page>> = []
    private(set) var count = 0

    init() {}

    subscript(index: Int) -> Element {
        @inline(__always) _read {
            yield books[index >> (2 * Self.bits)][index >> Self.bits & Self.mask][index & Self.mask]
        }
        @inline(__always) _modify {
            yield &books[index >> (2 * Self.bits)][index >> Self.bits & Self.mask][index & Self.mask]
        }
    }

    /// Looks at an element where it lies, so that nothing is copied or counted.
    @inline(__always)
    func withElement<Result>(_ index: Int, _ body: (borrowing Element) -> Result) -> Result {
        books.withUnsafeBufferPointer { books in
            books[index >> (2 * Self.bits)].withUnsafeBufferPointer { book in
                book[index >> Self.bits & Self.mask].withUnsafeBufferPointer { page in
                    body(page[index & Self.mask])
                }
            }
        }
    }

    /// Looks at an element through its address: what the body reads of it is not copied with the rest, as it is where a
    /// closure borrows an element that holds references.
    @inline(__always)
    func withAddress<Result>(of index: Int, _ body: (UnsafePointer<Element>) -> Result) -> Result {
        books.withUnsafeBufferPointer { books in
            books[index >> (2 * Self.bits)].withUnsafeBufferPointer { book in
                book[index >> Self.bits & Self.mask].withUnsafeBufferPointer { page in
                    body(page.baseAddress! + (index & Self.mask))
                }
            }
        }
    }

    mutating func append(_ element: Element) {
        let (book, page) = (count >> (2 * Self.bits), count >> Self.bits & Self.mask)
        if book == books.count { books.append([]) }
        if page == books[book].count {
            var fresh = Page()
            fresh.reserveCapacity(1 << Self.bits)
            books[book].append(fresh)
        }
        books[book][page].append(element)
        count += 1
    }
}
