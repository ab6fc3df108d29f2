extension Collection<UInt8> {
    /// As text: UTF-8 if it is valid as a whole, else each byte as the character of its number (ISO 8859-1).
    public var characters: String {
        if let text = String(validating: self, as: UTF8.self) { return text }
        var text = ""
        for byte in self { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }
}
