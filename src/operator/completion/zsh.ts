import { type CommandDescription, COMMANDS } from "../../cli/commands.ts";
import { valuesOf } from "./words.ts";

/** The completion script for zsh, to evaluate, or to save in a folder of $fpath as `_eks-irsa-sidecar`. */
export function zshCompletion(): string {
  const commands: readonly (readonly [string, CommandDescription])[] = Object.entries(COMMANDS);
  return `#compdef eks-irsa-sidecar
_eks_irsa_sidecar() {
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    local -a commands=(
${commands.map(([name, { summary }]) => `      ${quoted(`${name}:${summary}`)}`).join("\n")}
    )
    _describe command commands
    return
  fi
  local command=serve
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map(([name, description]) => commandCase(name, description)).join("\n")}
  esac
}
if [[ $funcstack[1] == _eks[-_]irsa[-_]sidecar ]]; then
  _eks_irsa_sidecar "$@"
else
  compdef _eks_irsa_sidecar eks-irsa-sidecar
fi
`;
}

function commandCase(name: string, { flags, operands }: CommandDescription): string {
  const specifications = [
    ...Object.entries(flags).map(([flag, description]) => {
      const values = valuesOf(description);
      const action = values === "file" ? "_files" : values === "any" ? "" : words(values);
      const firstLine = description.help.replace(/( \(default|[;: ]?\n)[^]*/, "");
      return `--${flag}=[${firstLine.replace(/[[\]]/g, "\\$&")}]:${flag}:${action}`;
    }),
    "--help[print the help of the command]",
    ...(operands === "files"
      ? ["*:manifest:_files"]
      : operands.length > 0
      ? [`1:word:${words(operands)}`]
      : []),
  ];
  return `  ${name}) _arguments ${specifications.map(quoted).join(" ")} ;;`;
}

/** Words to choose from. A colon in them is escaped: it ends the list (zshcompsys(1), _arguments). */
function words(values: readonly string[]): string {
  return `(${values.map((word) => word.replaceAll(":", "\\:")).join(" ")})`;
}

/** A word in single quotes, in which a shell expands nothing. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
