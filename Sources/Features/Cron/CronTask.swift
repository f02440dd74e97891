import Core
import FoundationEssentials

/// One entry of `cron` in app.json.
struct CronTask: Sendable, Codable, Equatable {
    /// What becomes of a run that is due while the one before it still goes on.
    enum Policy: String, Sendable, Codable, CaseIterable {
        /// Both go on.
        case allow
        /// The new one is left out.
        case forbid
        /// The old one is ended.
        case replace
    }

    var command: String
    var schedule: String
    /// It is due only once somebody resumes it.
    var maintenance = false
    var policy: Policy = .allow

    private enum CodingKeys: String, CodingKey {
        case command, schedule, maintenance
        case policy = "concurrency_policy"
    }

    init(command: String, schedule: String, maintenance: Bool = false, policy: Policy = .allow) {
        self.command = command
        self.schedule = schedule
        self.maintenance = maintenance
        self.policy = policy
    }

    init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        command = try table.decode(String.self, forKey: .command)
        schedule = try table.decode(String.self, forKey: .schedule)
        maintenance = try table.decodeIfPresent(Bool.self, forKey: .maintenance) ?? false
        policy = try table.decodeIfPresent(Policy.self, forKey: .policy) ?? .allow
    }

    /// What the task is called by, as Dokku makes it: the app, the command and the schedule in base 36.
    func id(in app: AppName) -> String { Self.base36(Array("\(app)===\(command)===\(schedule)".utf8)) }

    /// What stays the same when the app gets another name.
    var key: String { Self.base36(Array("\(command)===\(schedule)".utf8)) }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    func words() throws(Failure) -> [String] {
        let words = try ShellWords.split(command)
        guard !words.isEmpty, command == cleaned(command, keepTabs: false), command.utf8.count <= 4096 else {
            throw .malformed("\(quoted(command)) is no command")
        }
        if let sign = Self.operators(in: command).first {
            throw Failure(
                .malformed,
                "\(quoted(command)) has \(quoted(sign)) in it, which only a shell understands",
                why: "a task is started without a shell",
                fix: "write it as: sh -c '...'"
            )
        }
        return words
    }

    /// - Throws: ``Failure`` that says what is wrong with it.
    func check() throws(Failure) {
        _ = try CronSchedule(schedule)
        _ = try words()
    }

    /// Words that stand bare and are signs of a shell, and signs at the end of bare words.
    private static func operators(in command: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = quote != "'"
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else if character == quote {
                quote = nil
            }
            if quote == nil, !isEscaped, character.isWhitespace {
                words.append(word)
                word = ""
            } else {
                word.append(character)
            }
        }
        words.append(word)
        let signs: Set = ["|", "||", "&", "&&", ";", ";;", "<", "<<", ">", ">>", "|&", "&>", "2>", "2>&1"]
        return words.compactMap { word in
            if signs.contains(word) { return word }
            return word.hasSuffix(";") && !word.hasSuffix("\\;") ? ";" : nil
        }
    }

    /// A number of many digits in base 36; zero bytes at its start are zeros.
    static func base36(_ bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        var digits: [Int] = []
        for byte in bytes {
            var carry = Int(byte)
            for index in digits.indices {
                carry += digits[index] << 8
                digits[index] = carry % 36
                carry /= 36
            }
            while carry > 0 {
                digits.append(carry % 36)
                carry /= 36
            }
        }
        return String(repeating: "0", count: bytes.prefix { $0 == 0 }.count)
            + String(digits.reversed().map { alphabet[$0] })
    }
}
