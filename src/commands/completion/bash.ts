/** A completion script for bash 4 and later. */
import type { Flag, Grammar, Subcommand, Values } from './grammar.js';

export function bashScript({ program, subcommands, byDefault }: Grammar): string {
  const all = [{ ...byDefault, name: '' }, ...subcommands];
  const names = subcommands.map(({ name }) => name);
  const onlyWithEquals = byDefault.flags.filter((flag) => flag.onlyWithEquals).flatMap((flag) => flag.names);
  return `# Completion of ${program}'s command line for bash, made by "${program} completion bash".
_${program}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= flag= prefix= words=
  case \${COMP_WORDS[1]} in
    ${names.join(' | ')}) ((COMP_CWORD > 1)) && command=\${COMP_WORDS[1]} ;;
  esac
  # Bash makes "=" a word of its own, unless COMP_WORDBREAKS was changed.
  if [[ $cur == = ]]; then
    flag=$before cur=
  elif [[ $before == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $cur == --*=* ]]; then
    flag=\${cur%%=*} prefix=\${cur%%=*}= cur=\${cur#*=}
  elif [[ $before == -* ]]; then
    flag=$before
    # The word after these is not their value.
    case $flag in ${onlyWithEquals.join(' | ')}) flag= ;; esac
  fi
  COMPREPLY=()
  case $command:$flag in
${valueCases(all).join('\n')}
    *)
      if [[ $cur == -* ]]; then
        case $command in
${all.map(({ name, flags }) => `          ${quoted(name)}) words='${flags.flatMap(flagWords).join(' ')}' ;;`).join('\n')}
        esac
      elif ((COMP_CWORD == 1)); then
        words='${names.join(' ')}'
      else
        case $command in
${all
  .filter(({ words }) => words.length > 0)
  .map(({ name, words }) => `          ${quoted(name)}) words=${quoted(wordsFor(words))} ;;`)
  .join('\n')}
        esac
      fi ;;
  esac
  case $words in
    '') ;;
    -f | -d)
      mapfile -t COMPREPLY < <(compgen "$words" -- "$cur")
      compopt -o filenames 2>/dev/null ;;
    *)
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
      [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null ;;
  esac
  COMPREPLY=("\${COMPREPLY[@]/#/$prefix}")
}
complete -F _${program} ${program}
`;
}

/** One case for all the flags that are completed by the same words. */
function valueCases(all: readonly Subcommand[]): string[] {
  const patterns = new Map<string, string[]>();
  for (const { name, flags } of all) {
    for (const flag of flags) {
      if (flag.value === undefined) continue;
      const words = wordsFor(flag.values);
      patterns.set(words, [...(patterns.get(words) ?? []), ...flag.names.map((each) => `${name}:${each}`)]);
    }
  }
  return [...patterns].map(([words, flags]) => `    ${flags.join(' | ')}) words=${quoted(words)} ;;`);
}

/** The words, or the flag of compgen that finds them. */
function wordsFor(values: Values): string {
  if (values === 'files') return '-f';
  return values === 'folders' ? '-d' : values.join(' ');
}

function flagWords({ names, value, onlyWithEquals }: Flag): string[] {
  return value === undefined || onlyWithEquals ? [...names] : names.map((name) => `${name}=`);
}

function quoted(text: string): string {
  return `'${text}'`;
}
