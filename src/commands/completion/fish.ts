/** A completion script for fish: what may follow, line by line, each with the condition under which it does. */
import type { Flag, Grammar, Subcommand, Values } from './grammar.js';

/** What stands for the command where none is named. */
const NONE = 'none';

export function fishScript({ program, subcommands, byDefault }: Grammar): string {
  const names = subcommands.map(({ name }) => name);
  const add = `complete -c ${program}`;
  const of = ({ name, flags, words }: Subcommand): string[] => {
    const when = `${add} -n 'test (__${program}_command) = ${name}'`;
    return [
      ...flags.map((flag) => `${when} ${flagWords(flag)}`),
      ...(words.length === 0 ? [] : [`${when} ${valueWords(words)}`]),
    ];
  };
  return `# Completion of ${program}'s command line for fish, made by "${program} completion fish".
function __${program}_command
    set -l words (commandline -opc)
    if set -q words[2]; and contains -- $words[2] ${names.join(' ')}
        echo $words[2]
    else
        echo ${NONE}
    end
end
${add} -f
${subcommands.map(({ name, description }) => `${add} -n 'test (count (commandline -opc)) = 1' -a ${name} -d ${quoted(description)}`).join('\n')}
${[{ ...byDefault, name: NONE, words: [] }, ...subcommands].flatMap(of).join('\n')}
`;
}

function flagWords({ names, description, value, values, onlyWithEquals }: Flag): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const wants = value === undefined || onlyWithEquals ? [] : [values === 'files' || values === 'folders' ? '-r' : '-x'];
  const found = wants.length === 0 || values.length === 0 ? [] : [valueWords(values)];
  return [...spelled, ...wants, ...found, `-d ${quoted(description)}`].join(' ');
}

function valueWords(values: Values): string {
  if (values === 'files') return '-F';
  return values === 'folders' ? `-a '(__fish_complete_directories)'` : `-a ${quoted(values.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
