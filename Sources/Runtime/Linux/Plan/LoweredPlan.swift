import CLinux
import Glibc
import LayerModel

/// A plan as the C interpreter takes it: every string and array lies in memory that this object owns, so that
/// the child touches no allocator.
final class LoweredPlan {
    private(set) var instructions: [plan_instruction] = []
    /// What each instruction acts on, for an error that names it, where the step's detail is not exact enough.
    private(set) var subjects: [String?] = []
    private var owned: [UnsafeMutableRawPointer] = []
    private var step: UInt32 = 0
    private let fault: Plan.Fault?

    init(_ plan: Plan) {
        fault = plan.fault
        instructions.reserveCapacity(96)
        subjects.reserveCapacity(96)
        for (index, next) in plan.steps.enumerated() {
            step = UInt32(index)
            next.lower(into: self)
        }
    }

    deinit { for pointer in owned { free(pointer) } }

    /// Adds an instruction of the current step.
    func add(
        _ operation: plan_operation, subject: String? = nil, _ fill: (inout plan_instruction) -> Void = { _ in }
    ) {
        var instruction = plan_instruction()
        instruction.operation = operation
        instruction.step = step
        instruction.descriptor = -1
        if let fault, fault.index == Int(step) { instruction.forced_error = fault.errno.rawValue }
        fill(&instruction)
        instructions.append(instruction)
        subjects.append(subject)
    }

    /// A C string.
    func string(_ text: String) -> UnsafePointer<CChar> {
        let copy = strdup(text)!
        owned.append(copy)
        return UnsafePointer(copy)
    }

    /// C strings, and a null pointer after them.
    func strings(_ texts: [String]) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
        typealias Element = UnsafeMutablePointer<CChar>?
        let memory = malloc((texts.count + 1) * MemoryLayout<Element>.stride)!
        owned.append(memory)
        let array = memory.bindMemory(to: Element.self, capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            (array + index).initialize(to: UnsafeMutablePointer(mutating: string(text)))
        }
        (array + texts.count).initialize(to: nil)
        return UnsafePointer(array)
    }

    /// A C array with the same bytes.
    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeRawPointer {
        let size = elements.count * MemoryLayout<Element>.stride
        let memory = malloc(max(size, 1))!
        owned.append(memory)
        elements.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: size)
        }
        return UnsafeRawPointer(memory)
    }
}
