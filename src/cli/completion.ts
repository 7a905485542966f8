import { Argument, Command, type Option } from 'commander';
import { commandTree } from './program.js';
import { writeResult } from '../terminal.js';

/**
 * `didyprog completion`: what a shell needs to complete commands, options and their values.
 * @param whole makes the program with all of its commands loaded
 */
export function completionCommand(whole: () => Promise<Command>): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
Examples:
  echo 'eval "$(didyprog completion bash)"' >> ~/.bashrc
  echo 'eval "$(didyprog completion zsh)"' >> ~/.zshrc
  didyprog completion fish > ~/.config/fish/completions/didyprog.fish`,
    )
    .action(async (shell: string) => {
      writeResult(scripts[shell]!(completionsOf(await whole())));
    });
}

interface Completions {
  /** The words that call it: 'align bach10'; '' is the program itself. */
  path: string;
  /** Commands below it, and the values of its argument when they are few. */
  words: { word: string; description: string }[];
  options: CompletedOption[];
}

interface CompletedOption {
  long: string;
  description: string;
  takesValue: boolean;
  choices: readonly string[];
}

function completionsOf(program: Command): Completions[] {
  return commandTree(program).map(({ command, path }) => {
    const values = command.registeredArguments[0]?.argChoices ?? [];
    const options = command === program ? [] : program.options;
    const help = command.createHelp().visibleOptions(command);
    return {
      path: path.join(' '),
      words: [
        ...command.commands.map((sub) => ({ word: sub.name(), description: sub.description() })),
        ...values.map((word) => ({ word, description: '' })),
      ],
      options: [...help, ...options]
        .filter(({ long }) => long !== undefined && (long !== '--version' || path.length === 0))
        .map(completedOption),
    };
  });
}

function completedOption({ long, description, required, optional, argChoices }: Option) {
  return { long: long!, description, takesValue: required || optional, choices: argChoices ?? [] };
}

const scripts: Record<string, (completions: readonly Completions[]) => string> = {
  bash: bashScript,
  // Its completion may not have been started; -i passes over folders that others may write in.
  zsh: (completions) =>
    `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n` +
    `autoload -Uz bashcompinit && bashcompinit\n${bashScript(completions)}`,
  fish: fishScript,
};

/** In single quotes, for any of these shells. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bashScript(completions: readonly Completions[]): string {
  const entries = (of: (entry: Completions) => readonly string[]) =>
    completions
      .filter((entry) => of(entry).length > 0)
      .map((entry) => `    ${quoted(entry.path)}) echo ${quoted(of(entry).join(' '))} ;;`)
      .join('\n');
  const values = completions.flatMap(({ path, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ long, choices }) =>
          `    ${quoted(`${path} ${long}`)}) echo ${quoted(choices.join(' '))} ;;`,
      ),
  );
  const withFiles = completions.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .map(({ long }) => quoted(`${path} ${long}`)),
  );
  const paths = completions.slice(1).map(({ path }) => quoted(path));
  return `# Completion of didyprog. Made by: didyprog completion
_didyprog_words() {
  case "$1" in
${entries(({ words }) => words.map(({ word }) => word))}
  esac
}
_didyprog_options() {
  case "$1" in
${entries(({ options }) => options.map(({ long }) => long))}
  esac
}
_didyprog_values() {
  case "$1" in
${values.join('\n')}
  esac
}
_didyprog() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' i candidate
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    candidate="\${path:+$path }\${COMP_WORDS[i]}"
    case "$candidate" in
      ${paths.join('|')}) path="$candidate" ;;
    esac
  done
  case "$path $prev" in
    ${withFiles.join('|')}) return ;;
  esac
  local values="$(_didyprog_values "$path $prev")"
  if [[ -n $values ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_didyprog_options "$path")" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(_didyprog_words "$path")" -- "$cur"))
  fi
}
complete -o default -F _didyprog didyprog
`;
}

function fishScript(completions: readonly Completions[]): string {
  const paths = completions.slice(1).map(({ path }) => quoted(path));
  const lines = completions.flatMap(({ path, words, options }) => {
    const at = `complete -c didyprog -n "test (__didyprog_path) = ${quoted(path)}"`;
    return [
      ...words.map(({ word, description }) => `${at} -a ${quoted(word)} -d ${quoted(description)}`),
      ...options.map(({ long, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r';
        return `${at} -l ${long.slice(2)}${takesValue ? value : ''} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of didyprog. Made by: didyprog completion
function __didyprog_path
  set -l path
  for word in (commandline -opc)[2..-1]
    if contains -- (string join ' ' $path $word) ${paths.join(' ')}
      set path $path $word
    end
  end
  echo "$path"
end
${lines.join('\n')}
`;
}
