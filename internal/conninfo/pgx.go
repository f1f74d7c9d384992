package conninfo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
)

// PGX returns the DSN as a pgx configuration. The password is set after parsing, so that no error can quote it.
func (d DSN) PGX() (*pgx.ConnConfig, error) {
	text := d.pairs(func(key string) bool { return keywords[key]["libpq"] == "" && !isSecret(key) })
	if d["host"] == "" && d["hostaddr"] != "" {
		text += " host=" + quotePair(d["hostaddr"])
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, explainConfig(err, d)
	}
	if d["password"] != "" {
		config.Password = d["password"]
	}
	d.useHostaddr(config)
	// pgx also sends PGOPTIONS, PGTZ ... of this process; only the DSN must count.
	for name := range config.RuntimeParams {
		if d[name] == "" {
			delete(config.RuntimeParams, name)
		}
	}
	if d["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pgroundtrip"
	}
	// pgx needs these to send a query as text, whatever the defaults of the database are.
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["standard_conforming_strings"] = "on"
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return config, nil
}

// useHostaddr makes pgx connect where libpq does: host is only a name, hostaddr is its address.
func (d DSN) useHostaddr(config *pgx.ConnConfig) {
	if d["host"] == "" || d["hostaddr"] == "" {
		return
	}
	hosts, addresses := strings.Split(d["host"], ","), strings.Split(d["hostaddr"], ",")
	lookup := config.LookupFunc
	config.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		if i := slices.Index(hosts, host); i >= 0 && i < len(addresses) && addresses[i] != "" {
			return []string{addresses[i]}, nil
		}
		return lookup(ctx, host)
	}
}

// explainConfig returns what is wrong with the values of a DSN, without quoting the connection string.
func explainConfig(err error, d DSN) error {
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 { // after the connection string
		text = text[i+len("`: "):]
	}
	err = fmt.Errorf("%w: %s", ErrDSN, text)
	if d["service"] != "" && strings.Contains(text, "service") {
		return hint.With(err,
			fmt.Sprintf("the service %q is looked for in PGSERVICEFILE, else ~/.pg_service.conf", d["service"]))
	}
	return err
}
