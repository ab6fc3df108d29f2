import ArgumentParser
import Linux

/// The root of the command line.
struct TeachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teach",
        abstract: "See what Docker's layers do: predict, run, observe, compare, explain.",
        discussion: """
            Without a verb, teach lists what there is to learn.

            Exit status: 0 when all went well; 1 when a lesson's facts did not hold or a thing asked for is not \
            there; 2 when this host cannot do it; 64 when the command line is wrong; 65 when a lesson or a script is malformed; \
            125, 126 and 127 as docker run(1) has them; 129, 130, 141 and 143 when \
            interrupted by a hangup, Ctrl-C, a closed pipe or SIGTERM.
            """,
        version: "teach \(programVersion)",
        subcommands: [
            ListCommand.self, RunCommand.self, ShowCommand.self, GraphCommand.self, EventsCommand.self,
            SimCommand.self, DriversCommand.self, QuizCommand.self, WhatIfCommand.self, ImageCommand.self,
            DockerCommand.self,
            DoctorCommand.self, CleanCommand.self,
        ],
        defaultSubcommand: ListCommand.self)
}
