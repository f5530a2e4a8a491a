/** Shell scripts that ask `stage-footprint __complete` for completions. */
import { directive, type Shell } from './complete.ts'

/** Returns the completion script for a shell. */
export function completionScript(shell: Shell): string {
  return scripts[shell]
}

// Bash splits words at `=` and `:`, and they are joined here. Bash only replaces the text after the last of these
// characters.
const bash = `# bash completion for stage-footprint
_stage_footprint() {
  local line out answer word prefix
  local -a words
  line=\${COMP_LINE:0:COMP_POINT}
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[\${#words[@]} - 1]}
  out=$(stage-footprint __complete "\${words[@]:1}" 2>/dev/null) || return
  answer=\${out##*:}
  out=\${out%:*}
  COMPREPLY=()
  prefix=\${word%"\${word##*[=:]}"}
  while IFS=$'\\t' read -r word _; do
    [[ -n $word ]] || continue
    word=\${word#"$prefix"}
    [[ -n $word ]] && printf -v word %q "$word"
    COMPREPLY+=("$word")
  done <<<"$out"
  ((answer & ${directive.noSpace})) && compopt -o nospace
  if ((answer & ${directive.folders})); then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "\${COMP_WORDS[COMP_CWORD]}")
  elif ((!(answer & ${directive.noFiles}) && \${#COMPREPLY[@]} == 0)); then
    compopt -o default
  fi
}
complete -F _stage_footprint stage-footprint
`

const zsh = `#compdef stage-footprint
# zsh completion for stage-footprint
_stage_footprint() {
  local out answer line word about
  local -a found
  out=$(stage-footprint __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  answer=\${out##*:}
  for line in \${(f)out%:*}; do
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    [[ $about == $line ]] && about=
    found+=("\${word//:/\\\\:}\${about:+:$about}")
  done
  if ((answer & ${directive.folders})); then
    _files -/
  elif (($#found)); then
    if ((answer & ${directive.noSpace})); then _describe -V stage-footprint found -S ''; else _describe stage-footprint found; fi
  elif ((!(answer & ${directive.noFiles}))); then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
  fi
}
if [[ $funcstack[1] == _stage_footprint ]]; then
  _stage_footprint
elif (($+functions[compdef])); then
  compdef _stage_footprint stage-footprint
else
  print -u2 -- 'stage-footprint: completion needs "autoload -Uz compinit && compinit" before this script is loaded'
  false
fi
`

const fish = `# fish completion for stage-footprint
function __stage_footprint
    set -l words (commandline --tokenize --cut-at-cursor --current-process) (commandline --current-token --cut-at-cursor)
    set -l out (stage-footprint __complete $words[2..-1] 2>/dev/null)
    or return
    set -l answer (string sub --start 2 -- $out[-1])
    set -l found $out[1..-2]
    if test (math "bitand($answer, ${directive.folders})") -ne 0
        __fish_complete_directories $words[-1]
    else if test (count $found) -gt 0
        printf '%s\\n' $found
    else if test (math "bitand($answer, ${directive.noFiles})") -eq 0
        set -l flag (string match --regex -- '^--.*=' $words[-1])
        printf '%s\\n' "$flag"(__fish_complete_path (string replace --regex -- '^--.*=' '' $words[-1]))
    end
end
complete --command stage-footprint --no-files --arguments '(__stage_footprint)'
`

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
