/// Blocks and bytes of files that may be as long as files can be: 2^63 − 1 bytes, which fill no whole number of blocks.
extension Int64 {
    /// How many blocks of `size` bytes hold so many bytes.
    func blocks(of size: Int64) -> Int64 { self / size + (self % size == 0 ? 0 : 1) }
}

extension Range<Int64> {
    /// The bytes of these blocks; the last one that a file can have ends where files do.
    func bytes(of size: Int64) -> Range {
        func place(_ block: Int64) -> Int64 {
            let (byte, overflows) = block.multipliedReportingOverflow(by: size)
            return overflows ? .max : byte
        }
        return place(lowerBound)..<place(upperBound)
    }

    /// The blocks that these bytes touch.
    func blocks(of size: Int64) -> Range {
        isEmpty ? lowerBound / size..<lowerBound / size : lowerBound / size..<upperBound.blocks(of: size)
    }
}
