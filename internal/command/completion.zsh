#compdef pgroundtrip
# zsh completion of pgroundtrip: pgroundtrip completion zsh > "${fpath[1]}/_pgroundtrip"
_pgroundtrip() {
    local -a commands
    commands=(
{{- range .Commands}}
        '{{.Name}}:{{quote .Help}}'
{{- end}}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=${words[2]}
    shift words
    (( CURRENT-- ))
    [[ $PREFIX != --* ]] || compset -P - # two dashes are the same as one
    case $command in
    help) compadd{{range .Commands}} {{.Name}}{{end}} {{.Topics}} ;;
    completion) compadd bash zsh ;;
{{- range .Commands}}
    {{.Name}}) _arguments
{{- range .Flags}} \
        '*-{{.Name}}[{{quote .Usage}}]{{if .Value}}:{{quote .Value}}:_files{{end}}'
{{- end}} \
        '*:file:_files' ;;
{{- end}}
    esac
}
if [[ $funcstack[1] == _pgroundtrip ]]; then _pgroundtrip "$@"; else compdef _pgroundtrip pgroundtrip; fi
