import GoTemplates

/// What `--format` makes of the rows of a table, as Docker's client does it (cli/command/formatter).
struct RowFormat {
    /// Go's name of the rows' type, for errors.
    let type: String
    /// What `table` puts above each field.
    let headers: [String: String]
    private let template: GoTemplate
    private let isTable: Bool

    /// - Parameter unreadable: what Docker says of a template that it cannot read.
    /// - Throws: `DockerFailure` for a template that Docker would not read either.
    init(
        _ format: String, type: String, headers: [String: String], unreadable: String = "template parsing error"
    ) throws {
        self.type = type
        self.headers = headers
        isTable = format.hasPrefix("table")
        var text = isTable ? String(format.dropFirst(5)) : format
        text = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        text = text.replacing("\\t", with: "\t").replacing("\\n", with: "\n")
        do { template = try GoTemplate(text) } catch {
            throw DockerFailure(sentence: "\(unreadable): \(error)\n")
        }
    }

    /// The text for these rows, each as the values of its fields.
    ///
    /// - Throws: `DockerFailure` for a field that there is not.
    func text(_ rows: [[String: String]]) throws -> String {
        do {
            let lines = try rows.map { try template.execute(record($0)) }
            guard isTable else { return lines.map { $0 + "\n" }.joined() }
            let head = try template.execute(record(headers))
            let cells = ([head] + lines).flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
            return DockerWords.table(cells)
        } catch {
            throw DockerFailure(sentence: "template parsing error: \(error)\n")
        }
    }

    private func record(_ row: [String: String]) -> TemplateValue {
        .record(
            .init(
                type: type, row.sorted { $0.key < $1.key }.map { TemplateValue.Field($0.key, .string($0.value)) },
                escapesHTML: true))
    }
}
