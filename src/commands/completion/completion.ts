/** `completion`: a script by which a shell completes the program's command line. */
import { Argument, type Command } from 'commander';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { grammarOf, type Grammar } from './grammar.js';
import { zshScript } from './zsh.js';

const scripts = { bash: bashScript, fish: fishScript, zsh: zshScript } satisfies Record<
  string,
  (grammar: Grammar) => string
>;

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script by which bash, fish or zsh completes commands, flags and their values')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
bash:  source <(kcounter_exporter completion bash)
       in ~/.bashrc, or as a file in a folder of bash-completion
fish:  kcounter_exporter completion fish | source
       in ~/.config/fish/config.fish, or as a file kcounter_exporter.fish in ~/.config/fish/completions
zsh:   source <(kcounter_exporter completion zsh)
       in ~/.zshrc after compinit, or as a file _kcounter_exporter in a folder of $fpath
FreeBSD's own /bin/sh has no programmable completion.`,
    )
    .action((shell: keyof typeof scripts) => {
      process.stdout.write(scripts[shell](grammarOf(program, 'serve')));
    });
}
