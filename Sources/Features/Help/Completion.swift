import Core

/// Scripts that complete a command line, made from the registry; only names of apps are asked for when they are needed.
struct Completion: Sendable {
    enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

    private let commands: [CommandFacts]

    init(_ facts: [CommandFacts]) { commands = facts.filter(\.isShown).sorted { $0.name < $1.name } }

    func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private static let head = "made by `slipway completion`; make it again after an update"

    /// What may follow a command: flags, values it knows, properties; `@app` stands for the names of all apps.
    private func words(_ command: CommandFacts) -> [String] {
        let values = command.arguments.filter { $0.kind == .word }.flatMap(\.values)
        let apps =
            command.takesApp || command.arguments.contains { $0.kind == .word && $0.meaning.hasPrefix("App to") }
            ? ["@app"] : []
        return apps + values + command.flags.filter { $0.hasPrefix("--") }
    }

    /// The lines of a `case` with what follows each command; commands with the same words share one.
    private var cases: [String] {
        let groups = Dictionary(grouping: commands) { words($0).joined(separator: " ") }
        return groups.filter { !$0.key.isEmpty }.map { words, commands in
            "        \(commands.map(\.name).sorted().joined(separator: "|"))) words='\(words)' ;;"
        }.sorted()
    }

    private var names: String { commands.map(\.name).joined(separator: " ") }

    /// Bash splits words at colons; the line is split at blanks here, and what stands before a colon is taken off again.
    private var bash: String {
        """
        # bash completion of slipway, \(Self.head)
        _slipway_words() {
            local words=''
            case $1 in
        \(cases.joined(separator: "\n"))
            esac
            local word
            for word in $words; do
                if [ "$word" = @app ]; then "${COMP_WORDS[0]:-slipway}" --quiet apps:list 2>/dev/null; else echo "$word"; fi
            done
        }
        _slipway() {
            local line=${COMP_LINE:0:COMP_POINT} last='' command='' word
            local -a typed
            read -r -a typed <<<"$line"
            case $line in *[[:space:]]) ;; *) last=${typed[${#typed[@]}-1]}; unset "typed[${#typed[@]}-1]" ;; esac
            for word in "${typed[@]:1}"; do
                case $word in -*) ;; *) command=$word; break ;; esac
            done
            local candidates
            if [ -z "$command" ]; then candidates='\(names)'; else candidates=$(_slipway_words "$command"); fi
            COMPREPLY=()
            local before=''
            case $COMP_WORDBREAKS in *:*) case $last in *:*) before=${last%:*}: ;; esac ;; esac
            for word in $candidates; do
                case $word in "$last"*) COMPREPLY+=("${word#"$before"}") ;; esac
            done
        }
        complete -F _slipway slipway dokku

        """
    }

    private var zsh: String {
        """
        #compdef slipway dokku
        # zsh completion of slipway, \(Self.head)
        _slipway() {
            local words_of='' word command='' words=''
            for word in ${${(z)LBUFFER}[2,-1]}; do
                [[ $word == -* ]] || { command=$word; break }
            done
            if [[ -z $command || ( $command == ${${(z)LBUFFER}[-1]} && $LBUFFER != *' ' ) ]]; then
                compadd -- \(names)
                return
            fi
            case $command in
        \(cases.joined(separator: "\n"))
            esac
            for word in ${=words}; do
                if [[ $word == @app ]]; then
                    compadd -- ${(f)"$(slipway --quiet apps:list 2>/dev/null)"}
                else
                    compadd -- $word
                fi
            done
        }
        compdef _slipway slipway dokku

        """
    }

    private var fish: String {
        var lines = [
            "# fish completion of slipway, \(Self.head)",
            "function __slipway_is",
            "    set -l words (commandline -opc)",
            "    for word in $words[2..-1]",
            "        string match -q -- '-*' $word; and continue",
            "        contains -- $word $argv; and return 0",
            "        return 1",
            "    end",
            "    test (count $argv) -eq 0",
            "end",
            "complete -c slipway -f",
            "complete -c dokku -w slipway",
        ]
        for command in commands {
            let meaning = command.abstract.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            lines.append("complete -c slipway -n __slipway_is -a '\(command.name)' -d '\(meaning)'")
        }
        let groups = Dictionary(grouping: commands) { words($0) }.sorted { $0.key.joined() < $1.key.joined() }
        for (words, commands) in groups where !words.isEmpty {
            let condition = "__slipway_is \(commands.map(\.name).joined(separator: " "))"
            for word in words {
                if word == "@app" {
                    let apps = "(slipway --quiet apps:list 2>/dev/null)"
                    lines.append("complete -c slipway -n '\(condition)' -a '\(apps)'")
                } else if word.hasPrefix("--") {
                    lines.append("complete -c slipway -n '\(condition)' -l '\(word.dropFirst(2))'")
                } else {
                    lines.append("complete -c slipway -n '\(condition)' -a '\(word)'")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
