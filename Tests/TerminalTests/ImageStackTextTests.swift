import Pictures
import Terminal
import Testing

@Suite("An image's layers as text")
struct ImageStackTextTests {
    @Test("the text is what was read", arguments: [50, 100])
    func text(width: Int) {
        let text = Samples.imageStack.text(width: width)
        expectSnapshot(text, "image-stack-\(width).txt")
        for line in text.split(separator: "\n") { #expect(line.displayWidth <= width) }
    }

    @Test("every layer of a tall image is told")
    func tall() {
        let levels = (1...120).map { number in
            ImageStack.Level.layer(
                .init(number: number, createdBy: "RUN \(number)", diffID: "sha256:\(number)", size: 1))
        }
        let text = ImageStack(name: "tall", id: "sha256:7a", levels: levels).text()
        #expect(text.split(separator: "\n").count { $0.contains("RUN ") } == 120)
    }
}
