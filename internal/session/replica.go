package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
)

// ErrNoReplica marks a server that is not a standby of the run's server.
var ErrNoReplica = errors.New("it is not a standby of this server")

// A Replica is a standby that takes part in a run.
type Replica struct {
	*cluster.Server
	Limits Limits
	Conn   *pgx.Conn // without the settings of a suite; the caller closes it
}

// NameStandby returns a name of a standby for people, before it is opened.
func NameStandby(options cluster.Options) string {
	if dsn, named, err := options.Named(); err == nil && named {
		return "standby at " + dsn.Address()
	}
	return "standby"
}

// OpenReplica opens a standby of the database that lead describes: a server in recovery with the same system
// identifier and timeline. For any other server the error wraps ErrNoReplica.
func OpenReplica(ctx context.Context, options cluster.Options, lead Limits) (*Replica, error) {
	server, err := cluster.OpenNamed(ctx, options)
	if err != nil {
		return nil, err
	}
	conn, err := server.ConnectAsGuest(ctx)
	if err != nil {
		return nil, err
	}
	about, err := AskLimits(ctx, conn)
	if err == nil {
		err = about.follows(lead)
	}
	if err != nil {
		conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return &Replica{server, about, conn}, nil
}

// follows returns why a server is not a standby of lead, or nil.
func (l Limits) follows(lead Limits) error {
	switch {
	case l.SystemIdentifier != lead.SystemIdentifier:
		return fmt.Errorf("%w: its system identifier is %s, not %s", ErrNoReplica, l.SystemIdentifier, lead.SystemIdentifier)
	case !l.InRecovery:
		return fmt.Errorf("%w: it is not in recovery", ErrNoReplica)
	case l.Timeline != lead.Timeline:
		return fmt.Errorf("%w: it is on timeline %d, not %d: it was promoted, or follows a server that was", ErrNoReplica,
			l.Timeline, lead.Timeline)
	case l.Database != lead.Database:
		return fmt.Errorf("%w: its database is %q, not %q", ErrNoReplica, l.Database, lead.Database)
	}
	return nil
}
