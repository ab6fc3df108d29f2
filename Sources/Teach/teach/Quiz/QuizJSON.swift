import Exercises
import LayerModel
import Lessons
import Scripts
import StorageDrivers

extension Exercise {
    /// The question with its answer, in one line.
    func json(seed: UInt64, level: ExerciseLevel, explanation: [String]) -> String {
        var json = JSONText()
        json.object { json in
            json.key("topic")
            json.value(driver == .overlay2 ? "overlay" : driver.rawValue)
            json.key("seed")
            json.value(seed)
            json.key("level")
            json.value(level.number)
            json.key("number")
            json.value(number)
            json.key("direction")
            json.value(direction.rawValue)
            json.key("options")
            json.array(options) { $0.value($1.description) }
            json.key("script")
            json.value(bytes: script.text)
            json.key("op")
            json.value(direction == .upper ? report.text : nil)
            json.key("before")
            json.array(before) { $0.value($1.description) }
            json.key("choices")
            json.array(choices) { json, choice in
                json.object { json in
                    if case .operation(let operation, _, _) = choice {
                        json.key("op")
                        json.value(operation.description)
                    }
                    json.key("errno")
                    json.value(choice.outcome.errno?.name)
                    json.key("upper")
                    json.array(choice.outcome.upper) { $0.value($1.description) }
                }
            }
            json.key("answer")
            json.value(String(Question.letter(answer)))
            json.key("effects")
            json.array(report.effects) { $0.value($1) }
            json.key("cost")
            json.value(report.cost)
            json.key("explanation")
            json.array(explanation) { $0.value($1) }
        }
        return json.text
    }
}
