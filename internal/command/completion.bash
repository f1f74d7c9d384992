# bash completion of pgroundtrip: source <(pgroundtrip completion bash)
_pgroundtrip() {
    local word=${COMP_WORDS[COMP_CWORD]} flags=
    COMPREPLY=()
    case ${COMP_WORDS[1]} in
{{- range .Commands}}
    {{.Name}}) flags="{{range $i, $f := .Flags}}{{if $i}} {{end}}{{$f.Name}}{{end}}" ;;
{{- end}}
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{{range $i, $c := .Commands}}{{if $i}} {{end}}{{$c.Name}}{{end}}" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]}:$word in
    help:*) COMPREPLY=($(compgen -W "{{range .Commands}}{{.Name}} {{end}}{{.Topics}}" -- "$word")) ;;
    completion:*) COMPREPLY=($(compgen -W "bash zsh" -- "$word")) ;;
    *:--*) COMPREPLY=($(compgen -P -- -W "$flags" -- "${word#--}")) ;;
    *:-*) COMPREPLY=($(compgen -P - -W "$flags" -- "${word#-}")) ;;
    esac
}
complete -o default -F _pgroundtrip pgroundtrip
