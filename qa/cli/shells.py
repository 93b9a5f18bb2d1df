"""The scripts by which shells complete ``qa``: they ask the command, and complete paths themselves.

Typer installs and prints them. Its own ask with Rich, which takes twice as long, offer files where
there can be none and none after an option, and in zsh complete nothing the first time.
"""

VARIABLE = "_QA_WORDS"
"""Set to the shell's name for a call that completes; the words come as arguments."""

PATHS = "\tpaths"
"""The only line of the answer if the shell is to complete a path."""

_BASH = r"""
_qa_completion() {
    local found line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == $'\tpaths' ]]; then
            compopt -o default
            return
        fi
        COMPREPLY+=("${line}")
    done < <(_QA_WORDS=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _qa_completion qa
"""

_ZSH = r"""
#compdef qa

_qa_completion() {
    local line
    local -a found
    for line in "${(@f)$(_QA_WORDS=zsh "${(Q)words[1]}" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == $'\tpaths' ]]; then
            [[ ${words[CURRENT]} == --*=* ]] && compset -P '*='
            _files
            return
        fi
        [[ -n $line ]] && found+=("${${line//:/\\:}/$'\t'/:}")
    done
    (( ${#found} )) && _describe -V qa found
}

if [[ $funcstack[1] == _qa ]]; then
    _qa_completion "$@"
else
    compdef _qa_completion qa
fi
"""

_FISH = r"""
function __qa_completion
    set -l current (commandline -ct)
    set -l found (env _QA_WORDS=fish (commandline -opc) $current 2>/dev/null)
    if test "$found[1]" = \tpaths
        set -l option (string match -r -- '^--[^=]*=' $current)
        set -l path (string replace -r -- '^--[^=]*=' '' $current)
        for each in (__fish_complete_path $path)
            echo "$option$each"
        end
    else
        string join \n -- $found
    end
end

complete --command qa --no-files --keep-order --arguments '(__qa_completion)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def replace_scripts() -> None:
    """Make Typer print and install these.

    The table is not part of Typer's interface: a version without it uses its own scripts.
    """
    try:
        from typer import _completion_shared
    except ImportError:
        return
    if scripts := getattr(_completion_shared, "_completion_scripts", None):
        scripts |= {name: script.replace("%", "%%") for name, script in SCRIPTS.items()}
