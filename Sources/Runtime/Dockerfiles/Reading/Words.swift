/// A word of a line, and where it begins there.
struct Word: Hashable, Sendable {
    var text: String
    var offset: Int
}

/// How a line is taken apart into words; see the three ways of Docker's parser.
enum Words {
    /// By white space alone.
    static func plain(_ rest: ArraySlice<UInt8>) -> [Word] {
        rest.split(whereSeparator: ASCII.isSpace).map { Word(text: $0.text, offset: $0.startIndex) }
    }

    /// By white space outside of quotes, which stay in the word as the escape character does.
    static func quoted(_ rest: ArraySlice<UInt8>, escape: UInt8) -> [Word] {
        var words: [Word] = []
        var index = rest.startIndex
        while index < rest.endIndex {
            if ASCII.isSpace(rest[index]) {
                index += 1
                continue
            }
            let start = index
            var word: [UInt8] = []
            var quote: UInt8?
            while index < rest.endIndex, quote != nil || !ASCII.isSpace(rest[index]) {
                let byte = rest[index]
                index += 1
                if byte == escape, quote != ASCII.singleQuote {
                    // At the end of the line it escapes nothing.
                    guard index < rest.endIndex else { break }
                    word += [byte, rest[index]]
                    index += 1
                    continue
                }
                if byte == quote {
                    quote = nil
                } else if quote == nil, byte == ASCII.singleQuote || byte == ASCII.doubleQuote {
                    quote = byte
                }
                word.append(byte)
            }
            if !word.isEmpty { words.append(Word(text: word[...].text, offset: start)) }
        }
        return words
    }

    /// The words at the beginning that begin with `--`, without their quotes, and what follows them.
    static func flags(_ line: ArraySlice<UInt8>) -> (flags: [Word], rest: ArraySlice<UInt8>) {
        var flags: [Word] = []
        var rest = line.trimmedLeft
        while rest.starts(with: [ASCII.dash, ASCII.dash]) {
            let start = rest.startIndex
            var index = start
            var word: [UInt8] = []
            var quote: UInt8?
            while index < rest.endIndex, quote != nil || !ASCII.isSpace(rest[index]) {
                var byte = rest[index]
                index += 1
                if byte == quote {
                    quote = nil
                    continue
                }
                if quote == nil, byte == ASCII.singleQuote || byte == ASCII.doubleQuote {
                    quote = byte
                    continue
                }
                if byte == ASCII.backslash {
                    guard index < rest.endIndex else { break }
                    byte = rest[index]
                    index += 1
                }
                word.append(byte)
            }
            rest = rest[index...].trimmedLeft
            if word == [ASCII.dash, ASCII.dash] { break }
            flags.append(Word(text: word[...].text, offset: start))
        }
        return (flags, rest)
    }
}
