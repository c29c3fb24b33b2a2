/** A completion script for zsh, in the form of its own functions. */
import type { Flag, Grammar, Subcommand } from './grammar.js';

export function zshScript({ program, subcommands, byDefault }: Grammar): string {
  const names = subcommands.map(({ name }) => name);
  return `#compdef ${program}
# Completion of ${program}'s command line for zsh, made by "${program} completion zsh".
_${program}() {
  local command=
  local -a commands=(
${subcommands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join('\n')}
  )
  if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
    (${names.join('|')})
      command=$words[2]
      shift words
      ((CURRENT--)) ;;
  esac
  case $command in
${[{ ...byDefault, name: '' }, ...subcommands].map(commandCase).join('\n')}
  esac
}
# Loaded from a folder of $fpath this file is the function's body; else it defines it.
if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}

function commandCase({ name, flags, words }: Subcommand): string {
  const specs = flags.flatMap(flagSpecs);
  if (words.length > 0) specs.push(quoted(words === 'files' ? '*:file:_files' : `1:argument:${action(words)}`));
  return `    (${quoted(name)}) _arguments ${specs.map((spec) => `\\\n      ${spec}`).join(' ')} ;;`;
}

function flagSpecs({ names, description, value, values, onlyWithEquals }: Flag): string[] {
  const text = description.replaceAll(/[[\]\\]/g, '\\$&');
  if (value === undefined) return names.map((name) => quoted(`${name}[${text}]`));
  // Those that have a value may be repeated: for the others the last one counts.
  if (onlyWithEquals) return names.map((name) => quoted(`*${name}=-[${text}]::${value}: `));
  return names.map((name) => quoted(`*${name}=[${text}]:${value}:${action(values)}`));
}

function action(values: Flag['values']): string {
  if (values === 'files') return '_files';
  if (values === 'folders') return '_files -/';
  return values.length === 0 ? ' ' : `(${values.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
