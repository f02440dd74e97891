import Glibc

/// A program that was started.
struct Child {
    private let process: pid_t
    private static let startsSession: Int16 = 0x80
    private static let setsDefaults: Int16 = 0x04
    private static let setsMask: Int16 = 0x08

    /// Starts it with these descriptors as 0, 1 and 2; without them it leads a session of its own and is heard no more.
    ///
    /// - Throws: ``Refusal`` when it cannot be started; the pipes are closed then.
    init(_ program: String, _ arguments: [String], descriptors: [Int32]?, pipes: [Pipe]) throws {
        // A program that reads no input must not end the hook that writes it.
        signal(SIGPIPE, SIG_IGN)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // Threads of a library may hold signals back; what is started must hear them all.
        var held = sigset_t()
        sigemptyset(&held)
        posix_spawnattr_setsigmask(&attributes, &held)
        if let descriptors {
            for (number, descriptor) in descriptors.enumerated() {
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
            }
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
            for number: Int32 in [1, 2] { posix_spawn_file_actions_adddup2(&actions, 0, number) }
        }
        let session = descriptors == nil ? Self.startsSession : 0
        posix_spawnattr_setflags(&attributes, Self.setsDefaults | Self.setsMask | session)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = Self.variables(isOwned: descriptors != nil).map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        // A program that was written a moment ago can still be open in a child that another thread is starting.
        func start() -> Int32 { posix_spawnp(&process, program, &actions, &attributes, &words, &variables) }
        var (result, tries) = (start(), 1)
        while result == ETXTBSY, tries < 200 {
            usleep(10_000)
            (result, tries) = (start(), tries + 1)
        }
        guard result == 0 else {
            for pipe in pipes { for end in [pipe.reading, pipe.writing] { close(end) } }
            throw Refusal("\(program) could not be run: \(String(cString: strerror(result)))")
        }
        self.process = process
    }

    mutating func end() {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// It has closed what it says, and may still run for a moment.
    mutating func wait(_ program: String, within limit: Duration) throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { throw Refusal("\(program) was lost sight of") }
            if ContinuousClock.now > deadline {
                end()
                throw Refusal("\(program) did not end within \(limit)")
            }
            usleep(500)
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    private static func variables(isOwned: Bool) -> [String] {
        var lines: [String] = []
        var entry = environ
        while let line = entry.pointee {
            let text = String(cString: line)
            if isOwned || !text.hasPrefix("SLIPWAY_OWNER=") { lines.append(text) }
            entry += 1
        }
        return lines
    }
}

/// Writes a program's input and gathers what it says, whichever comes first.
struct Conversation {
    private var writing: Int32
    private var reading: [Int32]
    private var input: ArraySlice<UInt8>
    private var said: [[UInt8]] = [[], []]
    private static let most = 1 << 20

    init(to writing: Int32, from reading: [Int32], input: [UInt8]) {
        self.writing = writing
        self.reading = reading
        self.input = input[...]
        _ = fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK)
    }

    func text(_ stream: Int) -> String { String(decoding: said[stream], as: UTF8.self) }

    /// - Throws: ``Refusal`` when time is up, or when it says too much.
    mutating func run(_ program: String, within limit: Duration) throws {
        let deadline = ContinuousClock.now + limit
        if input.isEmpty { closeInput() }
        while reading.contains(where: { $0 >= 0 }) {
            let left = deadline - ContinuousClock.now
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { throw Refusal("\(program) did not end within \(limit)") }
            var wishes = [pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)]
            wishes += reading.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&wishes, nfds_t(wishes.count), Int32(min(milliseconds, 60_000))) > 0 else { continue }
            if wishes[0].revents != 0 { write() }
            for stream in 0...1 where wishes[stream + 1].revents != 0 {
                read(stream)
                if said[stream].count > Self.most { throw Refusal("\(program) says more than a megabyte") }
            }
        }
    }

    mutating func close() {
        closeInput()
        for stream in reading.indices { closeOutput(stream) }
    }

    private mutating func write() {
        let count = input.withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) }
        if count > 0 { input = input.dropFirst(count) }
        if input.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) { closeInput() }
    }

    private mutating func read(_ stream: Int) {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        let count = Glibc.read(reading[stream], &buffer, buffer.count)
        if count > 0 { said[stream] += buffer[..<count] } else if count == 0 || errno != EINTR { closeOutput(stream) }
    }

    private mutating func closeInput() {
        if writing >= 0 { Glibc.close(writing) }
        writing = -1
    }

    private mutating func closeOutput(_ stream: Int) {
        if reading[stream] >= 0 { Glibc.close(reading[stream]) }
        reading[stream] = -1
    }
}
