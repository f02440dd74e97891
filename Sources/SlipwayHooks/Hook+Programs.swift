import Glibc

/// How a program ended, and what it said.
public struct Ran: Sendable, Equatable {
    /// As a shell has it: a signal is 128 and its number.
    public var status: Int32
    public var output: String
    public var error: String

    public var isSuccess: Bool { status == 0 }

    /// The last line it said, of standard error where there is one.
    public var lastWords: String {
        let lines = (error.isEmpty ? output : error).split(separator: "\n")
        return lines.last.map(String.init) ?? "it ended with \(status)"
    }
}

extension Hook {
    /// Runs a program to its end; no shell is between.
    ///
    /// - Parameters:
    ///   - program: A path, or a name that is looked for in `PATH`.
    ///   - arguments: Its arguments, each exactly as it is. Everybody on the host can read them: no secrets.
    ///   - input: What it reads from standard input.
    ///   - limit: How long it may take; it is ended then.
    /// - Returns: How it ended, and what it said.
    /// - Throws: ``Refusal`` when it cannot be started, takes too long or says more than a megabyte.
    public func run(
        _ program: String,
        _ arguments: [String] = [],
        input: String = "",
        within limit: Duration = .seconds(60)
    ) throws -> Ran {
        let (inside, outside, errors) = (try Pipe(), try Pipe(), try Pipe())
        var child = try Child(
            program,
            arguments,
            descriptors: [inside.reading, outside.writing, errors.writing],
            pipes: [inside, outside, errors]
        )
        for descriptor in [inside.reading, outside.writing, errors.writing] { close(descriptor) }
        var talk = Conversation(to: inside.writing, from: [outside.reading, errors.reading], input: Array(input.utf8))
        defer { talk.close() }
        do { try talk.run(program, within: limit) } catch {
            child.end()
            throw error
        }
        let status = try child.wait(program, within: limit)
        return Ran(status: status, output: talk.text(0), error: talk.text(1))
    }

    /// Starts a program that goes on when this hook has ended and when its caller is gone; what it says is lost.
    ///
    /// It leads a session of its own, and forgets who started it: what belongs to an owner is ended with it.
    public func detach(_ program: String, _ arguments: [String] = []) throws {
        _ = try Child(program, arguments, descriptors: nil, pipes: [])
    }
}

/// The two ends of a pipe; a program that is started inherits neither.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Refusal("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
}
