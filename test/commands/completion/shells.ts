/** Shells with the completion script loaded, and what they offer for a command line. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Calls the function that the script has registered, as bash does for the words of a line, the last of which is being typed. */
const BASH = `
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
registered=$(complete -p kcounter_exporter) || exit
registered=\${registered#*-F }
\${registered%% *}
((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"
`;

/** Types the line and a tab into a zsh with a terminal of its own, where a compadd before the real one writes down what it offers. */
const ZSH = `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "autoload -Uz compinit; compinit -u -D; source $1; out=$3"
zpty -w inner 'compadd() {
  local -a found
  builtin compadd -O found "$@"
  ((\${#found})) && print -rl -- $found >>$out
  builtin compadd "$@"
}'
zpty -w inner "finish() { : >>$3.done }; zle -N finish; bindkey '^X' finish"
zpty -w -n inner "$2"$'\\t\\x18'
for attempt in {1..400}; do
  [[ -e $3.done ]] && break
  sleep 0.05
  zpty -r -t inner shown
done
zpty -d inner
`;

/** @param words after the program's name; bash makes "=" one of its own */
export function bashOffers(script: string, words: readonly string[], cwd: string): string[] {
  const args = ['--norc', '--noprofile', '-c', BASH, 'bash', script, 'kcounter_exporter', ...words];
  return linesOf(execFileSync('bash', args, { encoding: 'utf8', cwd }));
}

export function fishOffers(script: string, line: string, cwd: string): string[] {
  const ask = 'source $argv[1]; complete -C $argv[2]';
  const shown = execFileSync('fish', ['--no-config', '-c', ask, script, line], { encoding: 'utf8', cwd });
  // What follows a tab is the description.
  return linesOf(shown).map((offer) => offer.replace(/\t.*/, ''));
}

export function zshOffers(script: string, line: string, cwd: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-zsh-'));
  try {
    const out = join(dir, 'out');
    execFileSync('zsh', ['-f', '-c', ZSH, 'zsh', script, line, out], { cwd, stdio: 'ignore', timeout: 60_000 });
    return existsSync(out) ? [...new Set(linesOf(readFileSync(out, 'utf8')))] : [];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
