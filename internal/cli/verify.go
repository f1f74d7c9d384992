package cli

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/peterbourgon/ff/v3/ffcli"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/roundtrip"
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
	if errors.Is(err, cluster.ErrNoServer) {
		return &cluster.HintError{Err: err, Hint: "verify reads a live database: name it with -dsn, PGROUNDTRIP_DSN, DATABASE_URL or PGHOST"}
	}
	if err != nil {
		return err
	}
	conn, err := server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return p.inFolder(func(folder string) error {
		o, err := roundtrip.Verify(ctx, conn, su, filepath.Join(folder, "record"), rehash)
		if err != nil {
			return err
		}
		return p.printSnapshot(s, su, o)
	})
}
