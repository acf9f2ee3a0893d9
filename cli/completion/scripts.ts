/** Names of the shells that completion supports. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** The hidden command that the scripts call. */
export const completionCall = '__complete'

/** Lines that ask the shell for its own completion of paths. */
export const pathRequests = { files: ':files', folders: ':folders' } as const

/*
 * The scripts only translate: every candidate comes from the CLI, one per line, as
 * `value<TAB>description`. Bash splits words at `:` and `=`, so it sends the whole line and takes
 * only the part of a candidate behind the last of them.
 */

const bash = `# compozy completion for bash: source <(compozy completion bash)
_compozy() {
  local line="\${COMP_LINE:0:COMP_POINT}" current="\${COMP_WORDS[COMP_CWORD]}" value
  case "$current" in : | =) current="" ;; esac
  current="\${current#[\\"\\']}"
  local full="\${line##*[[:space:]]}"
  full="\${full#[\\"\\']}"
  local before="\${full%"$current"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case "$value" in
      ${pathRequests.files}) compopt -o default 2>/dev/null ;;
      ${pathRequests.folders}) compopt -o dirnames 2>/dev/null ;;
      *) COMPREPLY+=("\${value#"$before"}") ;;
    esac
  done < <("$1" ${completionCall} line "$line" 2>/dev/null)
}
complete -F _compozy compozy
`

const zsh = `#compdef compozy
# compozy completion for zsh: source <(compozy completion zsh)
_compozy() {
  local -a candidates
  local value about
  while IFS=$'\\t' read -r value about; do
    case "$value" in
      ${pathRequests.files}) _files ;;
      ${pathRequests.folders}) _files -/ ;;
      *) candidates+=("\${value//:/\\\\:}\${about:+:$about}") ;;
    esac
  done < <("\${words[1]}" ${completionCall} words "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe -V compozy candidates
}
if [ "\${funcstack[1]}" = "_compozy" ]; then _compozy "$@"; else compdef _compozy compozy; fi
`

const fish = `# compozy completion for fish: compozy completion fish | source
function __compozy_complete
    set -l before (commandline -opc)
    for line in (compozy ${completionCall} words $before[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case ${pathRequests.files}
                __fish_complete_path (commandline -ct)
            case ${pathRequests.folders}
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c compozy -f -a '(__compozy_complete)'
`

/** The completion script of each shell. */
export const completionScripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash,
  zsh,
  fish,
}
