package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/peterbourgon/ff/v3/ffcli"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
)

func (p *program) verify() *ffcli.Command {
	flags, s := p.flagSet("verify"), &shared{}
	s.register(flags)
	rehash := flags.Bool("rehash", false, "hash every payload here as well, not only on the server")
	return withExec(p.command("verify", "pgroundtrip verify -dsn DSN [flags]",
		"Walk the chain of a live database, read-only; a hot standby will do.", flags),
		func(ctx context.Context) error {
			if err := p.runVerify(ctx, s, *rehash); err != nil {
				return p.failed("verify", s, err)
			}
			return nil
		})
}

func (p *program) runVerify(ctx context.Context, s *shared, rehash bool) (err error) {
	su, err := openSuite(s)
	if err != nil {
		return err
	}
	server, err := cluster.OpenNamed(ctx, p.clusterOptions(s))
	if err != nil {
		return noServer("verify", err)
	}
	conn, err := server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return p.inFolder(func(folder string) error {
		o, err := roundtrip.Verify(ctx, conn, su, filepath.Join(folder, "record"), rehash)
		if err != nil {
			return explainMissing(err, server, conn)
		}
		return p.printSnapshot(s, su, o)
	})
}

// explainMissing adds what to do when the database lacks what the suite reads.
func explainMissing(err error, server *cluster.Server, conn *pgx.Conn) error {
	var failed *suite.Error
	if !errors.As(err, &failed) || !strings.HasPrefix(failed.Err.Code, "42") || failed.Err.Code == "42501" {
		return err
	}
	return &cluster.HintError{Err: err, Hint: fmt.Sprintf(
		"the database %q (%s) does not hold what the suite reads: name another with -dsn, or a suite for your own table with -sql",
		conn.Config().Database, server.Describe())}
}
