import { type CommandDescription, COMMANDS } from "../../cli/commands.ts";
import { valuesOf } from "./words.ts";

/** The completion script for bash 3.2 and later. It does not need the package bash-completion. */
export function bashCompletion(): string {
  const commands: readonly (readonly [string, CommandDescription])[] = Object.entries(COMMANDS);
  const names = commands.map(([name]) => name);
  return `# bash completion of eks-irsa-sidecar
_eks_irsa_sidecar_files() {
    # The word is as typed: it may have a leading quote, and backslashes before spaces.
    local typed=\${1#[\\'\\"]} file
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(compgen -f -- "\${typed//\\\\/}")
}
_eks_irsa_sidecar_words() {
    # These words are not file names: bash must not add quotes or slashes. bash 3.2 has no compopt.
    compopt +o filenames 2>/dev/null
    COMPREPLY=($(compgen -W "$1" -- "$2"))
}
_eks_irsa_sidecar() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=serve
    COMPREPLY=()
    # bash splits --flag=value into three words.
    if [ "$current" = = ]; then
        current=
    elif [ "$previous" = = ]; then
        previous=\${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case \${COMP_WORDS[1]} in
    ${names.join(" | ")}) [ "$COMP_CWORD" = 1 ] || command=\${COMP_WORDS[1]} ;;
    esac
    case "$command $previous" in
${commands.flatMap(([name, { flags }]) => flagCases(name, flags)).join("\n")}
    esac
    case "$command $current" in
${commands.map(([name, { flags }]) => `    '${name} -'*) ${reply(flagNames(flags))} ;;`).join("\n")}
    *)
        if [ "$COMP_CWORD" = 1 ]; then
            ${reply(names)}
            return
        fi
        case $command in
${
    commands.map(([name, { operands }]) =>
      `        ${name}) ${operands === "files" ? files() : reply(operands)} ;;`
    ).join("\n")
  }
        esac
        ;;
    esac
}
complete -o filenames -F _eks_irsa_sidecar eks-irsa-sidecar
`;
}

function flagCases(command: string, flags: CommandDescription["flags"]): readonly string[] {
  return Object.entries(flags).map(([flag, description]) => {
    const values = valuesOf(description);
    const action = values === "file" ? files() : values === "any" ? ":" : reply(values);
    return `    '${command} --${flag}') ${action}; return ;;`;
  });
}

function flagNames(flags: CommandDescription["flags"]): readonly string[] {
  return [...Object.keys(flags), "help"].map((name) => `--${name}`);
}

function reply(words: readonly string[]): string {
  return `_eks_irsa_sidecar_words '${words.join(" ")}' "$current"`;
}

function files(): string {
  return '_eks_irsa_sidecar_files "$current"';
}
